#include "engine/access/authorizer.h"

#include <utility>

namespace hydrant {
namespace {

constexpr std::string_view kWithoutResource = "ListDeliveryStreams";

}  // namespace

Authorizer::Authorizer(const NodeConfig& config)
    : arn_prefix_("arn:aws:firehose:" + config.region + ":" + config.account_id +
                  ":deliverystream/"),
      account_id_(config.account_id) {
  for (const AccessKey& key : config.credentials) {
    if (key.policy.empty()) continue;
    auto parsed = AccessPolicy::Parse(key.policy);
    auto* policy = std::get_if<AccessPolicy>(&parsed);
    policies_[key.access_key_id] = policy == nullptr ? AccessPolicy() : std::move(*policy);
  }
}

std::string Authorizer::UserArn(std::string_view access_key_id) const {
  return std::string("arn:aws:iam::").append(account_id_).append(":user/").append(access_key_id);
}

std::optional<ApiError> Authorizer::Check(const std::string& access_key_id,
                                          std::string_view operation,
                                          std::string_view stream) const {
  if (policies_.empty()) return std::nullopt;
  const auto found = policies_.find(access_key_id);
  if (found == policies_.end()) return std::nullopt;
  const std::string action = std::string("firehose:").append(operation);
  const std::string resource =
      operation == kWithoutResource ? std::string("*") : std::string(arn_prefix_).append(stream);
  const AccessDecision decision = found->second.Decide(action, resource);
  if (decision == AccessDecision::kAllowed) return std::nullopt;
  std::string message = "User: " + UserArn(access_key_id);
  message.append(" is not authorized to perform: ").append(action);
  message.append(" on resource: ").append(resource);
  if (decision == AccessDecision::kDenied) {
    message.append(" with an explicit deny in an identity-based policy");
  } else {
    message.append(" because no identity-based policy allows the ").append(action);
    message.append(" action");
  }
  return ApiError{"AccessDeniedException", std::move(message), 400};
}

}  // namespace hydrant
