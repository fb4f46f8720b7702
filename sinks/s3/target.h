// S3Target: where a bucket is reached: host, path and region, from the node's settings.
// Owner:   immutable, any thread
// Errors:  kInvalidArgument: a bucket name or endpoint that cannot be one; names the setting
// Source:  Amazon S3 User Guide, "Virtual hosting of buckets"
#pragma once

#include "engine/base/status.h"
#include "engine/config/node_config.h"

#include <string>
#include <string_view>

namespace hydrant::s3 {

struct S3Target {
  std::string bucket;
  std::string region;
  std::string base_url;  // of the bucket, without a '/' at its end
  // The signature of a request with a body covers its SHA-256 (see PayloadSigning).
  bool signs_payload = false;

  // The URL of an object, or of the bucket when `key` is empty. `query` is encoded already.
  std::string Url(std::string_view key, std::string_view query) const;
};

// Path style when asked for, or where a bucket cannot be part of the host's name: it has dots (the
// certificate would not match), or the endpoint is an address or a name without a dot.
StatusOr<S3Target> ResolveTarget(const NodeConfig& config, std::string_view bucket);

}  // namespace hydrant::s3
