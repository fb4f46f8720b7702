// Attempts: which of a stream's sealed chunks may be sent to the destination, and when.
// Role:    a failed chunk waits for its own retry delay, and for the destination's circuit breaker; once the
//          destination is well again nobody waits out a delay of before.
// Owner:   the stream supervisor. Times are of one monotonic clock
#pragma once

#include "actors/chunk_work.h"
#include "engine/delivery/circuit_breaker.h"
#include "engine/delivery/retry_policy.h"

#include <absl/time/time.h>

#include <vector>

namespace hydrant {

class Attempts {
 public:
  // At most `at_once_max` attempts are under way.
  explicit Attempts(int at_once_max) : at_once_max_(at_once_max) {}

  void Add(ChunkWorkPtr work) {
    waiting_.push_back({std::move(work), absl::InfinitePast(), false});
  }
  // The next chunk whose attempt starts now; null when there is none.
  ChunkWorkPtr TakeDue(absl::Time now);
  // When TakeDue should be asked again; InfiniteFuture: not before something was added or an attempt has ended.
  absl::Time NextDue(absl::Time now) const;

  void Delivered();
  // Counts the failure and puts the chunk among the waiting. Returns its delay.
  absl::Duration Failed(const ChunkWorkPtr& work, const DeliveryOutcome& outcome, absl::Time now,
                        Entropy& entropy);

  BreakerState breaker() const { return breaker_.state(); }

 private:
  struct Waiting {
    ChunkWorkPtr work;
    absl::Time due;
    bool asked_to_wait;  // by the destination (Retry-After)
  };

  const int at_once_max_;
  const RetrySchedule schedule_;
  CircuitBreaker breaker_{BreakerOptions{}};
  std::vector<Waiting> waiting_;  // in the order they came
};

}  // namespace hydrant
