#include "engine/stream/delivery_rules.h"

#include "engine/stream/destination_family.h"

namespace hydrant {

RetryPolicy RetryPolicyFor(const StreamDefinition& stream) {
  return {FactsOf(stream.family).schedule, stream.retry_duration};
}

FailoverRules FailoverRulesFor(const FailoverSettings& settings) {
  return {settings.after, settings.when_breaker_opens, settings.lag_max, settings.hold_down};
}

std::string_view ErrorOutputType(DestinationFamily family) { return FactsOf(family).error_type; }

}  // namespace hydrant
