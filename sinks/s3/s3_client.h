// S3Client: signed requests to one bucket.
// Owner:   any thread
// Errors:  as HttpClient and CredentialsProvider; an HTTP error status is not an error here
#pragma once

#include "engine/base/clock.h"
#include "engine/base/status.h"
#include "engine/io/aws/credentials.h"
#include "engine/io/aws/request_signer.h"
#include "engine/io/http_client.h"
#include "sinks/s3/response.h"
#include "sinks/s3/target.h"

#include <absl/time/time.h>
#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hydrant::s3 {

namespace asio = boost::asio;

struct S3Call {
  std::string method;
  std::string key;    // empty: the bucket
  std::string query;  // encoded
  HttpHeaders headers;
  std::vector<std::string_view> body;
  std::string sha256_hex;  // of the body; only needed when S3Client::signs_payload()
};

struct S3Reply {
  S3Answer answer;
  HttpClientResponse response;
};

class S3Client {
 public:
  S3Client(S3Target target, HttpClient& http, std::unique_ptr<aws::CredentialsProvider> credentials,
           const Clock& clock, absl::Duration stall_timeout);

  bool signs_payload() const { return target_.signs_payload; }
  const S3Target& target() const { return target_; }
  // Forgets cached credentials when the answer blames them.
  asio::awaitable<StatusOr<S3Reply>> Send(S3Call call);

 private:
  const S3Target target_;
  HttpClient& http_;
  const std::unique_ptr<aws::CredentialsProvider> credentials_;
  const Clock& clock_;
  const absl::Duration stall_timeout_;
  aws::RequestSigner signer_;
};

}  // namespace hydrant::s3
