// FailoverPolicy: which of a stream's destinations is sent to. Pure: decisions as a function of what is
// told at each tick.
// Owner:   one actor
// Units:   destinations by index, the stream's own first
#pragma once

#include "engine/delivery/circuit_breaker.h"

#include <absl/time/time.h>

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace hydrant {

// When to switch, and when to come back; as in FailoverSettings.
struct FailoverRules {
  absl::Duration after = absl::Seconds(60);
  bool when_breaker_opens = false;
  absl::Duration lag_max = absl::InfiniteDuration();
  absl::Duration hold_down = absl::Seconds(30);
};

// What is known of one destination. Times are on the caller's clock, which must not go back.
struct DestinationHealth {
  // Since when attempts have failed and none was delivered; nothing: it is well, or was not tried.
  std::optional<absl::Time> failing_since = {};
  BreakerState breaker = BreakerState::kClosed;
  // How long the oldest of its chunks that failed at least once has waited.
  absl::Duration failing_lag = absl::ZeroDuration();
  // Since when its probes have been well; nothing: they are not, or there were none.
  std::optional<absl::Time> probe_well_since = {};
};

struct FailoverDecision {
  size_t active = 0;
  std::string reason;  // of a switch at this tick: "it has failed for 1m"; else empty
};

// The first destination that is well is the one to use. One that was left for its failures is used again when it
// has been well for its hold-down, which doubles each time that it fails within an hour of its return. While no other
// is known to be well, each is given `after` before the next one is tried.
class FailoverPolicy {
 public:
  FailoverPolicy(FailoverRules rules, size_t destinations);

  // `destinations`: as many as the policy was made for.
  FailoverDecision Tick(absl::Time now, std::span<const DestinationHealth> destinations);
  size_t active() const { return active_; }
  // How long that destination must have been well before it is used again.
  absl::Duration hold_down(size_t destination) const { return memory_[destination].hold_down; }

 private:
  struct Memory {
    absl::Duration hold_down;
    std::optional<absl::Time> left;  // when it failed, until it is used again
    bool returned = false;           // it was used again after that, because it was well
  };

  // Empty: no reason.
  std::string WhyToLeave(absl::Time now, const DestinationHealth& health) const;
  bool IsWell(size_t destination, const DestinationHealth& health) const;
  // Well, and for long enough if it was left before.
  bool IsReady(absl::Time now, size_t destination, const DestinationHealth& health) const;
  std::optional<size_t> Alternative(absl::Time now,
                                    std::span<const DestinationHealth> destinations) const;
  void Leave(absl::Time now);
  FailoverDecision Use(absl::Time now, size_t destination, const DestinationHealth& health,
                       std::string reason);

  const FailoverRules rules_;
  std::vector<Memory> memory_;
  size_t active_ = 0;
  absl::Time active_since_ = absl::InfinitePast();
  bool breaker_was_closed_ = false;  // since then
  int uncertain_tries_ = 0;          // switches to one not known to be well, one after the other
};

}  // namespace hydrant
