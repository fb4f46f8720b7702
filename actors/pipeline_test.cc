// A whole stream on CAF's testing scheduler: virtual time, one thread, no disk and no sockets.
#include "actors/stream_intake.h"
#include "actors/stream_supervisor.h"
#include "engine/log/memory_ledger.h"
#include "engine/log/memory_log.h"
#include "engine/testing/status_matchers.h"

#include <boost/asio/io_context.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/send.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <map>
#include <new>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace hydrant {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct Attempt {
  std::string name;
  std::string body;
};

// A destination that does what the test says.
class ScriptedSink final : public Sink {
 public:
  std::string NameChunk(const ChunkSeal& seal) const override { return "object-" + seal.id; }
  StatusOr<Payload> Encode(const Chunk& chunk) const override {
    if (encode_throws-- > 0) throw std::runtime_error("planted");
    Payload payload;
    for (const Slice& slice : chunk.slices) {
      payload.pieces.push_back(slice.bytes());
      payload.size += slice.bytes().size();
    }
    return payload;
  }
  asio::awaitable<DeliveryOutcome> Deliver(const Delivery& delivery) override {
    Attempt attempt{delivery.chunk->seal.name, ""};
    for (std::string_view piece : delivery.payload.pieces) attempt.body += piece;
    attempts.push_back(attempt);
    if (failures_left > 0) {
      --failures_left;
      co_return DeliveryOutcome::Retry("S3.SlowDown", "planted");
    }
    delivered.push_back(attempt);
    co_return DeliveryOutcome::Delivered();
  }
  asio::awaitable<Status> Probe() override { co_return absl::OkStatus(); }
  std::string Describe() const override {
    if (describe_throws-- > 0) throw std::runtime_error("planted");
    return "scripted";
  }

  mutable int describe_throws = 0;
  mutable int encode_throws = 0;
  int failures_left = 0;
  std::vector<Attempt> attempts;
  std::vector<Attempt> delivered;
};

// A log with some of its calls changed.
class LogAround : public RecordLog {
 public:
  explicit LogAround(std::unique_ptr<RecordLog> log) : log_(std::move(log)) {}
  Status Append(std::unique_ptr<RecordBatch> batch) override {
    return log_->Append(std::move(batch));
  }
  Status Sync() override { return log_->Sync(); }
  RecordBatchPtr ReadCached(Position /*from*/) const override { return nullptr; }
  StatusOr<LogReadResult> Read(Position from, uint64_t bytes_max) override {
    return log_->Read(from, bytes_max);
  }
  Status Trim(Position watermark) override { return log_->Trim(watermark); }
  StatusOr<Position> FindTime(absl::Time time) override { return log_->FindTime(time); }
  LogStats stats() const override { return log_->stats(); }
  Position append_position() const override { return log_->append_position(); }

 private:
  const std::unique_ptr<RecordLog> log_;
};

// A log in whose calls memory runs out now and then.
class ThrowingLog final : public LogAround {
 public:
  ThrowingLog() : LogAround(MakeMemoryLog(LogOptions{}, Clock::System())) {}
  Status Append(std::unique_ptr<RecordBatch> batch) override {
    if (append_throws-- > 0) throw std::bad_alloc();
    return LogAround::Append(std::move(batch));
  }
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

// A ledger that has room for deliveries, and for lost records only when the disk is not full.
class FullDiskLedger final : public Ledger {
 public:
  Status SealChunk(const ChunkSeal& seal) override { return real_->SealChunk(seal); }
  Status FinishChunk(std::string_view id) override { return real_->FinishChunk(id); }
  Status SettlePositions(const PositionRanges& ranges) override {
    return real_->SettlePositions(ranges);
  }
  Status LosePositions(const PositionRanges& ranges) override {
    return full ? ResourceExhausted("planted") : real_->LosePositions(ranges);
  }
  Status Sync() override { return real_->Sync(); }
  const LedgerState& state() const override { return real_->state(); }

  bool full = true;

