#include "engine/delivery/failover_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace hydrant {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr absl::Duration kTick = absl::Milliseconds(250);

// Destinations that are up or down, sent to and probed as the actors do it.
class FailoverPolicyTest : public ::testing::Test {
 protected:
  void Use(FailoverRules rules, size_t destinations) {
    rules_ = rules;
    policy_.emplace(rules, destinations);
    health_.assign(destinations, {});
    up_.assign(destinations, true);
    probes_lie_.assign(destinations, false);
  }

  FailoverDecision Tick() {
    now_ += kTick;
    for (size_t i = 0; i < up_.size(); ++i) {
      const bool active = i == policy_->active();
      DestinationHealth& health = health_[i];
      if (active && up_[i]) {
        health.failing_since.reset();
        health.breaker = BreakerState::kClosed;
      }
      if (active && !up_[i] && !health.failing_since) health.failing_since = now_;
      if (active && !up_[i] && breakers_) health.breaker = BreakerState::kOpen;
      const bool probe_well = up_[i] || probes_lie_[i];
      if (active || !probe_well) health.probe_well_since.reset();
      if (!active && probe_well && !health.probe_well_since) health.probe_well_since = now_;
    }
    const size_t before = policy_->active();
    FailoverDecision decision = policy_->Tick(now_, health_);
    EXPECT_EQ(decision.active != before, !decision.reason.empty());
    EXPECT_EQ(decision.active, policy_->active());
    if (decision.active != before) {
      ++switches_;
      // What actors do: the first attempt at a destination that was left long ago tells anew.
      health_[decision.active].failing_since.reset();
    }
    return decision;
  }
  // Ticks until another destination is used, and returns how long that took; nothing within `limit`.
  std::optional<absl::Duration> UntilSwitch(absl::Duration limit = absl::Hours(2)) {
    const absl::Time begin = now_;
    while (now_ - begin < limit) {
      const FailoverDecision decision = Tick();
      reason_ = decision.reason;
      if (!decision.reason.empty()) return now_ - begin;
    }
    return std::nullopt;
  }
  void Pass(absl::Duration time) {
    for (absl::Duration passed; passed < time; passed += kTick) Tick();
  }

  absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
  FailoverRules rules_;
  std::optional<FailoverPolicy> policy_;
  std::vector<DestinationHealth> health_;
  std::vector<bool> up_;
  std::vector<bool> probes_lie_;  // well, though deliveries fail
  bool breakers_ = false;         // open with the first failure
  int switches_ = 0;
  std::string reason_;
};

TEST_F(FailoverPolicyTest, StaysWhileAllIsWell) {
  Use({}, 3);
  EXPECT_EQ(UntilSwitch(), std::nullopt);
  EXPECT_EQ(policy_->active(), 0u);
}

TEST_F(FailoverPolicyTest, HasNowhereToGoAlone) {
  Use({}, 1);
  up_ = {false};
  EXPECT_EQ(UntilSwitch(), std::nullopt);
}

TEST_F(FailoverPolicyTest, SwitchesWithinATickOfItsCondition) {
  Use({.after = absl::Seconds(60)}, 2);
  Pass(absl::Seconds(10));
  up_[0] = false;
  const absl::Duration took = *UntilSwitch();
  EXPECT_GE(took, absl::Seconds(60));
  EXPECT_LE(took, absl::Seconds(60) + 2 * kTick);
  EXPECT_EQ(policy_->active(), 1u);
  EXPECT_EQ(reason_, "it has failed for 1m");
}

TEST_F(FailoverPolicyTest, AShortFailureIsNone) {
  Use({.after = absl::Seconds(60)}, 2);
  for (int i = 0; i < 20; ++i) {
    up_[0] = false;
    Pass(absl::Seconds(59));
    up_[0] = true;
    Pass(absl::Seconds(1));
  }
  EXPECT_EQ(policy_->active(), 0u);
}

TEST_F(FailoverPolicyTest, ABreakerCountsOnlyWhereTheRulesSaySo) {
  breakers_ = true;
  Use({.after = absl::Seconds(60)}, 2);
  Pass(absl::Seconds(1));
  up_[0] = false;
  EXPECT_GE(*UntilSwitch(), absl::Seconds(60));

  Use({.after = absl::Seconds(60), .when_breaker_opens = true}, 2);
  Pass(absl::Seconds(1));
  up_[0] = false;
  EXPECT_EQ(UntilSwitch(), kTick);
  EXPECT_THAT(reason_, HasSubstr("circuit breaker"));
}

TEST_F(FailoverPolicyTest, ALagCountsOnlyAboveItsBound) {
  Use({.lag_max = absl::Seconds(30)}, 2);
  Pass(absl::Minutes(1));
  health_[0].failing_lag = absl::Seconds(29);
  EXPECT_THAT(Tick().reason, IsEmpty());
  health_[0].failing_lag = absl::Seconds(30);
  EXPECT_EQ(Tick().reason, "a record that failed has waited for 30s");

  Use({}, 2);
  health_[0].failing_lag = absl::Hours(1000);
  EXPECT_THAT(Tick().reason, IsEmpty());
}

TEST_F(FailoverPolicyTest, TheLagThatItTookOverIsNotItsOwn) {
  Use({.lag_max = absl::Seconds(30)}, 3);
  Pass(absl::Minutes(1));
  for (DestinationHealth& health : health_) health.failing_lag = absl::Seconds(90);
  EXPECT_EQ(Tick().active, 1u);
  Pass(absl::Seconds(29));
  EXPECT_EQ(policy_->active(), 1u);
}

