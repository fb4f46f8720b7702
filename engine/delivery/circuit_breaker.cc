#include "engine/delivery/circuit_breaker.h"

#include <algorithm>

namespace hydrant {

std::string_view BreakerStateName(BreakerState state) {
  switch (state) {
    case BreakerState::kClosed:
      return "closed";
    case BreakerState::kOpen:
      return "open";
    case BreakerState::kHalfOpen:
      return "half-open";
  }
  return "";
}

bool CircuitBreaker::TryStart(absl::Time now, int attempts_max) {
  if (state_ == BreakerState::kOpen && now >= next_probe_) {
    state_ = BreakerState::kHalfOpen;
    allowed_ = 1;
    // Attempts from before it opened may still be under way, for as long as the destination hangs.
    under_way_ = 0;
  }
  if (state_ == BreakerState::kOpen) return false;
  if (state_ == BreakerState::kHalfOpen) {
    const bool got_through = allowed_ > 1;
    if (got_through && allowed_ >= attempts_max) {
      Close();
    } else if (under_way_ >= allowed_) {
      return false;
    }
  }
  ++under_way_;
  return true;
}

void CircuitBreaker::Succeeded() {
  under_way_ = std::max(0, under_way_ - 1);
  failures_ = 0;
  // An answer to an attempt from before it opened: the destination is well after all.
  if (state_ == BreakerState::kOpen) next_probe_ = absl::InfinitePast();
  if (state_ == BreakerState::kHalfOpen) allowed_ *= 2;
}

void CircuitBreaker::Failed(absl::Time now, Entropy& entropy) {
  under_way_ = std::max(0, under_way_ - 1);
  ++failures_;
  const bool enough = failures_ >= options_.failures_to_open;
  if (state_ == BreakerState::kHalfOpen || (state_ == BreakerState::kClosed && enough)) {
    Open(now, entropy);
  }
}

void CircuitBreaker::Close() {
  state_ = BreakerState::kClosed;
  openings_ = 0;
}

void CircuitBreaker::Open(absl::Time now, Entropy& entropy) {
  const absl::Duration bound = RetryBound(options_.probes, ++openings_);
  state_ = BreakerState::kOpen;
  next_probe_ = now + bound / 2 + bound / 2 * UniformReal(entropy);
}

}  // namespace hydrant
