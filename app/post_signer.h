// PostSigner: signs what commands post to a node or to AWS (SigV4, header form).
// Owner:   not thread-safe: caller serializes
// Errors:  kInvalidArgument: not a URL that can be signed
// Source:  AWS General Reference, "Signature Version 4 signing process"
#pragma once

#include "app/connection.h"
#include "engine/base/status.h"
#include "engine/io/aws/request_signer.h"
#include "engine/io/http_client.h"

#include <string>
#include <string_view>

namespace hydrant {

class PostSigner {
 public:
  explicit PostSigner(const Connection& connection);

  // `headers` and those of a signature over them and the body, which no other request has. Without a key: `headers`.
  StatusOr<HttpHeaders> Sign(const std::string& url, std::string_view body,
                             HttpHeaders headers = {});

 private:
  const aws::Credentials key_;
  aws::RequestSigner signer_;
};

}  // namespace hydrant
