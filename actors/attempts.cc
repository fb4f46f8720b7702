#include "actors/attempts.h"

#include <algorithm>
#include <utility>

namespace hydrant {

ChunkWorkPtr Attempts::TakeDue(absl::Time now) {
  if (under_way_ >= at_once_max_) return nullptr;
  const auto due = std::find_if(waiting_.begin(), waiting_.end(),
                                [&](const Waiting& waiting) { return DueOf(waiting) <= now; });
  if (due == waiting_.end() || !breaker_.TryStart(now, at_once_max_)) return nullptr;
  ++under_way_;
  ChunkWorkPtr work = std::move(due->work);
  waiting_.erase(due);
  return work;
}

absl::Time Attempts::ExpiryOf(const ChunkWork& work) const {
  if (!policy_.duration) return absl::InfiniteFuture();
  const ChunkHistory& history = work.history;
  if (history.failures > history.crashes) return history.failing_since + *policy_.duration;
  if (breaker_.state() != BreakerState::kOpen) return absl::InfiniteFuture();
  return std::max(failing_since_, work.waiting_since) + *policy_.duration;
}

// While the breaker is open, it alone says when the next attempt is: as a probe any chunk will do.
absl::Time Attempts::DueOf(const Waiting& waiting) const {
  const bool open = breaker_.state() == BreakerState::kOpen;
  return open && !waiting.asked_to_wait ? breaker_.next_probe() : waiting.due;
}

ChunkWorkPtr Attempts::TakeExpired(absl::Time now) {
  if (!policy_.duration) return nullptr;
  const auto expired = std::find_if(waiting_.begin(), waiting_.end(), [&](const Waiting& waiting) {
    return ExpiryOf(*waiting.work) <= now;
  });
  if (expired == waiting_.end()) return nullptr;
  ChunkWorkPtr work = std::move(expired->work);
  waiting_.erase(expired);
  if (work->history.failures == 0) {
    work->history.error_code = error_code_;
    work->history.error_message = error_message_;
  }
  return work;
}

std::vector<ChunkWorkPtr> Attempts::TakeWaiting() {
  std::vector<ChunkWorkPtr> taken;
  taken.reserve(waiting_.size());
  for (Waiting& waiting : waiting_) taken.push_back(std::move(waiting.work));
  waiting_.clear();
  return taken;
}

absl::Time Attempts::NextDue(absl::Time now) const {
  absl::Time next = absl::InfiniteFuture();
  absl::Time expiry = absl::InfiniteFuture();
  // What is due waits for the end of an attempt that is under way.
  const bool full = under_way_ >= at_once_max_ || breaker_.state() == BreakerState::kHalfOpen;
  for (const Waiting& waiting : waiting_) {
    const absl::Time due = DueOf(waiting);
    if (!full || due > now) next = std::min(next, due);
    expiry = std::min(expiry, ExpiryOf(*waiting.work));
  }
  if (breaker_.state() == BreakerState::kOpen) next = std::max(next, breaker_.next_probe());
  return std::min(next, expiry);
}

void Attempts::Answered() {
  --under_way_;
  failing_since_ = absl::InfiniteFuture();
  const bool recovers = breaker_.state() != BreakerState::kClosed;
  breaker_.Succeeded();
  if (!recovers) return;
  if (waiting_.empty()) breaker_.Close();
  ForgetDelays();
}

void Attempts::Failed(absl::Time now, const DeliveryOutcome& outcome, Entropy& entropy) {
  --under_way_;
  error_code_ = outcome.error_code;
  error_message_ = outcome.error_message;
  failing_since_ = std::min(failing_since_, now);
  breaker_.Failed(now, entropy);
}

void Attempts::Broke() {
  --under_way_;
  breaker_.Abandoned();
}

void Attempts::Recovered() {
  failing_since_ = absl::InfiniteFuture();
  breaker_.Close();
  ForgetDelays();
}

void Attempts::ForgetDelays() {
  for (Waiting& waiting : waiting_) {
    if (!waiting.asked_to_wait) waiting.due = absl::InfinitePast();
  }
}

absl::Duration Attempts::OldestFailing(absl::Time now) const {
  absl::Duration oldest = absl::ZeroDuration();
  for (const Waiting& waiting : waiting_) {
    // Crashes are not the destination's failures.
    const ChunkHistory& history = waiting.work->history;
    if (history.failures > history.crashes) oldest = std::max(oldest, now - history.failing_since);
  }
  return oldest;
}

}  // namespace hydrant
