// A stream whose destination, actors, log or ledger fail: retried, restarted, counted; nothing lost in silence.
#include "actors/pipeline_fixture.h"
#include "engine/testing/around.h"

#include <algorithm>
#include <map>
#include <new>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace hydrant {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// A log in whose calls memory runs out now and then.
class ThrowingLog final : public LogAround {
 public:
  ThrowingLog() : LogAround(MakeMemoryLog(LogOptions{}, Clock::System())) {}
  Status Append(std::unique_ptr<RecordBatch> batch) override {
    if (append_throws-- > 0) throw std::bad_alloc();
    return LogAround::Append(std::move(batch));
  }
  RecordBatchPtr ReadCached(Position /*from*/) const override { return nullptr; }
  StatusOr<LogReadResult> Read(Position from, uint64_t bytes_max) override {
    if (read_throws-- > 0) throw std::bad_alloc();
    return LogAround::Read(from, bytes_max);
  }

  int append_throws = 0;
  int read_throws = 0;
};

// A log of which damage took some records.
class HoledLog final : public LogAround {
 public:
  HoledLog(std::unique_ptr<RecordLog> whole, PositionRange hole)
      : LogAround(std::move(whole)), hole_(hole) {}
  RecordBatchPtr ReadCached(Position /*from*/) const override { return nullptr; }
  StatusOr<LogReadResult> Read(Position from, uint64_t bytes_max) override {
    const bool lost = hole_.begin <= from && from < hole_.end;
    StatusOr<LogReadResult> read = LogAround::Read(lost ? hole_.end : from, bytes_max);
    // Nothing behind the hole yet.
    if (lost && read.ok() && !read->batch) read->next = std::min(read->next, stats().durable_end);
    return read;
  }

 private:
  const PositionRange hole_;
};

TEST_F(PipelineTest, RetriesUnderTheSameNameUntilDelivered) {
  definition_.s3->buffering.interval = absl::ZeroDuration();
  sink_->failures_left = 3;
  Start();
  PutAndRun({"x"});
  EXPECT_THAT(sink_->delivered, IsEmpty());
  ASSERT_THAT(ledger_->ledger->state().open_chunks, SizeIs(1));  // sealed before its first attempt
  EXPECT_EQ(ledger_->ledger->state().watermark.value, 0u);
  Advance(seconds(30));
  ASSERT_THAT(sink_->attempts, SizeIs(4));
  for (const Attempt& attempt : sink_->attempts) {
    EXPECT_EQ(attempt.name, sink_->attempts[0].name);
    EXPECT_EQ(attempt.body, "x");
  }
  EXPECT_EQ(ledger_->ledger->state().watermark.value, 1u);
}

TEST_F(PipelineTest, ACrashedActorIsReplacedAndNothingIsLost) {
  definition_.s3->buffering.interval = absl::ZeroDuration();
  sink_->encode_throws = 2;
  Start();
  PutAndRun({"first"});
  PutAndRun({"second"});
  Advance(seconds(5));
  std::string all;
  for (const std::string& body : Bodies()) all += body;
  EXPECT_EQ(all, "firstsecond");
  EXPECT_EQ(ledger_->ledger->state().watermark.value, 2u);
  EXPECT_EQ(memory_.used(), 0u);
}

TEST_F(PipelineTest, WriterAndReaderOutliveExceptions) {
  definition_.s3->buffering.interval = absl::ZeroDuration();
  auto log = std::make_unique<ThrowingLog>();
  ThrowingLog& throwing = *log;
  shard_->log = std::move(log);
  Start();
  throwing.read_throws = 1;
  PutAndRun({"taken"});
  Advance(seconds(2));
  EXPECT_THAT(Bodies(), ElementsAre("taken"));
  EXPECT_FALSE(shard_->failed);

  throwing.append_throws = 1;
  PutAndRun({"refused"});
  EXPECT_TRUE(shard_->failed);  // the node opens it again, and until then nothing is written
  PutAndRun({"refused too"});
  ASSERT_THAT(receipts_, SizeIs(3));
  EXPECT_FALSE(receipts_[1].ok());
  EXPECT_FALSE(receipts_[2].ok());
}

TEST_F(PipelineTest, ADeadDestinationGetsProbesAndThenEverythingAtOnce) {
  definition_.s3->buffering = {4, absl::Seconds(60)};
  definition_.hydrant.delivery_workers_max = 8;
  sink_->failures_left = 1'000'000;
  Start();
  PutAndRun({"aaaa", "bbbb", "cccc", "dddd", "eeee", "ffff", "gggg", "hhhh"});
  Advance(seconds(120));
  EXPECT_EQ(probe_->breaker(), BreakerState::kOpen);
  const size_t before = sink_->attempts.size();
  Advance(seconds(300));
  EXPECT_LE(sink_->attempts.size() - before, 300 / 2.5 + 1) << "one probe each 2.5 to 5 seconds";
  EXPECT_GE(sink_->attempts.size() - before, 300u / 6);

  sink_->failures_left = 0;
  Advance(seconds(8));
  EXPECT_THAT(Bodies(), SizeIs(8));
  EXPECT_EQ(probe_->breaker(), BreakerState::kClosed);
  EXPECT_EQ(ledger_->ledger->state().watermark.value, 8u);
  EXPECT_EQ(memory_.used(), 0u);
}

