#include "engine/stream/replay_range.h"

#include "engine/log/log_test_util.h"
#include "engine/log/memory_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <utility>

namespace hydrant {
namespace {

using ::testing::HasSubstr;

const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);

// A batch of ten records a minute, the first at kStart.
class ReplayRangeTest : public ::testing::Test {
 protected:
  ReplayRangeTest() {
    clock_.now = kStart;
    LogOptions options;
    options.retention_time = absl::ZeroDuration();
    log_ = MakeMemoryLog(options, clock_);
  }
  void Put(int batches) {
    for (int i = 0; i < batches; ++i) {
      RecordBatchBuilder builder(pool_, 1024);
      for (int record = 0; record < 10; ++record) builder.AddRecord("record");
      EXPECT_OK(log_->Append(std::move(builder).Build(clock_.now)));
      clock_.now += absl::Minutes(1);
    }
    EXPECT_OK(log_->Sync());
  }
  StatusOr<ReplayRange> Find(ReplayPoint from, std::optional<ReplayPoint> to = {}) {
    ReplaySpec spec;
    spec.from = from;
    spec.to = to;
    return FindReplayRange(*log_, spec, clock_.now);
  }
  PositionRange Positions(ReplayPoint from, std::optional<ReplayPoint> to = {}) {
    const StatusOr<ReplayRange> range = Find(from, to);
    EXPECT_OK(range);
    return range.ok() ? range->positions : PositionRange{};
  }
  std::string Refusal(absl::StatusCode code, ReplayPoint from, std::optional<ReplayPoint> to = {}) {
    const Status status = Find(from, to).status();
    EXPECT_EQ(status.code(), code) << status;
    return std::string(Message(status));
  }

  testing::FakeClock clock_;
  ArenaPool pool_{0};
  std::unique_ptr<RecordLog> log_;
};

PositionRange Range(uint64_t begin, uint64_t end) { return {Position{begin}, Position{end}}; }

TEST_F(ReplayRangeTest, AnEmptyLogHasNothingToReplay) {
  EXPECT_THAT(Refusal(absl::StatusCode::kNotFound, OldestRecord{}), HasSubstr("holds no record"));
}

TEST_F(ReplayRangeTest, WhatTheLogNoLongerHoldsIsRefusedAndSaysWhatItHolds) {
  Put(10);
  EXPECT_EQ(Positions(Position{0}), Range(0, 100));
  ASSERT_OK(log_->Trim(Position{40}));
  const std::string gone = Refusal(absl::StatusCode::kOutOfRange, Position{39});
  EXPECT_THAT(gone, HasSubstr("positions 40 to 99"));
  EXPECT_THAT(gone, HasSubstr("2027-01-15T08:04:00.000Z to 2027-01-15T08:09:00.000Z"));
  Refusal(absl::StatusCode::kOutOfRange, kStart + absl::Minutes(4) - absl::Seconds(1));
  EXPECT_EQ(Positions(Position{40}), Range(40, 100));
  EXPECT_EQ(Positions(kStart + absl::Minutes(4)), Range(40, 100));
  EXPECT_EQ(Positions(OldestRecord{}), Range(40, 100));
}

TEST_F(ReplayRangeTest, ATimeBeforeTheFirstRecordEverIsItsBeginning) {
  Put(2);
  EXPECT_EQ(Positions(kStart - absl::Hours(1)), Range(0, 20));
}

TEST_F(ReplayRangeTest, ImpossibleRangesAreRefused) {
  Put(10);
  EXPECT_THAT(Refusal(absl::StatusCode::kNotFound, Position{100}), HasSubstr("no record at"));
  EXPECT_THAT(Refusal(absl::StatusCode::kInvalidArgument, Position{0}, Position{101}),
              HasSubstr("nothing before position 101"));
  EXPECT_THAT(Refusal(absl::StatusCode::kInvalidArgument, clock_.now + absl::Seconds(1)),
              HasSubstr("in the future"));
  EXPECT_THAT(
      Refusal(absl::StatusCode::kInvalidArgument, Position{0}, clock_.now + absl::Seconds(1)),
      HasSubstr("to: "));
  EXPECT_THAT(Refusal(absl::StatusCode::kNotFound, clock_.now), HasSubstr("has arrived since"));
  Refusal(absl::StatusCode::kNotFound, Position{50}, Position{50});
  Refusal(absl::StatusCode::kNotFound, Position{50}, Position{20});
  Refusal(absl::StatusCode::kNotFound, Position{50}, OldestRecord{});
}

TEST_F(ReplayRangeTest, TimesAreArrivalsAndTheEndIsNotSent) {
  Put(10);
  const auto range = Find(kStart + absl::Minutes(2), kStart + absl::Minutes(5));
  ASSERT_OK(range);
  EXPECT_EQ(range->positions, Range(20, 50));
  EXPECT_EQ(range->first_arrival, kStart + absl::Minutes(2));
  EXPECT_EQ(range->last_arrival, kStart + absl::Minutes(4));
  EXPECT_EQ(range->bytes, log_->stats().cached_bytes * 3 / 10);
  EXPECT_EQ(Positions(Position{15}, Position{17}), Range(15, 17));
}

}  // namespace
}  // namespace hydrant
