// A whole stream on CAF's testing scheduler: virtual time, one thread, no disk and no sockets.
#pragma once

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

#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace hydrant {

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
  void Advance(std::chrono::seconds time) {
    for (int64_t i = 0; i < time.count(); ++i) {
      scheduler().advance_time(std::chrono::seconds(1));
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

}  // namespace hydrant
