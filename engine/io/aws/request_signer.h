// RequestSigner: signs outgoing requests to one AWS service in one region (SigV4, header form).
// Owner:   any thread
// Errors:  kInvalidArgument: the URL is not of the form http(s)://HOST[:PORT]/PATH[?QUERY]
// Source:  AWS General Reference, "Signature Version 4 signing process"; Amazon S3 API Reference,
//          "Authenticating Requests: Using the Authorization Header"
#pragma once

#include "engine/base/status.h"
#include "engine/io/aws/credentials.h"
#include "engine/io/http_client.h"

#include <absl/time/time.h>

#include <mutex>
#include <string>
#include <string_view>

namespace hydrant::aws {

inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";

class RequestSigner {
 public:
  RequestSigner(std::string service, std::string region);

  // Adds x-amz-date, x-amz-security-token, x-amz-content-sha256 (S3 only) and Authorization. Every
  // header that the request has by then is signed. `payload_hash`: hex SHA-256 or kUnsignedPayload.
  Status Sign(HttpClientRequest& request, std::string_view payload_hash,
              const Credentials& credentials, absl::Time now);

 private:
  std::string SigningKey(const Credentials& credentials, const std::string& date);

  const std::string service_;
  const std::string region_;
  std::mutex mutex_;
  // The last key made, good for one secret and day.
  std::string cached_secret_;
  std::string cached_date_;
  std::string cached_key_;
};

}  // namespace hydrant::aws
