// A whole stream on CAF's testing scheduler: virtual time, one thread, no disk and no sockets.
#pragma once

#include "actors/stream_intake.h"
#include "actors/stream_supervisor.h"
#include "engine/base/check.h"
#include "engine/log/memory_ledger.h"
#include "engine/log/memory_log.h"
#include "engine/testing/around.h"
#include "engine/testing/status_matchers.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/send.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <list>
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
  std::string NameChunk(const ChunkSeal& seal) const override { return name_prefix + seal.id; }
  StatusOr<Payload> Encode(const Chunk& chunk) const override {
    if (encode_throws-- > 0) throw std::runtime_error("planted");
    HYDRANT_CHECK(encode_fails_checks-- <= 0);
    Payload payload;
    for (const Slice& slice : chunk.slices) {
      payload.pieces.push_back(slice.bytes());
      payload.size += slice.bytes().size();
    }
    return payload;
  }
  uint64_t EncodeWorkBytes() const override { return work_bytes; }
  asio::awaitable<DeliveryOutcome> Deliver(const Delivery& delivery) override {
    Attempt attempt{delivery.chunk->seal.name, ""};
    for (std::string_view piece : delivery.payload.pieces) attempt.body += piece;
    attempts.push_back(attempt);
    if (hold) {
      held.emplace_back(co_await asio::this_coro::executor);
      asio::steady_timer& released = held.back();
      released.expires_at(asio::steady_timer::time_point::max());
      boost::system::error_code ignored;  // that is how it is released
      co_await released.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    if (failures_left > 0) {
      --failures_left;
      co_return DeliveryOutcome::Retry("S3.SlowDown", "planted");
    }
    if (!outcomes.empty()) {
      DeliveryOutcome outcome = std::move(outcomes.front());
      outcomes.pop_front();
      if (outcome.kind == OutcomeKind::kDelivered) delivered.push_back(attempt);
      co_return outcome;
    }
    delivered.push_back(attempt);
    co_return DeliveryOutcome::Delivered();
  }
  asio::awaitable<Status> Probe() override {
    co_return failures_left > 0 ? Unavailable("planted") : absl::OkStatus();
  }
  std::string Describe() const override {
    if (describe_throws-- > 0) throw std::runtime_error("planted");
    return "scripted";
  }

  // Attempts wait until they are released.
  void ReleaseAll() {
    for (asio::steady_timer& timer : held) timer.cancel();
  }

  std::string name_prefix = "object-";
  bool hold = false;
  std::list<asio::steady_timer> held;
  mutable int describe_throws = 0;
  mutable int encode_throws = 0;
  mutable int encode_fails_checks = 0;
  uint64_t work_bytes = 0;
  int failures_left = 0;
  std::deque<DeliveryOutcome> outcomes;  // the next ones, when nothing else is said
  std::vector<Attempt> attempts;
  std::vector<Attempt> delivered;
};

// A ledger that can't write some entries, as on a full disk.
class RefusingLedger final : public LedgerAround {
 public:
  using LedgerAround::LedgerAround;
  Status Write(const LedgerEntry& entry) override {
    return refuses && refuses(entry) ? ResourceExhausted("planted") : LedgerAround::Write(entry);
  }
  std::function<bool(const LedgerEntry&)> refuses;
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
    ledger_ = AddLedger(shard_, "", MakeMemoryLedger());
  }

  RefusingLedger& RefuseWrites(std::function<bool(const LedgerEntry&)> refuses) {
    auto refusing = std::make_unique<RefusingLedger>(std::move(ledger_->ledger));
    refusing->refuses = std::move(refuses);
    RefusingLedger& ledger = *refusing;
    ledger_->ledger = std::move(refusing);
    return ledger;
  }

  void Start() {
    StreamOptions options;
    options.ingest = slot_;
    options.branches.push_back(OwnBranch());
    if (backup_) options.branches.push_back(BackupBranch());
    supervisor_ = SpawnStreamSupervisor(*system_, std::move(options));
    intake_ = std::make_unique<LocalIntake>(std::make_shared<StreamDefinition>(definition_), "id-",
                                            slot_, disk_full_);
    Run();
  }

  BranchOptions AnyBranch() {
    BranchOptions branch;
    branch.definition = std::make_shared<StreamDefinition>(definition_);
    branch.writer = writer_;
    branch.reader = reader_;
    branch.errors = errors_;
    branch.error_hints = definition_.s3->buffering;
    branch.hints = definition_.s3->buffering;
    branch.executor = io_.get_executor();
    branch.pool = &pool_;
    branch.pipeline_memory = &memory_;
    branch.encode_memory = &encode_memory_;
    branch.detached_encoders = false;
    branch.window_bytes = window_bytes_;
    branch.clock = &Clock::System();
    branch.entropy = &Entropy::System();
    return branch;
  }
  BranchOptions OwnBranch() {
    BranchOptions branch = AnyBranch();
    branch.name = "orders";
    branch.ledger = ledger_;
    branch.transforms = transforms_;
    branch.destinations.push_back({sink_, retry_, "delivery-failed"});
    for (const auto& further : others_) {
      branch.destinations.push_back({further, retry_, "delivery-failed"});
    }
    branch.failover = failover_;
    branch.probe = probe_;
    return branch;
  }
  BranchOptions BackupBranch() {
    if (!backup_ledger_) backup_ledger_ = AddLedger(shard_, "backup", MakeMemoryLedger());
    BranchOptions branch = AnyBranch();
    branch.name = "orders backup";
    branch.ledger = backup_ledger_;
    branch.destinations.push_back({backup_, RetryPolicy{}, "delivery-failed"});
    branch.probe = std::make_shared<StreamProbe>(metrics_, "orders", "backup");
    return branch;
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
    intake_->Append(
        std::move(builder).Build(absl::Now()), MemoryReservation{},
        [this](StatusOr<AppendReceipt> receipt) { receipts_.push_back(std::move(receipt)); });
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
  ShardLedgerPtr ledger_;
  ShardLedgerPtr backup_ledger_;
  RetryPolicy retry_;
  std::vector<std::shared_ptr<ScriptedSink>> others_;
  FailoverSettings failover_;
  std::shared_ptr<ScriptedSink> errors_ = std::make_shared<ScriptedSink>();
  std::shared_ptr<ScriptedSink> backup_;  // null: none
  std::vector<std::shared_ptr<Transform>> transforms_;
  StreamSupervisor supervisor_;
  std::unique_ptr<LocalIntake> intake_;
  uint64_t window_bytes_ = 8 << 20;
  std::vector<StatusOr<AppendReceipt>> receipts_;
  bool stopped_ = false;
};

}  // namespace hydrant