 private:
  std::unique_ptr<Ledger> real_ = MakeMemoryLedger();
};

class PipelineTest : public ::testing::Test {
 protected:
  PipelineTest() : memory_(8 << 20), ingest_memory_(8 << 20), pool_(1 << 20) {
    config_.set("scheduler.policy", caf::atom("testing"));
    system_ = std::make_unique<caf::actor_system>(config_);
    writer_ = SpawnLogWriter(*system_, {.detached = false});
    reader_ = SpawnLogReader(*system_, {.detached = false});
    definition_.name = "orders";
    definition_.s3.emplace();
    definition_.s3->buffering = {1000, absl::Seconds(60)};
    OpenShard();
  }
  ~PipelineTest() override {
    Stop();
    caf::anon_send_exit(writer_, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(reader_, caf::exit_reason::user_shutdown);
    writer_ = LogWriter{};
    reader_ = LogReader{};
    Run();
  }

  void OpenShard() {
    shard_ = std::make_shared<Shard>();
    shard_->name = "orders/0";
    shard_->log = MakeMemoryLog(LogOptions{}, Clock::System());
    shard_->ledger = MakeMemoryLedger();
  }

  void Start() {
    StreamOptions options;
    options.definition = std::make_shared<StreamDefinition>(definition_);
    options.shard = shard_;
    options.writer = writer_;
    options.reader = reader_;
    options.sink = sink_;
    options.probe = probe_;
    options.ingest = slot_;
    options.executor = io_.get_executor();
    options.pool = &pool_;
    options.pipeline_memory = &memory_;
    options.encode_memory = &encode_memory_;
    options.window_bytes = window_bytes_;
    options.clock = &Clock::System();
    options.entropy = &Entropy::System();
    supervisor_ = SpawnStreamSupervisor(*system_, std::move(options));
    intake_ = std::make_unique<LocalIntake>(std::make_shared<StreamDefinition>(definition_), "id-",
                                            slot_, disk_full_);
    Run();
  }

  void Stop() {
    if (!supervisor_) return;
    caf::anon_send(supervisor_, EndStream{[this] { stopped_ = true; }});
    supervisor_ = StreamSupervisor{};
    Run();
    EXPECT_TRUE(stopped_);
  }

  caf::scheduler::test_coordinator& scheduler() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(system_->scheduler());
  }

  // Until neither an actor nor the I/O loop has work.
  void Run() {
    do {
      scheduler().run();
      io_.restart();
    } while (io_.poll() > 0);
  }
  void Advance(seconds time) {
    for (int64_t i = 0; i < time.count(); ++i) {
      scheduler().advance_time(seconds(1));
      Run();
    }
  }

  void Put(const std::vector<std::string>& records) {
    RecordBatchBuilder builder(pool_, 1024);
    for (const std::string& record : records) builder.AddRecord(record);
    intake_->Append(std::move(builder).Build(absl::Now()), MemoryReservation{},
                    [this](StatusOr<AppendReceipt> receipt) { receipts_.push_back(receipt); });
  }
  void PutAndRun(const std::vector<std::string>& records) {
    Put(records);
    Run();
  }

  std::vector<std::string> Bodies() const {
    std::vector<std::string> bodies;
    for (const Attempt& attempt : sink_->delivered) bodies.push_back(attempt.body);
    return bodies;
  }

