// Policies: no text may crash the parser; what it takes must decide by IAM's rules, which are written down a
// second time here in the simplest way.
#include "engine/access/policy.h"

#include <absl/strings/ascii.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <cstdlib>

namespace hydrant {
namespace {

using Json = nlohmann::json;

bool MatchesSlowly(std::string_view text, std::string_view pattern) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*') {
    return MatchesSlowly(text, pattern.substr(1)) ||
           (!text.empty() && MatchesSlowly(text.substr(1), pattern));
  }
  return !text.empty() && (pattern[0] == '?' || pattern[0] == text[0]) &&
         MatchesSlowly(text.substr(1), pattern.substr(1));
}

bool Speaks(const Json& statement, const char* name, const char* negated, const std::string& text,
            bool lower) {
  const Json& patterns = statement.contains(name) ? statement[name] : statement[negated];
  bool found = false;
  for (const Json& entry : patterns.is_array() ? patterns : Json::array({patterns})) {
    std::string pattern = entry.get<std::string>();
    if (lower) pattern = absl::AsciiStrToLower(pattern);
    found |= MatchesSlowly(text, pattern);
  }
  return found == statement.contains(name);
}

AccessDecision DecideSlowly(const Json& policy, const std::string& action,
                            const std::string& resource) {
  const Json& statements = policy["Statement"];
  AccessDecision decision = AccessDecision::kNotAllowed;
  for (const Json& statement : statements.is_array() ? statements : Json::array({statements})) {
    if (!Speaks(statement, "Action", "NotAction", absl::AsciiStrToLower(action), true)) continue;
    if (!Speaks(statement, "Resource", "NotResource", resource, false)) continue;
    if (statement["Effect"] == "Deny") return AccessDecision::kDenied;
    decision = AccessDecision::kAllowed;
  }
  return decision;
}

}  // namespace
}  // namespace hydrant

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hydrant;
  if (size > 2000) return 0;  // the slow way takes exponential time
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (std::count(text.begin(), text.end(), '*') > 12) return 0;
  const auto parsed = AccessPolicy::Parse(text);
  const auto* policy = std::get_if<AccessPolicy>(&parsed);
  if (policy == nullptr) return 0;
  const Json json = Json::parse(text);
  for (const char* action : {"firehose:PutRecord", "firehose:ListDeliveryStreams"}) {
    for (const char* resource : {"*", "arn:aws:firehose:r:a:deliverystream/web"}) {
      if (policy->Decide(action, resource) != DecideSlowly(json, action, resource)) std::abort();
    }
  }
  return 0;
}
