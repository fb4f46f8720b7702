#include "engine/delivery/retry_policy.h"

#include <algorithm>

namespace hydrant {

absl::Duration RetryBound(const RetrySchedule& schedule, int failures) {
  constexpr int kDoublingsMax = 20;  // far past any `max`, and no overflow
  const int doublings = std::clamp(failures - 1, 0, kDoublingsMax);
  return std::min(schedule.max, schedule.initial * (int64_t{1} << doublings));
}

absl::Duration RetryDelay(const RetrySchedule& schedule, int failures,
                          const DeliveryOutcome& outcome, Entropy& entropy) {
  absl::Duration delay = RetryBound(schedule, failures) * UniformReal(entropy);
  if (outcome.severity == Severity::kOperator) delay = std::max(delay, kOperatorRetryMin);
  if (outcome.retry_after) delay = std::max(delay, *outcome.retry_after);
  return delay;
}

}  // namespace hydrant
