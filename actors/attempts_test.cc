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
  void Fail(const ChunkWorkPtr& work, absl::Duration delay = absl::Seconds(1), bool asked = false) {
    ++work->history.failures;
    work->history.failing_since = std::min(work->history.failing_since, now_);
    attempts_.Failed(now_, Retry(), Entropy::System());
    attempts_.Add(work, now_ + delay, asked);
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
  Attempts attempts_{RetryPolicy{}, 4};
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
  Fail(failed, absl::Seconds(7));
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
    attempts_.Answered();
    attempts_.Add(work, now_ + absl::Seconds(1), false);
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
  attempts_.Answered();
  EXPECT_EQ(Take(), probe == first ? second : first);  // at once
}

TEST_F(AttemptsTest, WhoWasAskedToWaitDoesSoInSpiteOfARecovery) {
  const ChunkWorkPtr asked = Add();
  ASSERT_EQ(Take(), asked);
  Fail(asked, absl::Hours(1), /*asked=*/true);
  const ChunkWorkPtr work = Add();
  FailUntilOpen(work);
  now_ = attempts_.NextDue(now_);
  ASSERT_EQ(Take(), work);
  attempts_.Answered();
  EXPECT_EQ(Take(), nullptr);
  EXPECT_GE(attempts_.NextDue(now_),
            absl::FromUnixSeconds(1'000 + 3'600));  // and it is not forgotten
}

TEST_F(AttemptsTest, NoMoreThanAtOnceAreUnderWay) {
  for (int i = 0; i < 5; ++i) Add();
  for (int i = 0; i < 4; ++i) ASSERT_NE(Take(), nullptr);
  EXPECT_EQ(Take(), nullptr);
  EXPECT_EQ(attempts_.NextDue(now_), absl::InfiniteFuture());
  attempts_.Answered();
  EXPECT_NE(Take(), nullptr);
  attempts_.set_at_once_max(5);
  EXPECT_EQ(attempts_.under_way(), 4);
}

TEST_F(AttemptsTest, OnlyWhatTheDestinationFailedCountsAsLag) {
  const ChunkWorkPtr crashed = Add();
  ASSERT_EQ(Take(), crashed);
  ++crashed->history.failures;
  ++crashed->history.crashes;
  crashed->history.failing_since = now_;
  attempts_.Broke();
  attempts_.Add(crashed, now_ + absl::Seconds(1000));
  now_ += absl::Seconds(100);
  EXPECT_EQ(attempts_.OldestFailing(now_), absl::ZeroDuration());
  const ChunkWorkPtr failed = Add();
  ASSERT_EQ(Take(), failed);
  Fail(failed, absl::Seconds(1000));
  now_ += absl::Seconds(7);
  EXPECT_EQ(attempts_.OldestFailing(now_), absl::Seconds(7));
}

class ExpiryTest : public AttemptsTest {
 protected:
  ExpiryTest() { attempts_ = Attempts{RetryPolicy{{}, absl::Seconds(300)}, 4}; }
};

TEST_F(ExpiryTest, AChunkIsGivenUpWhenItsTimeSinceItsFirstFailureIsOver) {
  const ChunkWorkPtr work = Add();
  ASSERT_EQ(Take(), work);
  Fail(work, absl::Seconds(1000));
  now_ += absl::Seconds(299);
  EXPECT_EQ(attempts_.TakeExpired(now_), nullptr);
  EXPECT_EQ(attempts_.NextDue(now_), now_ + absl::Seconds(1));
  now_ += absl::Seconds(1);
  EXPECT_EQ(attempts_.TakeExpired(now_), work);
  EXPECT_EQ(attempts_.TakeExpired(now_), nullptr);
}

TEST_F(ExpiryTest, WhatADeadDestinationKeptWaitingIsOverInItsTime) {
  const ChunkWorkPtr failed = Add();
  FailUntilOpen(failed);
  const absl::Time since = failed->history.failing_since;
  const ChunkWorkPtr old = Add();
  old->waiting_since =
      since - absl::Seconds(1000);  // it could not be sent before the destination failed
  const ChunkWorkPtr young = Add();
  young->waiting_since = since + absl::Seconds(50);
  now_ = since + absl::Seconds(299);
  EXPECT_EQ(attempts_.TakeExpired(now_), nullptr);
  now_ = since + absl::Seconds(300);
  EXPECT_EQ(attempts_.TakeExpired(now_), failed);
  EXPECT_EQ(attempts_.TakeExpired(now_), old);
  EXPECT_EQ(old->history.error_code, "S3.SlowDown");  // of the destination
  EXPECT_EQ(attempts_.TakeExpired(now_), nullptr);
  now_ = since + absl::Seconds(350);
  const ChunkWorkPtr late = Add();
  late->waiting_since = now_;
  // While a probe is under way nobody's time is over who was never tried.
  ASSERT_EQ(Take(), young);
  EXPECT_EQ(attempts_.TakeExpired(now_ + absl::Hours(1)), nullptr);
  attempts_.Answered();
  EXPECT_EQ(attempts_.TakeExpired(now_ + absl::Hours(1)), nullptr);
  EXPECT_EQ(Take(), late);
}

TEST_F(ExpiryTest, EachIsTriedOnceThoughThereIsNoTimeForMore) {
  attempts_ = Attempts{RetryPolicy{{}, absl::ZeroDuration()}, 1};
  const ChunkWorkPtr first = Add();
  const ChunkWorkPtr second = Add();
  ASSERT_EQ(Take(), first);
  Fail(first, absl::ZeroDuration());
  EXPECT_EQ(attempts_.TakeExpired(now_), first);
  EXPECT_EQ(attempts_.TakeExpired(now_), nullptr);
  EXPECT_EQ(Take(), second);
}

}  // namespace
}  // namespace hydrant
