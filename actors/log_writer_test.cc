// The log writer on a disk that loses power: what it lets the log forget, the ledger knows durably.
#include "actors/log_writer.h"

#include "engine/log/log_test_util.h"
#include "engine/log/shard_files.h"
#include "engine/testing/faulty_file_system.h"
#include "engine/testing/status_matchers.h"
#include "engine/testing/temp_dir.h"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/send.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <random>

namespace hydrant {
namespace {

using ::testing::IsEmpty;

class LogWriterTest : public ::testing::Test {
 protected:
  LogWriterTest() {
    config_.set("scheduler.policy", caf::atom("testing"));
    system_ = std::make_unique<caf::actor_system>(config_);
    options_.segment_bytes_max = 600;
    options_.retention_time = absl::ZeroDuration();
    options_.retention_bytes = 0;
    // So little that also a full log drops segments.
    options_.quota_bytes = 6000;
    Open();
  }
  ~LogWriterTest() override { Kill(); }

  void Open() {
    auto opened = OpenShardFiles(files_, "orders/0", dir_.File("shard"), {}, options_, pool_,
                                 Clock::System());
    ASSERT_OK(opened);
    ASSERT_THAT(opened->problems, IsEmpty());
    shard_ = std::make_shared<Shard>();
    shard_->log = std::move(opened->log);
    ledger_ = AddLedger(shard_, "", std::move(opened->ledgers[0]));
    writer_ = SpawnLogWriter(*system_, {.detached = false});
    open_.clear();
    for (const ChunkSeal& seal : ledger_->ledger->state().open_chunks) open_.push_back(seal.id);
    next_ = ledger_->ledger->state().highest;
  }

  void Kill() {
    caf::anon_send_exit(writer_, caf::exit_reason::kill);
    writer_ = LogWriter{};
    Run();
    ledger_.reset();
    shard_.reset();
  }

  void Run() { dynamic_cast<caf::scheduler::test_coordinator&>(system_->scheduler()).run(); }

  void Step() {
    const uint64_t dice = random_() % 10;
    if (dice < 4) {
      Append();
    } else if (dice < 6) {
      Seal();
    } else if (dice < 9) {
      Finish();
    } else {
      caf::anon_send(writer_, TrimShard{ledger_});
    }
    if (random_() % 2 == 0) Run();
  }

  void Append() {
    auto work = std::make_shared<AppendWork>();
    RecordBatchBuilder builder(pool_, 256);
    for (int i = 0; i < 3; ++i) builder.AddRecord(std::string(random_() % 60, 'x'));
    work->batches.push_back(std::move(builder).Build(absl::Now()));
    caf::anon_send(writer_, AppendBatches{shard_, std::move(work)});
  }

  // Chunks of what is durable.
  void Seal() {
    const Position end = shard_->log->stats().durable_end;
    if (next_ >= end) return;
    ChunkSeal seal;
    seal.id = std::to_string(++chunks_);
    seal.positions = {{next_, next_ + 1 + random_() % (end - next_)}};
    next_ = seal.positions.back().end;
    open_.push_back(seal.id);
    caf::anon_send(writer_, WriteLedger{ledger_, SealChunk{std::move(seal)}});
  }

  void Finish() {
    if (open_.empty()) return;
    caf::anon_send(writer_, WriteLedger{ledger_, FinishChunk{open_.front()}});
    open_.pop_front();
  }

  // Everything that the ledger does not call settled is in the log.
  void ExpectNothingLost() {
    Position at = ledger_->ledger->state().watermark;
    while (true) {
      const auto read = shard_->log->Read(at, 1 << 20);
      ASSERT_OK(read);
      ASSERT_THAT(read->damage, IsEmpty());
      if (read->batch == nullptr) return;
      at = read->next;
    }
  }

  testing::TempDir dir_;
  testing::FaultyFileSystem files_{FileSystem::Posix()};
  ArenaPool pool_{1 << 20};
  LogOptions options_;
  caf::actor_system_config config_;
  std::unique_ptr<caf::actor_system> system_;
  std::mt19937_64 random_{11};
  LogWriter writer_;
  ShardPtr shard_;
  ShardLedgerPtr ledger_;
  std::deque<std::string> open_;
  Position next_;
  uint64_t chunks_ = 0;
};

TEST_F(LogWriterTest, PowerLossNeverFindsATrimAheadOfTheLedger) {
  uint64_t trimmed = 0;
  for (int life = 0; life < 60; ++life) {
    for (uint64_t steps = random_() % 60; steps > 0; --steps) Step();
    Run();
    trimmed = std::max(trimmed, shard_->log->stats().begin.value);
    Kill();
    files_.LosePower(random_);
    Open();
    ExpectNothingLost();
    ASSERT_FALSE(HasFatalFailure()) << "life " << life;
  }
  EXPECT_GT(trimmed, 100u) << "nothing was put to the test";
}

TEST_F(LogWriterTest, AFullDiskIsToldWhenItBeginsAndWhenItEnds) {
  const testing::LoggedLines lines;
  for (int round = 0; round < 2; ++round) {
    files_.FailKind("append", testing::Fault::kNoSpace);
    for (int i = 0; i < 3; ++i) {
      Append();
      Run();
    }
    EXPECT_EQ(lines.count(), 2 * round + 1);
    files_.StopFailing();
    for (int i = 0; i < 3; ++i) {
      Append();
      Run();
    }
    EXPECT_EQ(lines.count(), 2 * round + 2);
  }
  EXPECT_FALSE(shard_->failed);
}

}  // namespace
}  // namespace hydrant
