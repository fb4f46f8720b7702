#include "app/post_signer.h"

#include "engine/base/clock.h"
#include "engine/io/aws/sigv4.h"

#include <absl/time/clock.h>

#include <utility>

namespace hydrant {

PostSigner::PostSigner(const Connection& connection)
    : key_{connection.key.access_key_id, connection.key.secret_access_key,
           connection.key.session_token},
      signer_("firehose", connection.region) {}

StatusOr<HttpHeaders> PostSigner::Sign(const std::string& url, std::string_view body,
                                       HttpHeaders headers) {
  if (key_.access_key_id.empty()) return headers;
  HttpClientRequest request;
  request.method = "POST";
  request.url = url;
  request.headers = std::move(headers);
  // What differs even when the same is asked twice in a second: a node may refuse a signature that it has seen.
  request.headers.emplace_back("amz-sdk-invocation-id", MakeUuid(Entropy::System()));
  RETURN_IF_ERROR(signer_.Sign(request, aws::Sha256Hex(body), key_, absl::Now()));
  return std::move(request.headers);
}

}  // namespace hydrant
