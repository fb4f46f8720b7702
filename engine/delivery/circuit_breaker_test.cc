#include "engine/delivery/circuit_breaker.h"

#include <gtest/gtest.h>

namespace hydrant {
namespace {

class CircuitBreakerTest : public ::testing::Test {
 protected:
  static constexpr int kAttemptsMax = 4;
  bool TryStart() { return breaker_.TryStart(now_, kAttemptsMax); }
  void Fail() { breaker_.Failed(now_, Entropy::System()); }
  void StartAndFail(int times) {
    for (int i = 0; i < times; ++i) {
      ASSERT_TRUE(TryStart());
      Fail();
    }
  }
  void Advance(absl::Duration time) { now_ += time; }

  absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
  CircuitBreaker breaker_{{.failures_to_open = 3, .probes = {absl::Seconds(1), absl::Seconds(8)}}};
};

TEST_F(CircuitBreakerTest, OpensOnlyAfterFailuresInARow) {
  StartAndFail(2);
  ASSERT_TRUE(TryStart());
  breaker_.Succeeded();
  StartAndFail(2);
  EXPECT_EQ(breaker_.state(), BreakerState::kClosed);
  StartAndFail(1);
  EXPECT_EQ(breaker_.state(), BreakerState::kOpen);
  EXPECT_FALSE(TryStart());
}

TEST_F(CircuitBreakerTest, ProbesWithBackoffUpToABound) {
  StartAndFail(3);
  for (int bound_seconds : {1, 2, 4, 8, 8, 8}) {
    const absl::Duration wait = breaker_.next_probe() - now_;
    EXPECT_GE(wait, absl::Seconds(bound_seconds) / 2);
    EXPECT_LE(wait, absl::Seconds(bound_seconds));
    Advance(wait - absl::Milliseconds(1));
    EXPECT_FALSE(TryStart());
    Advance(absl::Milliseconds(1));
    EXPECT_TRUE(TryStart());
    EXPECT_FALSE(TryStart()) << "one probe at a time";
    Fail();
    EXPECT_EQ(breaker_.state(), BreakerState::kOpen);
  }
}

TEST_F(CircuitBreakerTest, LetsTrafficInBySteps) {
  StartAndFail(3);
  Advance(absl::Seconds(1));
  ASSERT_TRUE(TryStart());
  breaker_.Succeeded();
  EXPECT_EQ(breaker_.state(), BreakerState::kHalfOpen);
  ASSERT_TRUE(TryStart());
  ASSERT_TRUE(TryStart());
  EXPECT_FALSE(TryStart());
  breaker_.Succeeded();
  ASSERT_TRUE(TryStart());  // four at once: that is all there may be
  EXPECT_EQ(breaker_.state(), BreakerState::kClosed);
}

TEST_F(CircuitBreakerTest, AFailureOnTheWayBackOpensItAgain) {
  StartAndFail(3);
  Advance(absl::Seconds(1));
  ASSERT_TRUE(TryStart());
  breaker_.Succeeded();
  ASSERT_TRUE(TryStart());
  Fail();
  EXPECT_EQ(breaker_.state(), BreakerState::kOpen);
}

TEST_F(CircuitBreakerTest, ALateSuccessBringsTheProbeForward) {
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(TryStart());
  for (int i = 0; i < 3; ++i) Fail();
  ASSERT_FALSE(TryStart());
  breaker_.Succeeded();
  EXPECT_TRUE(TryStart());
}

TEST_F(CircuitBreakerTest, HangingAttemptsDoNotKeepTheProbeBack) {
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(TryStart());
  for (int i = 0; i < 3; ++i) Fail();
  Advance(absl::Seconds(1));
  EXPECT_TRUE(TryStart());
}

TEST_F(CircuitBreakerTest, AProbeThatNeverGotThereIsFollowedByAnother) {
  StartAndFail(3);
  Advance(absl::Seconds(1));
  ASSERT_TRUE(TryStart());
  breaker_.Abandoned();
  EXPECT_EQ(breaker_.state(), BreakerState::kHalfOpen);
  EXPECT_TRUE(TryStart());
}

// Also where there is only one at a time.
TEST_F(CircuitBreakerTest, OneAttemptAtATimeIsNoReasonToClose) {
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(breaker_.TryStart(now_, 1));
    Fail();
  }
  Advance(absl::Seconds(1));
  ASSERT_TRUE(breaker_.TryStart(now_, 1));
  EXPECT_EQ(breaker_.state(), BreakerState::kHalfOpen);
  Fail();
  EXPECT_FALSE(breaker_.TryStart(now_, 1));
  Advance(absl::Seconds(2));
  ASSERT_TRUE(breaker_.TryStart(now_, 1));
  breaker_.Succeeded();
  ASSERT_TRUE(breaker_.TryStart(now_, 1));
  EXPECT_EQ(breaker_.state(), BreakerState::kClosed);
}

}  // namespace
}  // namespace hydrant
