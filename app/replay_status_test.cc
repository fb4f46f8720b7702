#include "app/replay_status.h"

#include "app/config_choice.h"
#include "engine/testing/status_matchers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hydrant {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kRunning[] =
    R"({"id":"5f0c3a91","stream":"orders","state":"running","detail":"","destination":"s3://b/p/","from":100,"to":1100,
        "reached":350,"first_arrival":"2026-11-21T09:00:00.000Z","last_arrival":"2026-11-21T10:00:00.000Z",
        "log_bytes":5000000,"expected_objects":2,"rate":1000000,"delivered_records":250,"delivered_bytes":2000000,
        "given_up_records":3,"missed_records":4,"last_error":""})";

ReplayStatus Running() {
  const StatusOr<ReplayStatus> replay = ParseReplay(kRunning);
  EXPECT_OK(replay);
  return replay.value_or(ReplayStatus());
}

TEST(ReplayStatusTest, WhatIsNoReplayIsRefused) {
  for (const char* wrong : {"", "<html>", "[]", "{}", "null"}) {
    EXPECT_FALSE(ParseReplay(wrong).ok()) << wrong;
    EXPECT_FALSE(ParseReplayList(wrong).ok()) << wrong;
    EXPECT_EQ(AdminErrorOf(wrong), "") << wrong;
  }
  EXPECT_EQ(AdminErrorOf(R"({"error":"from: is missing"})"), "from: is missing");
  const auto list = ParseReplayList(R"({"replays":[1,{"id":"x","from":"seven","state":3}]})");
  ASSERT_OK(list);
  ASSERT_EQ(list->size(), 1U);
  EXPECT_EQ(list->front().from, 0U);
}

TEST(ReplayStatusTest, ProgressSaysHowFarHowFastAndHowLongStill) {
  EXPECT_EQ(RenderProgress(Running(), absl::Seconds(2)),
            "replay 5f0c3a91: 250 of 1,000 records (25 %), 3 given up (to the error output), "
            "4 no longer in the log, 1.0 MB/s, 6 s left");
  ReplayStatus retrying = Running();
  retrying.last_error = "S3.SlowDown: \x1b[31mno";
  const std::string line = RenderProgress(retrying, absl::Seconds(2));
  EXPECT_THAT(line, HasSubstr("retrying: S3.SlowDown"));
  EXPECT_THAT(line, Not(HasSubstr("\x1b")));
  retrying.reached = retrying.from;
  EXPECT_THAT(RenderProgress(retrying, absl::ZeroDuration()), Not(HasSubstr("left")));
}

TEST(ReplayStatusTest, TheEndOfAStoppedReplaySaysHowToGoOn) {
  ReplayStatus replay = Running();
  replay.state = "stopped";
  replay.detail = "the stream was changed";
  EXPECT_THAT(RenderEnd(replay, absl::Seconds(2), "hydrant replay orders --from 350"),
              EndsWith("It reached position 350 of 1100: the stream was changed. Go on with\n"
                       "  hydrant replay orders --from 350\n"));
  EXPECT_THAT(RenderEnd(replay, absl::Seconds(2), ""), EndsWith("the stream was changed.\n"));
  replay.state = "done";
  EXPECT_THAT(RenderEnd(replay, absl::Seconds(2), "hydrant replay"), Not(HasSubstr("Go on")));
}

TEST(ReplayStatusTest, APlanSaysWhatAndHowLong) {
  ReplayStatus plan = Running();
  const std::string text = RenderPlan(plan);
  EXPECT_THAT(text, HasSubstr("1,000, positions 100 to 1099"));
  EXPECT_THAT(text, HasSubstr("about 5.0 MB in the log, about 2 objects"));
  EXPECT_THAT(text, HasSubstr("at least about 4 s, at 1.0 MB/s in bursts of up to 1 MiB"));
  EXPECT_THAT(text, HasSubstr("Nothing was sent"));
  plan.rate = 0;
  EXPECT_THAT(RenderPlan(plan), HasSubstr("as long as the destination needs"));
}

TEST(ReplayStatusTest, WhatIsOneBurstTakesNoTimeByItsRate) {
  ReplayStatus plan = Running();
  plan.rate = 1;
  plan.log_bytes = 1 << 20;
  EXPECT_THAT(RenderPlan(plan), HasSubstr("as long as the destination needs"));
  plan.log_bytes += 60;
  EXPECT_THAT(RenderPlan(plan), HasSubstr("at least about 60 s, at 1 B/s"));
}

}  // namespace
}  // namespace hydrant
