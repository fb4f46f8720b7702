#include "actors/attempts.h"

#include <algorithm>
#include <utility>

namespace hydrant {

ChunkWorkPtr Attempts::TakeDue(absl::Time now) {
  const auto due = std::find_if(waiting_.begin(), waiting_.end(),
                                [&](const Waiting& waiting) { return waiting.due <= now; });
  if (due == waiting_.end() || !breaker_.TryStart(now, at_once_max_)) return nullptr;
  ChunkWorkPtr work = std::move(due->work);
  waiting_.erase(due);
  return work;
}

absl::Time Attempts::NextDue(absl::Time now) const {
  absl::Time next = absl::InfiniteFuture();
  const bool half_open = breaker_.state() == BreakerState::kHalfOpen;
  for (const Waiting& waiting : waiting_) {
    // While the breaker is half open, what is due waits for the end of an attempt that is under way.
    if (!half_open || waiting.due > now) next = std::min(next, waiting.due);
  }
  if (breaker_.state() == BreakerState::kOpen) next = std::max(next, breaker_.next_probe());
  return next;
}

void Attempts::Delivered() {
  const bool recovers = breaker_.state() != BreakerState::kClosed;
  breaker_.Succeeded();
  if (!recovers) return;
  if (waiting_.empty()) breaker_.Close();
  for (Waiting& waiting : waiting_) {
    if (!waiting.asked_to_wait) waiting.due = absl::InfinitePast();
  }
}

absl::Duration Attempts::Failed(const ChunkWorkPtr& work, const DeliveryOutcome& outcome,
                                absl::Time now, Entropy& entropy) {
  ++work->failures;
  // A refusal of these records is an answer of a destination that is well.
  if (outcome.kind == OutcomeKind::kReject) {
    breaker_.Succeeded();
  } else {
    breaker_.Failed(now, entropy);
  }
  const absl::Duration delay = RetryDelay(schedule_, work->failures, outcome, entropy);
  waiting_.push_back({work, now + delay, outcome.retry_after.has_value()});
  return delay;
}

}  // namespace hydrant
