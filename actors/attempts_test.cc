#include "actors/attempts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hydrant {
namespace {

class AttemptsTest : public ::testing::Test {
 protected:
  ChunkWorkPtr Add() {
    auto work = std::make_shared<ChunkWork>();
    attempts_.Add(work);
    return work;
  }
  ChunkWorkPtr Take() { return attempts_.TakeDue(now_); }
  absl::Duration Fail(const ChunkWorkPtr& work, const DeliveryOutcome& outcome = Retry()) {
    return attempts_.Failed(work, outcome, now_, Entropy::System());
  }
  static DeliveryOutcome Retry() { return DeliveryOutcome::Retry("S3.SlowDown", "planted"); }
  // Until the breaker is open; the chunk waits.
  void FailUntilOpen(const ChunkWorkPtr& work) {
    while (attempts_.breaker() != BreakerState::kOpen) {
      now_ = std::max(now_, attempts_.NextDue(now_));
      ASSERT_EQ(Take(), work);
      Fail(work);
    }
  }

  absl::Time now_ = absl::FromUnixSeconds(1'000);
  Attempts attempts_{4};
};

TEST_F(AttemptsTest, StartsInOrderAndAtOnce) {
  const ChunkWorkPtr first = Add();
  const ChunkWorkPtr second = Add();
  EXPECT_EQ(Take(), first);
  EXPECT_EQ(Take(), second);
  EXPECT_EQ(Take(), nullptr);
  EXPECT_EQ(attempts_.NextDue(now_), absl::InfiniteFuture());
}

TEST_F(AttemptsTest, AFailedChunkWaitsForItsDelayAndLetsOthersPass) {
  const ChunkWorkPtr failed = Add();
  ASSERT_EQ(Take(), failed);
  DeliveryOutcome outcome = Retry();
  outcome.retry_after = absl::Seconds(7);
  EXPECT_GE(Fail(failed, outcome), absl::Seconds(7));
  EXPECT_EQ(failed->failures, 1);
  const ChunkWorkPtr other = Add();
  EXPECT_EQ(Take(), other);
  EXPECT_EQ(Take(), nullptr);
  now_ = attempts_.NextDue(now_);
  EXPECT_GE(now_, absl::FromUnixSeconds(1'007));
  EXPECT_EQ(Take(), failed);
}

TEST_F(AttemptsTest, ARefusalIsNoFailureOfTheDestination) {
  const ChunkWorkPtr work = Add();
  for (int i = 0; i < 50; ++i) {
    now_ = std::max(now_, attempts_.NextDue(now_));
    ASSERT_EQ(Take(), work);
    Fail(work, DeliveryOutcome::Reject("S3.InvalidArgument", "planted"));
  }
  EXPECT_EQ(attempts_.breaker(), BreakerState::kClosed);
}

TEST_F(AttemptsTest, AfterARecoveryNobodyWaitsOutAnOldDelay) {
  const ChunkWorkPtr first = Add();
  FailUntilOpen(first);
  const ChunkWorkPtr second = Add();
  EXPECT_EQ(Take(), nullptr);  // open
  now_ = attempts_.NextDue(now_);
  const ChunkWorkPtr probe = Take();
  ASSERT_NE(probe, nullptr);
  EXPECT_EQ(Take(), nullptr);  // one probe
  attempts_.Delivered();
  EXPECT_EQ(Take(), probe == first ? second : first);  // at once
}

TEST_F(AttemptsTest, WhoWasAskedToWaitDoesSoInSpiteOfARecovery) {
  const ChunkWorkPtr asked = Add();
  ASSERT_EQ(Take(), asked);
  DeliveryOutcome outcome = Retry();
  outcome.retry_after = absl::Hours(1);
  Fail(asked, outcome);
  const ChunkWorkPtr work = Add();
  FailUntilOpen(work);
  now_ = attempts_.NextDue(now_);
  ASSERT_EQ(Take(), work);
  attempts_.Delivered();
  EXPECT_EQ(Take(), nullptr);
  EXPECT_GE(attempts_.NextDue(now_),
            absl::FromUnixSeconds(1'000 + 3'600));  // and it is not forgotten
}

}  // namespace
}  // namespace hydrant