TEST_F(PipelineTest, ADeadBranchTakesTheStreamsActorsAlongAndMarksTheShard) {
  definition_.s3->buffering.interval = absl::ZeroDuration();
  sink_->failures_left = 1;
  sink_->describe_throws = 1;  // in the branch, when it tells of the failure
  Start();
  PutAndRun({"first"});
  EXPECT_TRUE(shard_->failed);
  EXPECT_EQ(shard_.use_count(), 2);  // ours, so that the log can be opened again
  PutAndRun({"refused"});
  ASSERT_THAT(receipts_, SizeIs(2));
  EXPECT_TRUE(absl::IsUnavailable(receipts_[1].status()));
  EXPECT_EQ(memory_.used(), 0u);

  Start();
  Advance(seconds(1));
  EXPECT_THAT(Bodies(), ElementsAre("first"));
}

TEST_F(PipelineTest, ATimerHoldsNothingOfAPipelineThatIsGone) {
  definition_.s3->buffering.interval = absl::ZeroDuration();
  sink_->failures_left = 1000;
  Start();
  PutAndRun({"x"});
  EXPECT_GT(sink_.use_count(), 1);
  Stop();
  EXPECT_EQ(sink_.use_count(), 1);  // though the next attempt was planned
}

TEST_F(PipelineTest, AClosedIntakeTellsWhy) {
  Start();
  slot_->Close(NotFound("The stream is deleted."));
  PutAndRun({"x"});
  ASSERT_THAT(receipts_, SizeIs(1));
  EXPECT_TRUE(absl::IsNotFound(receipts_[0].status()));
}

TEST_F(PipelineTest, ARestartRebuildsSealedChunksUnderTheirNames) {
  definition_.hydrant.delivery_workers_min = 3;
  definition_.s3->buffering = {4, absl::Seconds(60)};
  sink_->failures_left = 1000;
  Start();
  PutAndRun({"aaaa", "bbbb", "c"});
  Advance(seconds(1));
  std::map<std::string, std::string> named;
  for (const Attempt& attempt : sink_->attempts) named[attempt.name] = attempt.body;
  ASSERT_THAT(named, SizeIs(2));
  Stop();

  sink_->failures_left = 0;
  Start();
  Advance(seconds(1));
  ASSERT_THAT(sink_->delivered, SizeIs(2));
  for (const Attempt& attempt : sink_->delivered) EXPECT_EQ(named.at(attempt.name), attempt.body);
  Advance(seconds(61));
  ASSERT_THAT(sink_->delivered, SizeIs(3));
  EXPECT_EQ(sink_->delivered[2].body, "c");
  EXPECT_EQ(ledger_->ledger->state().watermark.value, 3u);
}

// The ledger knows a chunk whose end the log has lost.
TEST_F(PipelineTest, LostRecordsAreCountedOnceAndNotAsDelivered) {
  definition_.s3->buffering = {4, absl::Seconds(60)};
  for (const auto& [id, begin, end] : {std::tuple{"a", 0, 5}, {"b", 5, 9}}) {
    ChunkSeal seal;
    seal.id = id;
    seal.name = id;
    seal.positions = {{{uint64_t(begin)}, {uint64_t(end)}}};
    seal.record_count = seal.positions[0].size();
    ASSERT_OK(ledger_->ledger->Write(SealChunk{seal}));
  }
  RecordBatchBuilder builder(pool_, 64);
  for (const char* record : {"x", "y", "z"}) builder.AddRecord(record);
  ASSERT_OK(shard_->log->Append(std::move(builder).Build(absl::Now())));
  ASSERT_OK(shard_->log->Sync());
  sink_->failures_left = 1000;
  for (int start = 0; start < 3; ++start) {
    Start();
    Advance(seconds(1));
    EXPECT_EQ(ledger_->ledger->state().lost_records, 6u);
    EXPECT_THAT(metrics_.Expose(), HasSubstr("lost_records_total{stream=\"orders\"} 6\n"));
    Stop();
  }
  sink_->failures_left = 0;
  Start();
  Advance(seconds(1));
  EXPECT_THAT(Bodies(), ElementsAre("xyz"));
  EXPECT_NE(sink_->delivered[0].name, "a") << "a whole object may be there under this name";
  EXPECT_EQ(probe_->delivered_records(), 3u);
  EXPECT_EQ(ledger_->ledger->state().watermark.value, 9u);
  EXPECT_EQ(ledger_->ledger->state().lost_records, 6u);
}

TEST_F(PipelineTest, LostRecordsAreNotedWhenTheDiskHasRoomAgain) {
  definition_.s3->buffering.interval = absl::ZeroDuration();
  shard_->log = std::make_unique<HoledLog>(std::move(shard_->log), PositionRange{{1}, {3}});
  // There is room for deliveries, for lost records not.
  RefusingLedger& disk = RefuseWrites(
      [](const LedgerEntry& entry) { return std::holds_alternative<LosePositions>(entry); });
  Start();
  for (const char* record : {"a", "lost", "lost", "d"}) PutAndRun({record});
  Advance(seconds(5));
  EXPECT_EQ(ledger_->ledger->state().watermark.value, 1u);
  EXPECT_THAT(Bodies(), ElementsAre("a", "d"));
  disk.refuses = nullptr;
  Advance(seconds(2));
  EXPECT_EQ(ledger_->ledger->state().watermark.value, 4u);
  EXPECT_EQ(ledger_->ledger->state().lost_records, 2u);
}

}  // namespace
}  // namespace hydrant
