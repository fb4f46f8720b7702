#include "engine/delivery/retry_policy.h"

#include <algorithm>

namespace hydrant {
namespace {

absl::Duration Draw(const RetrySchedule& schedule, int failures, Entropy& entropy) {
  const absl::Duration bound = RetryBound(schedule, failures);
  const double random = UniformReal(entropy);
  if (schedule.jitter == Jitter::kFull) return bound * random;
  return std::min(schedule.max, bound * (0.85 + 0.3 * random));
}

}  // namespace

absl::Duration RetryBound(const RetrySchedule& schedule, int failures) {
  constexpr int kDoublingsMax = 20;  // far past any `max`, and no overflow
  const int doublings = std::clamp(failures - 1, 0, kDoublingsMax);
  return std::min(schedule.max, schedule.initial * (int64_t{1} << doublings));
}

absl::Duration RetryDelay(const RetrySchedule& schedule, int failures,
                          const DeliveryOutcome& outcome, Entropy& entropy) {
  absl::Duration delay = Draw(schedule, failures, entropy);
  if (outcome.severity == Severity::kOperator) delay = std::max(delay, kOperatorRetryMin);
  if (outcome.retry_after) delay = std::max(delay, *outcome.retry_after);
  return delay;
}

}  // namespace hydrant
