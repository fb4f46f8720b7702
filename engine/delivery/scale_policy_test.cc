#include "engine/delivery/scale_policy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace hydrant {
namespace {

// A destination that answers after `latency` as long as no more than `capacity` ask at once, then later, as its queue
// is. With `throttles` it refuses what is over its capacity instead.
struct Destination {
  double latency_seconds = 0.2;
  double capacity = 1000;
  bool throttles = false;
};

// Workers that are always busy at a destination; one call is a second.
class Loop {
 public:
  explicit Loop(ScaleBounds bounds) : policy_(bounds) {}

  int Second(const Destination& destination) {
    const double workers = policy_.workers();
    const double served = std::min(workers, destination.capacity);
    ScaleSample sample;
    sample.busy = 1;
    sample.work_waits = true;
    sample.finished = static_cast<int>(served / destination.latency_seconds);
    const double queued = destination.throttles ? 1 : workers / served;
    sample.latency = absl::Seconds(destination.latency_seconds * queued);
    if (destination.throttles && workers > served) sample.throttled = 1;
    finished_ += sample.finished;
    return policy_.Tick(sample).workers;
  }
  // The most and least workers of so many seconds.
  std::pair<int, int> Range(const Destination& destination, int seconds) {
    std::pair<int, int> range = {INT32_MAX, 0};
    for (int i = 0; i < seconds; ++i) {
      const int workers = Second(destination);
      range = {std::min(range.first, workers), std::max(range.second, workers)};
    }
    return range;
  }
  int Idle(int seconds) {
    for (int i = 0; i < seconds; ++i) policy_.Tick({});
    return policy_.workers();
  }
  int64_t TakeFinished() { return std::exchange(finished_, 0); }

 private:
  ScalePolicy policy_;
  int64_t finished_ = 0;
};

TEST(ScalePolicy, ReachesTheBoundWithinTenTicks) {
  for (int bound : {1, 2, 16, 100, 1000}) {
    Loop loop({1, bound});
    EXPECT_EQ(loop.Range({}, 10).second, bound);
    EXPECT_EQ(loop.Range({}, 60), std::make_pair(bound, bound)) << "and stays there";
  }
}

TEST(ScalePolicy, ThroughputFollowsTheWorkers) {
  Loop loop({1, 16});
  loop.Range({}, 10);
  loop.TakeFinished();
  loop.Range({}, 10);
  EXPECT_EQ(loop.TakeFinished(), 16 * 5 * 10);
}

TEST(ScalePolicy, StaysNearWhatTheDestinationCanDo) {
  Loop loop({1, 256});
  const Destination destination{.capacity = 10};
  loop.Range(destination, 10);
  loop.TakeFinished();
  const auto [least, most] = loop.Range(destination, 120);
  EXPECT_GE(least, 5);
  EXPECT_LE(most, 32);
  // Nearly all of the ten at once, five times a second.
  EXPECT_GE(loop.TakeFinished(), 10 * 5 * 120 * 9 / 10);
}

TEST(ScalePolicy, HalvesAtThrottlingAndComesBack) {
  Loop loop({1, 64});
  ASSERT_EQ(loop.Range({}, 10).second, 64);
  const Destination throttling{.capacity = 20, .throttles = true};
  const auto [least, most] = loop.Range(throttling, 120);
  EXPECT_GE(least, 8);
  loop.TakeFinished();
  EXPECT_LE(loop.Range(throttling, 60).second, 21);
  EXPECT_GE(loop.TakeFinished(), 20 * 5 * 60 * 6 / 10);
  EXPECT_EQ(loop.Range({}, 60).second, 64);
}

TEST(ScalePolicy, ThrottlingIsAnsweredOnceUntilItsEffectIsSeen) {
  ScalePolicy policy({1, 64});
  const ScaleSample busy{.busy = 1, .work_waits = true, .finished = 1, .latency = absl::Seconds(1)};
  for (int i = 0; i < 6; ++i) policy.Tick(busy);
  ASSERT_EQ(policy.workers(), 64);
  ScaleSample throttled = busy;
  throttled.throttled = 100;
  EXPECT_EQ(policy.Tick(throttled).reason, "the destination asks for less");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(policy.Tick(throttled).workers, 32);
  EXPECT_EQ(policy.Tick(throttled).workers, 16);
  for (int i = 0; i < 100; ++i) policy.Tick(throttled);
  EXPECT_EQ(policy.workers(), 1);
}

TEST(ScalePolicy, FallsToTheMinimumWhenIdleAndStartsFastAgain) {
  Loop loop({2, 64});
  ASSERT_EQ(loop.Range({}, 10).second, 64);
  EXPECT_EQ(loop.Idle(9), 64) << "a pause is no end";
  EXPECT_EQ(loop.Idle(1), 2);
  EXPECT_EQ(loop.Range({}, 10).second, 64);
}

TEST(ScalePolicy, KeepsWhatALightLoadUses) {
  ScalePolicy policy({1, 64});
  const ScaleSample busy{.busy = 1, .work_waits = true};
  for (int i = 0; i < 6; ++i) policy.Tick(busy);
  for (int i = 0; i < 60; ++i) policy.Tick({.busy = 4.0 / policy.workers()});
  EXPECT_GE(policy.workers(), 8);
  EXPECT_LE(policy.workers(), 32);
}

// A destination that is slower from now on, not because of us.
TEST(ScalePolicy, ADestinationThatBecameSlowIsNotStarvedOfWorkers) {
  Loop loop({1, 16});
  loop.Range({}, 10);
  EXPECT_EQ(loop.Range({.latency_seconds = 2}, 60).second, 16);
  EXPECT_EQ(loop.Range({.latency_seconds = 2}, 60).first, 16);
}

TEST(ScalePolicy, GrowsOnlyWhereItHelps) {
  ScalePolicy policy({4, 64});
  EXPECT_EQ(policy.Tick({.busy = 0.5, .work_waits = true}).workers, 4);
  EXPECT_EQ(policy.Tick({.busy = 1, .work_waits = false}).workers, 4);
  const ScaleDecision grown = policy.Tick({.busy = 1, .work_waits = true});
  EXPECT_EQ(grown.workers, 8);
  EXPECT_EQ(grown.reason, "all are busy and work waits");
}

TEST(ScalePolicy, HurriesWhenTheBacklogGrows) {
  const auto after = [](bool grows) {
    ScalePolicy policy({1, 1000});
    for (int i = 0; i < 7; ++i) policy.Tick({.busy = 1, .work_waits = true});
    policy.Tick({.busy = 1, .work_waits = true, .throttled = 1});
    for (int i = 0; i < 10; ++i)
      policy.Tick({.busy = 1, .work_waits = true, .backlog_grows = grows});
    return policy.workers();
  };
  EXPECT_EQ(after(false), 64 + 5);
  EXPECT_GT(after(true), 150);
}

}  // namespace
}  // namespace hydrant
