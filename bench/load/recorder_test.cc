#include "bench/load/recorder.h"

#include <gtest/gtest.h>

namespace hydrant::load {
namespace {

constexpr int64_t kMs = 1'000'000;
constexpr int64_t kSecond = 1000 * kMs;

TEST(Recorder, ARateIsOfTheWholeMeasuredTimeNotOfThatUntilTheLastAnswer) {
  Recorder recorder(kSecond, 6 * kSecond);
  recorder.Acknowledge({1000, 5000, kSecond, kSecond}, 2500 * kMs);  // and then never again
  const LoadResult result = recorder.Finish(RunEnd::kTime);
  EXPECT_EQ(result.measured_seconds, 5);
  EXPECT_EQ(result.measured_records, 1000u);
  ASSERT_EQ(result.seconds.size(), 5u);
  EXPECT_EQ(result.seconds[1].records, 1000u);
  for (const size_t second : {0, 2, 3, 4}) EXPECT_EQ(result.seconds[second].requests, 0u);
}

TEST(Recorder, ByVolumeTheLastAnswerIsTheEnd) {
  Recorder recorder(0, 100 * kSecond);
  recorder.Acknowledge({10, 50, 0, 0}, kSecond);
  recorder.Acknowledge({10, 50, 0, 0}, 3 * kSecond);
  const LoadResult result = recorder.Finish(RunEnd::kVolume);
  EXPECT_EQ(result.measured_seconds, 3);
  uint64_t records = 0;
  for (const LoadSecond& second : result.seconds) records += second.records;
  EXPECT_EQ(records, 20u);
}

TEST(Recorder, WhatComesAfterTheEndIsInNoRateButInTheLatencies) {
  Recorder recorder(0, 100 * kSecond);
  recorder.Acknowledge({10, 50, 0, 0}, kSecond);
  recorder.EndAt(2 * kSecond);  // stopped
  recorder.Acknowledge({7, 35, 0, 0}, 4 * kSecond);
  const LoadResult result = recorder.Finish(RunEnd::kStopped);
  EXPECT_EQ(result.measured_seconds, 2);
  EXPECT_EQ(result.measured_records, 10u);
  EXPECT_EQ(result.records_late, 7u);
  EXPECT_EQ(result.records_acknowledged, 17u);
  EXPECT_EQ(result.response_time.count(), 2u);
  EXPECT_EQ(result.response_time.max_ns(), 4 * kSecond);
  EXPECT_EQ(result.seconds.size(), 2u);
}

TEST(Recorder, WhoGotNoAnswerWaitedAtLeastSoLong) {
  Recorder recorder(kSecond, 10 * kSecond);
  for (int i = 0; i < 90; ++i) {
    recorder.Acknowledge({1, 5, 2 * kSecond, 2 * kSecond}, 2 * kSecond + kMs);
  }
  recorder.LeaveUnanswered(0, 999 * kMs);  // in the warm-up
  recorder.LeaveUnanswered(4 * kSecond, 10 * kSecond);
  recorder.LeaveUnanswered(8 * kSecond, 10 * kSecond, 9);
  const LoadResult result = recorder.Finish(RunEnd::kTime);
  EXPECT_EQ(result.unanswered_requests, 10u);
  EXPECT_EQ(result.unanswered_max_ns, 6 * kSecond);
  EXPECT_EQ(result.response_time.count(), 100u);
  EXPECT_GT(result.response_time.PercentileNs(95), 1990 * kMs);
  EXPECT_EQ(result.response_time.max_ns(), 6 * kSecond);
  EXPECT_EQ(result.service_time.count(), 90u);
}

TEST(Recorder, WhileNothingComesTheTimePasses) {
  Recorder recorder(0, 10 * kSecond);
  recorder.Acknowledge({100, 500, 0, 0}, kSecond);
  recorder.Pass(4 * kSecond);
  EXPECT_EQ(recorder.result().measured_seconds, 4);
  recorder.Pass(40 * kSecond);
  EXPECT_EQ(recorder.result().measured_seconds, 10);
}

}  // namespace
}  // namespace hydrant::load
