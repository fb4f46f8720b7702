// RetryPolicy: whether and when a chunk is tried again. Pure: decisions as a function of numbers.
// Owner:   any thread
// Units:   durations; `failures` counts attempts that failed, from 1
#pragma once

#include "engine/base/clock.h"
#include "engine/delivery/outcome.h"

#include <absl/time/time.h>

#include <optional>

namespace hydrant {

enum class Jitter {
  kFull,          // each wait is drawn between zero and the bound
  kProportional,  // … within 15 % of the bound, and never above the maximum
};

// Waits are bounded by `initial`, doubling up to `max`, and drawn, so that many chunks that failed
// together do not come back together.
struct RetrySchedule {
  absl::Duration initial = absl::Milliseconds(500);
  absl::Duration max = absl::Seconds(30);
  Jitter jitter = Jitter::kFull;
};

struct RetryPolicy {
  RetrySchedule schedule;
  // How long a chunk is tried again, from its first failure on; zero: that failure is final. Nothing: for ever.
  std::optional<absl::Duration> duration;
};

// The bound of the wait after so many failures.
absl::Duration RetryBound(const RetrySchedule& schedule, int failures);

// What a failure that needs the operator (AccessDenied, NoSuchBucket) waits at least.
inline constexpr absl::Duration kOperatorRetryMin = absl::Seconds(5);

absl::Duration RetryDelay(const RetrySchedule& schedule, int failures,
                          const DeliveryOutcome& outcome, Entropy& entropy);

}  // namespace hydrant
