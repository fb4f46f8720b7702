#include "engine/delivery/failover_policy.h"

#include "engine/base/check.h"

#include <algorithm>
#include <utility>

namespace hydrant {
namespace {

// What doubling begins with where the rules have none.
constexpr absl::Duration kHoldDownMin = absl::Seconds(1);
constexpr absl::Duration kHoldDownMax = absl::Minutes(10);
// A destination that returned and is well for so long is as good as new.
constexpr absl::Duration kTrustedAfter = absl::Hours(1);

}  // namespace

FailoverPolicy::FailoverPolicy(FailoverRules rules, size_t destinations)
    : rules_(rules), memory_(destinations, {rules.hold_down, {}, false}) {
  HYDRANT_CHECK(destinations > 0);
}

FailoverDecision FailoverPolicy::Tick(absl::Time now,
                                      std::span<const DestinationHealth> destinations) {
  HYDRANT_CHECK(destinations.size() == memory_.size());
  const DestinationHealth& active = destinations[active_];
  std::string reason = WhyToLeave(now, active);
  breaker_was_closed_ = breaker_was_closed_ || active.breaker == BreakerState::kClosed;
  if (!reason.empty()) {
    const std::optional<size_t> next = Alternative(now, destinations);
    if (!next) return {active_, ""};
    Leave(now);
    uncertain_tries_ = IsWell(*next, destinations[*next]) ? 0 : uncertain_tries_ + 1;
    return Use(now, *next, destinations[*next], std::move(reason));
  }
  if (!active.failing_since) uncertain_tries_ = 0;
  for (size_t better = 0; better < active_; ++better) {
    if (!IsReady(now, better, destinations[better])) continue;
    return Use(now, better, destinations[better],
               "a better one has been well for " + absl::FormatDuration(memory_[better].hold_down));
  }
  return {active_, ""};
}

// What it went through before it was used (again) does not count.
std::string FailoverPolicy::WhyToLeave(absl::Time now, const DestinationHealth& health) const {
  const absl::Duration used_for = now - active_since_;
  if (health.failing_since) {
    const absl::Duration failing_for = std::min(now - *health.failing_since, used_for);
    if (failing_for >= rules_.after) {
      return "it has failed for " + absl::FormatDuration(failing_for);
    }
  }
  const bool failed_since =
      breaker_was_closed_ || (health.failing_since && *health.failing_since >= active_since_);
  if (rules_.when_breaker_opens && health.breaker == BreakerState::kOpen && failed_since) {
    return "its circuit breaker has opened";
  }
  const absl::Duration lag = std::min(health.failing_lag, used_for);
  if (rules_.lag_max < absl::InfiniteDuration() && lag >= rules_.lag_max &&
      health.failing_lag > absl::ZeroDuration()) {
    return "a record that failed has waited for " + absl::FormatDuration(lag);
  }
  return "";
}

bool FailoverPolicy::IsWell(size_t destination, const DestinationHealth& health) const {
  if (health.probe_well_since) {
    return !health.failing_since || *health.failing_since < *health.probe_well_since;
  }
  // Nobody asked it yet, and it has not failed.
  return !memory_[destination].left && !health.failing_since &&
         health.breaker == BreakerState::kClosed;
}

bool FailoverPolicy::IsReady(absl::Time now, size_t destination,
                             const DestinationHealth& health) const {
  if (!IsWell(destination, health)) return false;
  const Memory& memory = memory_[destination];
  if (!memory.left) return true;
  return now - std::max(*health.probe_well_since, *memory.left) >= memory.hold_down;
}

std::optional<size_t> FailoverPolicy::Alternative(
    absl::Time now, std::span<const DestinationHealth> destinations) const {
  const size_t count = destinations.size();
  for (size_t i = 0; i < count; ++i) {
    if (i != active_ && IsReady(now, i, destinations[i])) return i;
  }
  // None that is known to be well for long: before an uncertain one is tried, this one gets its time.
  const absl::Duration used_for = now - active_since_;
  if (count == 1 || used_for < rules_.after) return std::nullopt;
  for (size_t i = 0; i < count; ++i) {
    if (i != active_ && IsWell(i, destinations[i])) return i;
  }
  // All fail: each is tried in turn, less and less often.
  const int doublings = std::min(uncertain_tries_ / static_cast<int>(count), 20);
  const absl::Duration patience = std::max(rules_.after, kHoldDownMin) * (1 << doublings);
  if (uncertain_tries_ > 0 && used_for < std::min(patience, kHoldDownMax)) return std::nullopt;
  return (active_ + 1) % count;
}

void FailoverPolicy::Leave(absl::Time now) {
  Memory& memory = memory_[active_];
  if (now - active_since_ >= kTrustedAfter) {
    memory.hold_down = rules_.hold_down;
  } else if (memory.returned) {
    const absl::Duration doubled = std::max(memory.hold_down * 2, kHoldDownMin);
    memory.hold_down = std::max(rules_.hold_down, std::min(doubled, kHoldDownMax));
  }
  memory.left = now;
}

FailoverDecision FailoverPolicy::Use(absl::Time now, size_t destination,
                                     const DestinationHealth& health, std::string reason) {
  Memory& memory = memory_[destination];
  // One that is only tried because all others fail did not return.
  memory.returned = memory.left && IsReady(now, destination, health);
  memory.left.reset();
  active_ = destination;
  active_since_ = now;
  breaker_was_closed_ = false;
  return {active_, std::move(reason)};
}

}  // namespace hydrant
