// The log in files against a model of it: whatever happens in whatever order, what was synced is served.
#include "engine/log/file_log.h"
#include "engine/log/log_test_util.h"
#include "engine/testing/faulty_file_system.h"
#include "engine/testing/status_matchers.h"
#include "engine/testing/temp_dir.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <random>

namespace hydrant {
namespace {

using testing::Drain;
using testing::Drained;
using testing::FakeClock;
using testing::FaultyFileSystem;
using ::testing::IsEmpty;
using testing::MakeBatch;
using testing::StatusIs;

// Random appends, syncs, trims, reads, restarts and power losses, against a plain vector.
class FileLogModel {
 public:
  FileLogModel(uint64_t seed, std::string directory)
      : random_(seed), directory_(std::move(directory)) {
    options_.segment_bytes_max = 2000 + random_() % 4000;
    options_.tail_cache_bytes = random_() % 20'000;
    options_.retention_time = absl::Seconds(random_() % 100);
    options_.quota_bytes = 200'000;
    // Used again, the directory costs no wait for a busy disk in each of many runs.
    for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
      std::filesystem::remove(entry.path());
    }
    Open();
  }

  void Step() {
    clock_.now += absl::Milliseconds(random_() % 3000);
    const uint64_t dice = random_() % 100;
    if (dice < 45) {
      Append();
    } else if (dice < 70) {
      Sync();
    } else if (dice < 80) {
      watermark_ += random_() % (synced_.size() - watermark_ + 1);
      ASSERT_OK(log_->Trim({watermark_}));
    } else if (dice < 96) {
      Read();
    } else {
      Restart(dice == 99);
    }
  }

 private:
  void Open() {
    std::vector<LogDamage> recovered;
    auto log = OpenFileLog(files_, directory_, options_, pool_, clock_, {watermark_}, &recovered);
    ASSERT_OK(log);
    for (const LogDamage& damage : recovered) ASSERT_EQ(damage.kept_as, "") << "of a crash";
    log_ = std::move(*log);
    ASSERT_OK(log_->Trim({watermark_}));
  }

  void Append() {
    std::vector<std::string> records;
    for (uint64_t n = 1 + random_() % 5; n > 0; --n) {
      records.push_back(std::to_string(random_()) + std::string(random_() % 300, 'y'));
    }
    const Status status = log_->Append(MakeBatch(pool_, records, clock_.now));
    if (absl::IsResourceExhausted(status)) return;
    ASSERT_OK(status);
    unsynced_.insert(unsynced_.end(), records.begin(), records.end());
    ASSERT_EQ(log_->append_position().value, synced_.size() + unsynced_.size());
  }

  void Sync() {
    const bool full = random_() % 10 == 0;
    if (full) files_.SetSpace(random_() % 2000);
    const Status status = log_->Sync();
    files_.StopFailing();
    if (status.ok()) {
      synced_.insert(synced_.end(), unsynced_.begin(), unsynced_.end());
    } else {
      ASSERT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted));
    }
    unsynced_.clear();
    ASSERT_EQ(log_->append_position().value, synced_.size());
  }

  void Read() {
    const LogStats stats = log_->stats();
    ASSERT_LE(stats.begin.value, watermark_);
    ASSERT_EQ(stats.durable_end.value, synced_.size());
    ASSERT_LE(stats.cached_bytes, options_.tail_cache_bytes);
    ASSERT_LE(stats.disk_bytes, options_.quota_bytes);
    const uint64_t from = stats.begin.value + random_() % (synced_.size() - stats.begin.value + 1);
    const StatusOr<LogReadResult> read = log_->Read({from}, random_() % 5000);
    ASSERT_OK(read);
    ASSERT_THAT(read->damage, IsEmpty());
    ASSERT_EQ(read->batch == nullptr, from == synced_.size());
    if (read->batch != nullptr) {
      ASSERT_EQ(read->batch->first_position().value, from);
    }
    Compare(read->batch);
    Compare(log_->ReadCached({from}));
  }

  void Compare(const RecordBatchPtr& batch) {
    for (size_t i = 0; batch != nullptr && i < batch->record_count(); ++i) {
      ASSERT_LT(batch->PositionOf(i).value, synced_.size());
      ASSERT_EQ(batch->Record(i), synced_[batch->PositionOf(i).value]);
    }
  }

  void Restart(bool power_loss) {
    log_.reset();
    if (power_loss) files_.LosePower(random_);
    Open();
    // All that was synced is there; of the rest, whole batches may be.
    const uint64_t end = log_->append_position().value;
    ASSERT_GE(end, synced_.size());
    ASSERT_LE(end, synced_.size() + unsynced_.size());
    const Drained all = Drain(*log_, {watermark_});
    uint64_t expected = watermark_;
    for (const auto& [position, text] : all.records) {
      for (; expected < position; ++expected) ASSERT_GE(expected, synced_.size());
      const uint64_t extra = position - std::min<uint64_t>(position, synced_.size());
      ASSERT_EQ(text, position < synced_.size() ? synced_[position] : unsynced_[extra]);
      ++expected;
    }
    // A hole that power loss left between unsynced frames: go on as if they had been empty.
    ASSERT_TRUE(all.damage.empty() || all.damage[0].positions.begin.value >= synced_.size());
    if (!all.damage.empty()) {
      synced_.insert(synced_.end(), unsynced_.begin(),
                     unsynced_.begin() + static_cast<std::ptrdiff_t>(end - synced_.size()));
      watermark_ = synced_.size();
    } else {
      synced_.insert(synced_.end(), unsynced_.begin(),
                     unsynced_.begin() + static_cast<std::ptrdiff_t>(end - synced_.size()));
    }
    unsynced_.clear();
    ASSERT_OK(log_->Trim({watermark_}));
  }

  std::mt19937_64 random_;
  const std::string directory_;
  FaultyFileSystem files_{FileSystem::Posix()};
  ArenaPool pool_{1 << 20};
  FakeClock clock_;
  LogOptions options_;
  std::vector<std::string> synced_;
  std::vector<std::string> unsynced_;
  uint64_t watermark_ = 0;
  std::unique_ptr<RecordLog> log_;
};

TEST(FileLogPropertyTest, BehavesAsItsModel) {
  const char* given = std::getenv("HYDRANT_TEST_SEED");
  const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : 1;
  const testing::TempDir dir;
  for (uint64_t i = 0; i < (given != nullptr ? 1 : 60); ++i) {
    SCOPED_TRACE("HYDRANT_TEST_SEED=" + std::to_string(seed + i));
    FileLogModel model(seed + i, dir.path());
    for (int step = 0; step < 300 && !::testing::Test::HasFailure(); ++step) model.Step();
    ASSERT_FALSE(::testing::Test::HasFailure());
  }
}

}  // namespace
}  // namespace hydrant