  caf::actor_system_config config_;
  MemoryBudget memory_;
  MemoryBudget ingest_memory_;
  MemoryBudget encode_memory_{1 << 20};
  ArenaPool pool_;
  MetricRegistry metrics_;
  asio::io_context io_;
  std::unique_ptr<caf::actor_system> system_;
  LogWriter writer_;
  LogReader reader_;
  StreamDefinition definition_;
  std::shared_ptr<ScriptedSink> sink_ = std::make_shared<ScriptedSink>();
  std::shared_ptr<StreamProbe> probe_ = std::make_shared<StreamProbe>(metrics_, "orders");
  std::shared_ptr<IngestSlot> slot_ = std::make_shared<IngestSlot>();
  std::atomic<bool> disk_full_{false};
  ShardPtr shard_;
  StreamSupervisor supervisor_;
  std::unique_ptr<LocalIntake> intake_;
  uint64_t window_bytes_ = 8 << 20;
  std::vector<StatusOr<AppendReceipt>> receipts_;
  bool stopped_ = false;
};

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
  EXPECT_EQ(shard_->ledger->state().watermark.value, 3u);
  EXPECT_THAT(shard_->ledger->state().open_chunks, IsEmpty());
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

TEST_F(PipelineTest, RetriesUnderTheSameNameUntilDelivered) {
  definition_.s3->buffering.interval = absl::ZeroDuration();
  sink_->failures_left = 3;
  Start();
  PutAndRun({"x"});
  EXPECT_THAT(sink_->delivered, IsEmpty());
  ASSERT_THAT(shard_->ledger->state().open_chunks, SizeIs(1));  // sealed before its first attempt
  EXPECT_EQ(shard_->ledger->state().watermark.value, 0u);
  Advance(seconds(30));
  ASSERT_THAT(sink_->attempts, SizeIs(4));
  for (const Attempt& attempt : sink_->attempts) {
    EXPECT_EQ(attempt.name, sink_->attempts[0].name);
    EXPECT_EQ(attempt.body, "x");
  }
  EXPECT_EQ(shard_->ledger->state().watermark.value, 1u);
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
  EXPECT_EQ(shard_->ledger->state().watermark.value, 2u);
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
  EXPECT_LE(sink_->attempts.size() - before, 300u / 15 + 1) << "one probe each 15 to 30 seconds";
  EXPECT_GE(sink_->attempts.size() - before, 300u / 31);

  sink_->failures_left = 0;
  Advance(seconds(31));
  EXPECT_THAT(Bodies(), SizeIs(8));
  EXPECT_EQ(probe_->breaker(), BreakerState::kClosed);
  EXPECT_EQ(shard_->ledger->state().watermark.value, 8u);
  EXPECT_EQ(memory_.used(), 0u);
}

TEST_F(PipelineTest, ADeadSupervisorTakesItsActorsAlongAndMarksTheShard) {
  definition_.s3->buffering.interval = absl::ZeroDuration();
  sink_->failures_left = 1;
  sink_->describe_throws = 1;  // in the supervisor, when it tells of the failure
  Start();
  PutAndRun({"first"});
  EXPECT_TRUE(shard_->failed);
  EXPECT_EQ(shard_.use_count(), 1);  // so that the log can be opened again
  PutAndRun({"refused"});
  ASSERT_THAT(receipts_, SizeIs(2));
  EXPECT_TRUE(absl::IsUnavailable(receipts_[1].status()));
  EXPECT_EQ(memory_.used(), 0u);

  Start();
  Advance(seconds(1));
  EXPECT_THAT(Bodies(), ElementsAre("first"));
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
  EXPECT_EQ(shard_->ledger->state().watermark.value, 3u);
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
    ASSERT_OK(shard_->ledger->SealChunk(seal));
  }
  RecordBatchBuilder builder(pool_, 64);
  for (const char* record : {"x", "y", "z"}) builder.AddRecord(record);
  ASSERT_OK(shard_->log->Append(std::move(builder).Build(absl::Now())));
  ASSERT_OK(shard_->log->Sync());
  sink_->failures_left = 1000;
  for (int start = 0; start < 3; ++start) {
    Start();
    Advance(seconds(1));
    EXPECT_EQ(shard_->ledger->state().lost_records, 6u);
    EXPECT_THAT(metrics_.Expose(), HasSubstr("lost_records_total{stream=\"orders\"} 6\n"));
    Stop();
  }
  sink_->failures_left = 0;
  Start();
  Advance(seconds(1));
  EXPECT_THAT(Bodies(), ElementsAre("xyz"));
  EXPECT_NE(sink_->delivered[0].name, "a") << "a whole object may be there under this name";
  EXPECT_EQ(probe_->delivered_records(), 3u);
  EXPECT_EQ(shard_->ledger->state().watermark.value, 9u);
  EXPECT_EQ(shard_->ledger->state().lost_records, 6u);
}

TEST_F(PipelineTest, LostRecordsAreNotedWhenTheDiskHasRoomAgain) {
  definition_.s3->buffering.interval = absl::ZeroDuration();
  shard_->log = std::make_unique<HoledLog>(std::move(shard_->log), PositionRange{{1}, {3}});
  auto ledger = std::make_unique<FullDiskLedger>();
  FullDiskLedger& disk = *ledger;
  shard_->ledger = std::move(ledger);
  Start();
  for (const char* record : {"a", "lost", "lost", "d"}) PutAndRun({record});
  Advance(seconds(5));
  EXPECT_EQ(shard_->ledger->state().watermark.value, 1u);
  EXPECT_THAT(Bodies(), ElementsAre("a", "d"));
  disk.full = false;
  Advance(seconds(2));
  EXPECT_EQ(shard_->ledger->state().watermark.value, 4u);
  EXPECT_EQ(shard_->ledger->state().lost_records, 2u);
}

TEST_F(PipelineTest, ASlowDestinationHoldsNoMoreThanTheWindow) {
  definition_.s3->buffering = {100 << 10, absl::Seconds(60)};
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
  EXPECT_EQ(shard_->ledger->state().watermark.value, 100u);
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
  EXPECT_EQ(shard_->ledger->state().watermark.value, 4u);
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