TEST_F(FailoverPolicyTest, PrefersTheFirstThatIsWell) {
  Use({.after = absl::Seconds(10)}, 4);
  up_ = {false, false, true, true};
  Pass(absl::Seconds(1));
  EXPECT_LE(*UntilSwitch(), absl::Seconds(10));
  EXPECT_EQ(policy_->active(), 1u) << "nobody knows yet that it is down";
  // With what the probes say since.
  up_[1] = false;
  EXPECT_LE(*UntilSwitch(), absl::Seconds(11));
  EXPECT_EQ(policy_->active(), 2u);
}

TEST_F(FailoverPolicyTest, ComesBackAfterTheHoldDown) {
  Use({.after = absl::Seconds(10), .hold_down = absl::Seconds(30)}, 2);
  up_[0] = false;
  UntilSwitch();
  ASSERT_EQ(policy_->active(), 1u);
  Pass(absl::Minutes(5));
  up_[0] = true;
  Pass(absl::Seconds(29));
  up_[0] = false;  // it was well for too short
  Pass(absl::Seconds(5));
  up_[0] = true;
  const absl::Duration took = *UntilSwitch();
  EXPECT_GE(took, absl::Seconds(30));
  EXPECT_LE(took, absl::Seconds(30) + 2 * kTick);
  EXPECT_EQ(policy_->active(), 0u);
  EXPECT_THAT(reason_, HasSubstr("has been well for 30s"));
}

// Its probes are well and each delivery fails: it must not be tried all the time.
TEST_F(FailoverPolicyTest, NeverFlaps) {
  for (const bool breakers : {false, true}) {
    breakers_ = breakers;
    Use({.after = absl::Seconds(10), .when_breaker_opens = breakers}, 2);
    Pass(absl::Seconds(10));
    up_[0] = false;
    probes_lie_[0] = true;
    UntilSwitch();
    for (int seconds : {30, 60, 120, 240, 480, 600, 600}) {
      EXPECT_EQ(policy_->hold_down(0), absl::Seconds(seconds));
      const absl::Duration away = *UntilSwitch();
      EXPECT_EQ(policy_->active(), 0u);
      EXPECT_GE(away, absl::Seconds(seconds));
      EXPECT_LE(*UntilSwitch(), absl::Seconds(11));
      EXPECT_EQ(policy_->active(), 1u);
    }
    switches_ = 0;
    Pass(absl::Hours(10));
    EXPECT_LE(switches_, 2 * 60 + 1);
  }
}

TEST_F(FailoverPolicyTest, AnHourOfHealthIsForgiven) {
  Use({.after = absl::Seconds(10)}, 2);
  up_[0] = false;
  probes_lie_[0] = true;
  for (int i = 0; i < 7; ++i) UntilSwitch();
  ASSERT_EQ(policy_->active(), 1u);
  ASSERT_EQ(policy_->hold_down(0), absl::Seconds(240));
  up_[0] = true;
  UntilSwitch();
  Pass(absl::Minutes(61));
  up_[0] = false;
  UntilSwitch();
  EXPECT_EQ(policy_->hold_down(0), absl::Seconds(30));
}

TEST_F(FailoverPolicyTest, WhenAllFailEachIsTriedInTurn) {
  for (const bool breakers : {false, true}) {
    breakers_ = breakers;
    Use({.after = absl::Seconds(10), .when_breaker_opens = breakers}, 3);
    Pass(absl::Seconds(10));
    up_ = {false, false, false};
    std::vector<size_t> order;
    UntilSwitch();
    for (int i = 0; i < 7; ++i) {
      order.push_back(policy_->active());
      const absl::Duration stayed = *UntilSwitch();
      // The last one had never failed: there is no reason to wait before it is tried.
      const bool at_once = breakers && i == 0;
      EXPECT_GE(stayed, at_once ? absl::ZeroDuration() : absl::Seconds(10));
      // After a round of them each gets twice the time.
      EXPECT_LE(stayed, absl::Seconds(i < 4 ? 10 : 20) + 2 * kTick);
    }
    EXPECT_THAT(order, ::testing::ElementsAre(1, 2, 0, 1, 2, 0, 1));
    // The one that works is found, and the stream's own is used again when it is well.
    up_[2] = true;
    UntilSwitch();
    EXPECT_EQ(policy_->active(), 2u);
    up_[0] = true;
    EXPECT_LE(*UntilSwitch(), absl::Seconds(31)) << "turns are no returns";
    EXPECT_EQ(policy_->active(), 0u);
  }
}

// Whatever happens: switches are bounded, and with one destination up for long enough it is the active one.
TEST_F(FailoverPolicyTest, RandomOutages) {
  std::mt19937 random(5);
  for (int round = 0; round < 30; ++round) {
    breakers_ = round % 2 == 0;
    Use({.after = absl::Seconds(20), .when_breaker_opens = breakers_}, 3);
    switches_ = 0;
    for (int step = 0; step < 60; ++step) {
      for (size_t i = 0; i < up_.size(); ++i) up_[i] = random() % 2 == 0;
      Pass(absl::Seconds(random() % 120));
    }
    EXPECT_LT(switches_, 60 * 6);
    up_ = {false, false, false};
    const size_t well = random() % 3;
    up_[well] = true;
    Pass(absl::Minutes(20));
    EXPECT_EQ(policy_->active(), well);
  }
}

}  // namespace
}  // namespace hydrant
