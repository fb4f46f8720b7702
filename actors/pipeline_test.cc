// Records on their way through a stream: acknowledged, batched, delivered, within the memory that there is.
#include "actors/pipeline_fixture.h"

#include <string>
#include <vector>

namespace hydrant {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_F(PipelineTest, AcknowledgesThenDeliversWhenTheIntervalIsOver) {
  Start();
  PutAndRun({"a", "bb"});
  PutAndRun({"ccc"});
  ASSERT_THAT(receipts_, SizeIs(2));
  ASSERT_OK(receipts_[0]);
  ASSERT_OK(receipts_[1]);
  EXPECT_EQ(receipts_[0]->first.value, 0u);
  EXPECT_EQ(receipts_[1]->first.value, 2u);
  Advance(seconds(59));
  EXPECT_THAT(Bodies(), IsEmpty());
  Advance(seconds(2));
  EXPECT_THAT(Bodies(), ElementsAre("abbccc"));
  EXPECT_EQ(ledger_->ledger->state().watermark.value, 3u);
  EXPECT_THAT(ledger_->ledger->state().open_chunks, IsEmpty());
  EXPECT_EQ(memory_.used(), 0u);
}

TEST_F(PipelineTest, SmallRequestsThatWaitTogetherShareOneBatch) {
  Start();
  for (const char* record : {"a", "b", "c", "d"}) Put({record, "-"});
  Run();
  ASSERT_THAT(receipts_, SizeIs(4));
  for (size_t i = 0; i < 4; ++i) {
    ASSERT_OK(receipts_[i]);
    EXPECT_EQ(receipts_[i]->first.value, 2 * i);
    EXPECT_EQ(receipts_[i]->record_count, 2u);
  }
  const RecordBatchPtr batch = shard_->log->ReadCached(Position{2});
  ASSERT_TRUE(batch);
  EXPECT_GE(batch->record_count(), 6u);  // the first may have gone alone
  Advance(seconds(61));
  EXPECT_THAT(Bodies(), ElementsAre("a-b-c-d-"));
}

TEST_F(PipelineTest, CutsChunksBetweenRecordsAtTheSize) {
  Start();
  std::vector<std::string> records;
  for (char c = 'a'; c < 'a' + 10; ++c) records.emplace_back(300, c);
  PutAndRun(records);
  // 4 records reach 1000 bytes; the rest waits for the interval.
  ASSERT_THAT(Bodies(), SizeIs(2));
  EXPECT_EQ(Bodies()[0], records[0] + records[1] + records[2] + records[3]);
  Advance(seconds(61));
  ASSERT_THAT(Bodies(), SizeIs(3));
  EXPECT_EQ(Bodies()[2], records[8] + records[9]);
}

TEST_F(PipelineTest, IntervalZeroDeliversAtOnce) {
  definition_.s3->buffering.interval = absl::ZeroDuration();
  Start();
  PutAndRun({"now"});
  EXPECT_THAT(Bodies(), ElementsAre("now"));
}

TEST_F(PipelineTest, EncodesOnlyWhereThereIsMemoryForTheOutput) {
  definition_.s3->buffering.interval = absl::ZeroDuration();
  Start();
  ASSERT_TRUE(encode_memory_.TryTake(encode_memory_.limit()));
  PutAndRun({"waits"});
  EXPECT_THAT(Bodies(), IsEmpty());
  encode_memory_.Give(encode_memory_.limit());
  Advance(seconds(1));
  EXPECT_THAT(Bodies(), ElementsAre("waits"));
}

TEST_F(PipelineTest, EncodesOnlyWhereThereIsMemoryToWorkIn) {
  definition_.s3->buffering.interval = absl::ZeroDuration();
  sink_->work_bytes = 1000;
  Start();
  const uint64_t taken = encode_memory_.limit() - 1000;
  ASSERT_TRUE(encode_memory_.TryTake(taken));
  PutAndRun({"waits"});
  EXPECT_THAT(Bodies(), IsEmpty());
  encode_memory_.Give(taken);
  Advance(seconds(1));
  EXPECT_THAT(Bodies(), ElementsAre("waits"));
  EXPECT_EQ(encode_memory_.used(), 0u);
}

TEST_F(PipelineTest, WaitsForEncodeMemoryAtMostASecond) {
  definition_.s3->buffering.interval = absl::ZeroDuration();
  Start();
  ASSERT_TRUE(encode_memory_.TryTake(1));
  PutAndRun({std::string(1 << 20, 'x')});
  Advance(seconds(110));  // a second in steps of a real clock: each step of this one is one wait
  EXPECT_THAT(Bodies(), SizeIs(1));
}

TEST_F(PipelineTest, AChunkLargerThanTheEncodeMemoryIsEncodedAlone) {
  definition_.s3->buffering = {3 << 20, absl::Seconds(1)};
  Start();
  const std::string record(1'000'000, 'x');
  PutAndRun({record, record});
  Advance(seconds(2));
  EXPECT_THAT(Bodies(), ElementsAre(record + record));
  EXPECT_EQ(encode_memory_.used(), 0u);
}

TEST_F(PipelineTest, ASlowDestinationHoldsNoMoreThanTheWindow) {
  definition_.s3->buffering = {100 << 10, absl::Seconds(60)};
  definition_.hydrant.delivery_workers_min = 1;
  definition_.hydrant.delivery_workers_max = 2;
  window_bytes_ = 512 << 10;
  sink_->failures_left = 1'000'000;
  Start();
  uint64_t held_max = 0;
  std::string sent;
  for (int i = 0; i < 100; ++i) {
    const std::string record(50 << 10, static_cast<char>('a' + i % 26));
    PutAndRun({record});
    sent += record;
    held_max = std::max(held_max, memory_.used());
  }
  EXPECT_LE(held_max, window_bytes_);
  EXPECT_GT(held_max, 0u);
  sink_->failures_left = 0;
  Advance(seconds(200));
  std::string all;
  for (const std::string& body : Bodies()) all += body;
  EXPECT_EQ(all.size(), sent.size());
  EXPECT_EQ(ledger_->ledger->state().watermark.value, 100u);
  EXPECT_EQ(memory_.used(), 0u);
}

TEST_F(PipelineTest, AWindowSmallerThanTheBufferSealsEarlyInsteadOfStopping) {
  definition_.s3->buffering = {100 << 20, absl::Seconds(900)};
  window_bytes_ = 256 << 10;
  Start();
  for (int i = 0; i < 20; ++i) PutAndRun({std::string(60 << 10, 'x')});
  Advance(seconds(1));
  EXPECT_GE(sink_->delivered.size(), 3u);
}

TEST_F(PipelineTest, GetsThroughWhileOthersHoldAllOfTheMemory) {
  definition_.s3->buffering = {1 << 20, absl::Seconds(900)};
  memory_.Take(memory_.limit());
  Start();
  for (int i = 0; i < 5; ++i) PutAndRun({"record"});
  Advance(seconds(2));
  // Each goes out to make room for the next; the last one waits for its interval.
  EXPECT_EQ(ledger_->ledger->state().watermark.value, 4u);
  memory_.Give(memory_.limit());
}

TEST_F(PipelineTest, DrainDeliversEverythingWithoutWaiting) {
  Start();
  PutAndRun({"tail"});
  bool drained = false;
  caf::anon_send(supervisor_, DrainStream{[&] { drained = true; }});
  Run();
  EXPECT_TRUE(drained);
  EXPECT_THAT(Bodies(), ElementsAre("tail"));
}

TEST_F(PipelineTest, AStoppedStreamRefusesAndAFullDiskSlowsDown) {
  Start();
  disk_full_ = true;
  PutAndRun({"x"});
  EXPECT_THAT(receipts_.back(), hydrant::testing::StatusIs(absl::StatusCode::kResourceExhausted));
  disk_full_ = false;
  Stop();
  PutAndRun({"x"});
  EXPECT_THAT(receipts_.back(), hydrant::testing::StatusIs(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace hydrant
