// A replay beside its stream's live traffic: the range once more, marked, at its rate, and nothing else disturbed.
#include "actors/pipeline_fixture.h"
#include "actors/replay.h"

#include <string>
#include <utility>
#include <vector>

namespace hydrant {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ReplayTest : public PipelineTest {
 protected:
  ReplayTest() { definition_.s3->buffering.interval = absl::ZeroDuration(); }
  ~ReplayTest() override { replay_.reset(); }

  void StartReplay(uint64_t from, uint64_t to, uint64_t bytes_per_second_max = UINT64_MAX) {
    std::unique_ptr<Ledger> ledger = MakeMemoryLedger();
    if (from > 0) {
      EXPECT_OK(ledger->Write(SettlePositions{{{Position{}, Position{from}}}}));
    }
    BranchOptions branch = AnyBranch();
    branch.ledger = AddLedger(shard_, "replay", std::move(ledger), /*is_replay=*/true);
    branch.destinations.push_back({again_, retry_, "delivery-failed"});
    branch.end = Position{to};
    branch.bytes_per_second_max = bytes_per_second_max;
    branch.probe = std::make_shared<StreamProbe>(metrics_, "orders", "replay");
    ReplayReport plan;
    plan.id = "5f0c3a91";
    plan.stream = "orders";
    plan.range.positions = {Position{from}, Position{to}};
    replay_ = std::make_shared<Replay>(plan, branch.ledger, branch.probe, Clock::System());
    branch.name = replay_->branch_name();
    caf::anon_send(supervisor_, hydrant::StartReplay{std::move(branch),
                                                     [replay = replay_] { replay->Ended(); }});
    Run();
  }
  std::string Again() const {
    std::string all;
    for (const Attempt& attempt : again_->delivered) all += attempt.body;
    return all;
  }
  std::string Live() const {
    std::string all;
    for (const std::string& body : Bodies()) all += body;
    return all;
  }
  ReplayReport Report() const { return replay_->Report(); }

