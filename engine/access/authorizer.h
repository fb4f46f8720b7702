// Authorizer: whether the access key of a request may do what the request asks for, by the key's policy in the
// configuration. A key without a policy may do everything.
// Owner:   immutable; any thread
// Errors:  AccessDeniedException as AWS words it
// Source:  Service Authorization Reference, "Actions, resources, and condition keys for Amazon Kinesis Firehose";
//          IAM User Guide, "Troubleshoot access denied error messages"
#pragma once

#include "engine/access/policy.h"
#include "engine/config/node_config.h"
#include "engine/stream/api_error.h"

#include <absl/container/flat_hash_map.h>

#include <optional>
#include <string>
#include <string_view>

namespace hydrant {

class Authorizer {
 public:
  // A policy that can't be read (the configuration's checks name it) allows nothing.
  explicit Authorizer(const NodeConfig& config);

  // Nothing when it may. `access_key_id` is empty when requests are not authenticated; `operation` is bare;
  // `stream` is the one it is about. ListDeliveryStreams is about none.
  std::optional<ApiError> Check(const std::string& access_key_id, std::string_view operation,
                                std::string_view stream) const;
  // Whether there is anything that the key may not do.
  bool Restricts(const std::string& access_key_id) const {
    return policies_.contains(access_key_id);
  }
  // "arn:aws:iam::000000000000:user/AKIDEXAMPLE": keys are their own users.
  std::string UserArn(std::string_view access_key_id) const;

 private:
  const std::string arn_prefix_;  // of streams
  const std::string account_id_;
  absl::flat_hash_map<std::string, AccessPolicy> policies_;
};

}  // namespace hydrant
