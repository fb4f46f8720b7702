// CircuitBreaker: whether a destination is sent to. After repeated failures nothing is, but for a probe now and then;
// when one gets through, traffic comes back in steps, so that a destination that just recovered is not run over.
// Pure: decisions as a function of calls and times. What is sent as a probe is an ordinary attempt.
// Owner:   one actor
// Units:   attempts
#pragma once

#include "engine/base/clock.h"
#include "engine/delivery/retry_policy.h"

#include <absl/time/time.h>

#include <string_view>

namespace hydrant {

enum class BreakerState {
  kClosed,    // every attempt may start
  kOpen,      // none, until a probe is due
  kHalfOpen,  // a few at once, more with each success
};
std::string_view BreakerStateName(BreakerState state);  // "closed", "open", "half-open"

struct BreakerOptions {
  int failures_to_open = 5;  // in a row
  // How long it stays open: doubling with each probe that fails, with full jitter above half of it. Short at
  // most, so that whoever waits for a destination is soon served when it is back.
  RetrySchedule probes = {absl::Seconds(1), absl::Seconds(5)};
};

class CircuitBreaker {
 public:
  explicit CircuitBreaker(BreakerOptions options) : options_(options) {}

  // May an attempt start? If so it is counted as under way until Succeeded or Failed. `attempts_max` is what the
  // destination gets at once when all is well.
  bool TryStart(absl::Time now, int attempts_max);
  // The destination answered and is well, whatever it said of the records.
  void Succeeded();
  void Failed(absl::Time now, Entropy& entropy);
  // The destination is well and nobody waits for it: there is no rush to hold back.
  void Close();

  BreakerState state() const { return state_; }
  // While open: when a probe may start.
  absl::Time next_probe() const { return next_probe_; }

 private:
  void Open(absl::Time now, Entropy& entropy);

  BreakerOptions options_;
  BreakerState state_ = BreakerState::kClosed;
  int failures_ = 0;  // in a row
  int openings_ = 0;  // since it was closed
  int under_way_ = 0;
  int allowed_ = 0;  // half-open: attempts at once
  absl::Time next_probe_ = absl::InfinitePast();
};

}  // namespace hydrant