  std::shared_ptr<ScriptedSink> again_ = std::make_shared<ScriptedSink>();
  std::shared_ptr<Replay> replay_;
};

TEST_F(ReplayTest, TheRangeIsDeliveredOnceMoreAndLiveTrafficGoesOn) {
  Start();
  for (const char* record : {"a", "b", "c", "d", "e"}) PutAndRun({record});
  StartReplay(1, 4);
  PutAndRun({"f"});
  Advance(seconds(2));
  EXPECT_EQ(Again(), "bcd");
  EXPECT_EQ(Live(), "abcdef");
  EXPECT_EQ(Report().state, ReplayState::kDone);
  EXPECT_EQ(Report().delivered_records, 3u);
  EXPECT_EQ(Report().delivered_bytes, 3u);
  EXPECT_EQ(Report().reached.value, 4u);
  EXPECT_TRUE(replay_->has_ended());
  EXPECT_EQ(ledger_->ledger->state().watermark.value, 6u);
  EXPECT_EQ(probe_->delivered_records(), 6u) << "a replay's records are not counted as live ones";
  EXPECT_EQ(memory_.used(), 0u);
  EXPECT_EQ(shard_.use_count(), 2) << "nothing of it keeps the log";
}

TEST_F(ReplayTest, AnotherOneFollowsAndTheFirstOnesLedgerIsForgotten) {
  Start();
  PutAndRun({"a", "b"});
  StartReplay(0, 2);
  EXPECT_EQ(Report().state, ReplayState::kDone);
  StartReplay(1, 2);
  EXPECT_EQ(Report().state, ReplayState::kDone);
  EXPECT_EQ(Report().delivered_records, 1u) << "counted from its own start";
  EXPECT_EQ(Again(), "abb");
}

TEST_F(ReplayTest, ItsRateIsABound) {
  definition_.s3->buffering = {1000, absl::Seconds(1)};
  Start();
  for (int i = 0; i < 20; ++i) PutAndRun({std::string(100, static_cast<char>('a' + i))});
  StartReplay(0, 20, /*bytes_per_second_max=*/100);
  Advance(seconds(10));
  EXPECT_GE(Again().size(), 600u);
  EXPECT_LE(Again().size(), 1100u);
  EXPECT_EQ(Report().state, ReplayState::kRunning);
  Advance(seconds(12));
  EXPECT_EQ(Again().size(), 2000u);
  EXPECT_EQ(Report().state, ReplayState::kDone);
}

TEST_F(ReplayTest, ItsDestinationMayFailForAWhile) {
  Start();
  PutAndRun({"a", "b"});
  again_->failures_left = 5;
  StartReplay(0, 2);
  EXPECT_EQ(Report().state, ReplayState::kRunning);
  EXPECT_THAT(Report().last_error, HasSubstr("S3.SlowDown"));
  PutAndRun({"c"});
  EXPECT_EQ(Live(), "abc");
  Advance(seconds(120));
  EXPECT_EQ(Again(), "ab");
  EXPECT_EQ(Report().state, ReplayState::kDone);
  EXPECT_EQ(Report().last_error, "");
  for (const Attempt& attempt : again_->attempts) EXPECT_EQ(attempt.name, again_->attempts[0].name);
}

TEST_F(ReplayTest, WhatTheLogDroppedMeanwhileIsCountedAndIsNoDamage) {
  LogOptions options;
  options.retention_time = absl::ZeroDuration();
  shard_->log = MakeMemoryLog(options, Clock::System());
  Start();
  for (const char* record : {"a", "b", "c", "d"}) PutAndRun({record});
  // As when the quota needs the room while the replay has yet to come to them.
  ASSERT_OK(shard_->log->Trim(Position{3}));
  StartReplay(0, 4);
  EXPECT_EQ(Again(), "d");
  EXPECT_EQ(Report().state, ReplayState::kDone);
  EXPECT_EQ(Report().missed_records, 3u);
  EXPECT_THAT(metrics_.Expose(), HasSubstr("hydrant_log_lost_records_total{branch=\"replay\","
                                           "stream=\"orders\"} 0"));
  // And all of it.
  ASSERT_OK(shard_->log->Trim(Position{4}));
  StartReplay(2, 4);
  EXPECT_EQ(Report().state, ReplayState::kDone);
  EXPECT_EQ(Report().missed_records, 2u);
}

TEST_F(ReplayTest, ItKeepsWhatItHasYetToSendFromItsRetention) {
  LogOptions options;
  options.retention_time = absl::ZeroDuration();
  shard_->log = MakeMemoryLog(options, Clock::System());
  sink_->failures_left = 1;  // keeps the records until the replay is there
  Start();
  PutAndRun({"a"});
  again_->failures_left = 1;
  StartReplay(0, 1);
  Advance(seconds(1));
  EXPECT_EQ(shard_->log->stats().begin.value, 0u);
  Advance(seconds(30));
  EXPECT_EQ(Again(), "a");
  EXPECT_EQ(Live(), "a");
  caf::anon_send(supervisor_, TrimLog{});
  Run();
  EXPECT_EQ(shard_->log->stats().begin.value, 1u) << "and no longer";
}

TEST_F(ReplayTest, StoppedItSaysHowFarItGot) {
  definition_.s3->buffering = {1, absl::ZeroDuration()};
  Start();
  for (const char* record : {"a", "b", "c", "d"}) PutAndRun({record});
  StartReplay(0, 4, /*bytes_per_second_max=*/1);
  Advance(seconds(1));
  replay_->ExpectEnd("it was stopped on request");
  replay_->ExpectEnd("a later reason");
  caf::anon_send(supervisor_, StopReplay{replay_->branch_name()});
  Run();
  EXPECT_EQ(Report().state, ReplayState::kStopped);
  EXPECT_EQ(Report().detail, "it was stopped on request");
  EXPECT_EQ(Report().reached.value, Again().size());
  EXPECT_LT(Again().size(), 4u);
  const size_t sent = Again().size();
  PutAndRun({"e"});
  Advance(seconds(30));
  EXPECT_EQ(Again().size(), sent);
  EXPECT_EQ(Live(), "abcde");
}

TEST_F(ReplayTest, ItEndsWithItsStream) {
  Start();
  PutAndRun({"a", "b"});
  again_->failures_left = 1'000'000;
  StartReplay(0, 2);
  replay_->ExpectEnd("the stream was changed");
  Stop();
  EXPECT_EQ(Report().state, ReplayState::kStopped);
  EXPECT_EQ(Report().reached.value, 0u);
  EXPECT_EQ(memory_.used(), 0u);
}

TEST_F(ReplayTest, ItsCrashLeavesTheStreamAlone) {
  Start();
  PutAndRun({"a"});
  again_->failures_left = 1;
  again_->describe_throws = 1;  // in the branch, when it tells of the failure
  StartReplay(0, 1);
  EXPECT_EQ(Report().state, ReplayState::kFailed);
  EXPECT_FALSE(shard_->failed);
  PutAndRun({"b"});
  EXPECT_EQ(Live(), "ab");
}

}  // namespace
}  // namespace hydrant
