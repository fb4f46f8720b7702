// Attempts: which of the chunks that are bound for one destination may be sent, and when.
// Role:    a failed chunk waits for its own delay, and for the destination's circuit breaker; once the
//          destination is well again nobody waits out a delay of before.
// Owner:   the branch. Times are of one monotonic clock
#pragma once

#include "actors/chunk_work.h"
#include "engine/delivery/circuit_breaker.h"
#include "engine/delivery/retry_policy.h"

#include <absl/time/time.h>

#include <string>
#include <vector>

namespace hydrant {

class Attempts {
 public:
  // At most `at_once_max` attempts are under way.
  Attempts(RetryPolicy policy, int at_once_max) : policy_(policy), at_once_max_(at_once_max) {}

  const RetryPolicy& policy() const { return policy_; }
  int at_once_max() const { return at_once_max_; }
  void set_at_once_max(int at_once_max) { at_once_max_ = at_once_max; }

  // `asked`: to wait that long, by the destination (Retry-After).
  void Add(ChunkWorkPtr work, absl::Time due = absl::InfinitePast(), bool asked = false) {
    waiting_.push_back({std::move(work), due, asked});
  }
  // The next chunk whose attempt starts now; null when there is none.
  ChunkWorkPtr TakeDue(absl::Time now);
  // The next chunk whose time is over; null when there is none. A chunk's time begins with its first failure. One
  // that was never tried has none as long as it may be; while the breaker keeps all away, its time is that of the
  // destination's failure, from when it would have been sent on: so a dead destination with a backlog gives up what
  // is old, as one without a bound would have.
  ChunkWorkPtr TakeExpired(absl::Time now);
  // All that wait: they go elsewhere.
  std::vector<ChunkWorkPtr> TakeWaiting();
  // When TakeDue or TakeExpired should be asked again; InfiniteFuture: not before something was added or an
  // attempt has ended.
  absl::Time NextDue(absl::Time now) const;

  // How the attempt of a chunk that TakeDue gave has ended: each must be told once.
  // The destination answered and is well, whatever it said of the records.
  void Answered();
  void Failed(absl::Time now, const DeliveryOutcome& outcome, Entropy& entropy);
  // It did not get as far as the destination.
  void Broke();

  // The destination is known to be well again.
  void Recovered();

  BreakerState breaker() const { return breaker_.state(); }
  // Since when no attempt succeeded though some failed; InfiniteFuture: it is well.
  absl::Time failing_since() const { return failing_since_; }
  int under_way() const { return under_way_; }
  // How long the oldest chunk that the destination failed has waited since.
  absl::Duration OldestFailing(absl::Time now) const;

 private:
  struct Waiting {
    ChunkWorkPtr work;
    absl::Time due;
    bool asked_to_wait;
  };
  absl::Time ExpiryOf(const ChunkWork& work) const;
  absl::Time DueOf(const Waiting& waiting) const;
  void ForgetDelays();

  RetryPolicy policy_;
  int at_once_max_;
  int under_way_ = 0;
  absl::Time failing_since_ = absl::InfiniteFuture();
  std::string error_code_;  // of the last failure
  std::string error_message_;
  CircuitBreaker breaker_{BreakerOptions{}};
  std::vector<Waiting> waiting_;  // in the order they came
};

}  // namespace hydrant
