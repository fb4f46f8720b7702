// AWS credentials and where they come from: configuration, environment, shared files, container and
// instance metadata, in the order of the AWS SDKs' default chain.
// Owner:   providers are safe from any thread
// Errors:  kUnauthenticated: nobody has credentials (the message names every place that was tried)
// Source:  AWS SDKs and Tools Reference Guide, "Standardized credential providers"
#pragma once

#include "engine/base/clock.h"
#include "engine/base/status.h"
#include "engine/io/http_client.h"

#include <absl/time/time.h>
#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>

namespace hydrant::aws {

// Never log one.
struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;  // empty for long-term keys
  absl::Time expiration = absl::InfiniteFuture();
};

class CredentialsProvider {
 public:
  virtual ~CredentialsProvider() = default;
  // Cached; fetched anew some minutes before they end.
  virtual asio::awaitable<StatusOr<Credentials>> Get() = 0;
  // The destination said they are bad: forget the cached ones.
  virtual void Invalidate() = 0;
};

std::unique_ptr<CredentialsProvider> MakeStaticCredentials(Credentials credentials);
std::unique_ptr<CredentialsProvider> MakeDefaultCredentialsChain(HttpClient& http,
                                                                 const Clock& clock);

}  // namespace hydrant::aws
