// What every record log must do, run over all of them.
#include "engine/log/record_log.h"

#include "engine/log/file_log.h"
#include "engine/log/log_test_util.h"
#include "engine/log/memory_log.h"
#include "engine/testing/temp_dir.h"

#include <atomic>
#include <thread>

namespace hydrant {
namespace {

using testing::AppendAndSync;
using testing::Drain;
using testing::Drained;
using ::testing::ElementsAre;
using testing::FakeClock;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::MakeBatch;
using testing::RecordsOf;
using testing::StatusIs;

enum class Kind { kFile, kFileUncached, kMemory };

class RecordLogTest : public ::testing::TestWithParam<Kind> {
 protected:
  RecordLogTest() {
    options_.durability = Durability::kOs;
    options_.segment_bytes_max = 512;
    // Made here, the directory costs no wait for a busy disk.
    std::filesystem::create_directory(dir_.File("log"));
  }

  void Open() {
    log_.reset();
    if (GetParam() == Kind::kMemory) {
      log_ = MakeMemoryLog(options_, clock_);
      return;
    }
    if (GetParam() == Kind::kFileUncached) options_.tail_cache_bytes = 0;
    auto log =
        OpenFileLog(FileSystem::Posix(), dir_.File("log"), options_, pool_, clock_, Position{});
    ASSERT_OK(log);
    log_ = std::move(*log);
  }

  Status Put(const std::vector<std::string>& records) {
    return AppendAndSync(*log_, MakeBatch(pool_, records, clock_.now));
  }

  testing::TempDir dir_;
  ArenaPool pool_{1 << 20};
  FakeClock clock_;
  LogOptions options_;
  std::unique_ptr<RecordLog> log_;
};

INSTANTIATE_TEST_SUITE_P(Logs, RecordLogTest,
                         ::testing::Values(Kind::kFile, Kind::kFileUncached, Kind::kMemory),
                         [](const ::testing::TestParamInfo<Kind>& kind) -> std::string {
                           return kind.param == Kind::kFile           ? "File"
                                  : kind.param == Kind::kFileUncached ? "FileUncached"
                                                                      : "Memory";
                         });

TEST_P(RecordLogTest, RefusesAnEmptyBatch) {
  Open();
  EXPECT_THAT(log_->Append(MakeBatch(pool_, {})), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_OK(Put({"a"}));
  EXPECT_THAT(Drain(*log_, {}).texts(), ElementsAre("a"));
}

TEST_P(RecordLogTest, AnEmptyLogReadsAsItsEnd) {
  Open();
  const StatusOr<LogReadResult> read = log_->Read({}, 100);
  ASSERT_OK(read);
  EXPECT_EQ(read->batch, nullptr);
  EXPECT_EQ(read->next, Position{});
  EXPECT_THAT(read->damage, IsEmpty());
  EXPECT_EQ(log_->ReadCached({}), nullptr);
  EXPECT_OK(log_->Sync());
  EXPECT_EQ(log_->stats().durable_end, Position{});
}

TEST_P(RecordLogTest, GivesPositionsInOrder) {
  Open();
  ASSERT_OK(Put({"a", "bb", ""}));
  EXPECT_EQ(log_->append_position(), Position{3});
  ASSERT_OK(Put({"d"}));
  EXPECT_EQ(log_->append_position(), Position{4});
  const Drained all = Drain(*log_, {});
  EXPECT_THAT(all.texts(), ElementsAre("a", "bb", "", "d"));
  EXPECT_EQ(all.records.back().first, 3u);
  EXPECT_EQ(all.next, Position{4});
}

TEST_P(RecordLogTest, NothingIsVisibleBeforeSync) {
  Open();
  ASSERT_OK(Put({"a"}));
  ASSERT_OK(log_->Append(MakeBatch(pool_, {"b"})));
  ASSERT_OK(log_->Append(MakeBatch(pool_, {"c"})));
  EXPECT_EQ(log_->append_position(), Position{3});
  EXPECT_EQ(log_->stats().durable_end, Position{1});
  EXPECT_THAT(Drain(*log_, {}).texts(), ElementsAre("a"));
  EXPECT_EQ(log_->ReadCached({1}), nullptr);
  ASSERT_OK(log_->Sync());
  EXPECT_THAT(Drain(*log_, {}).texts(), ElementsAre("a", "b", "c"));
}

TEST_P(RecordLogTest, ReadsFromTheMiddleOfABatch) {
  Open();
  ASSERT_OK(Put({"a", "bb", "ccc"}));
  ASSERT_OK(Put({"d"}));
  for (uint64_t from = 0; from < 4; ++from) {
    const StatusOr<LogReadResult> read = log_->Read({from}, 1);
    ASSERT_OK(read);
    ASSERT_NE(read->batch, nullptr);
    EXPECT_EQ(read->batch->first_position(), Position{from});
    EXPECT_EQ(Drain(*log_, {from}).records.size(), 4 - from);
  }
  EXPECT_THAT(RecordsOf(*log_->Read({1}, 1)->batch), ElementsAre("bb", "ccc"));
}

TEST_P(RecordLogTest, KeepsManyBatchesWithTheirBytes) {
  Open();
  std::vector<std::string> wanted;
  for (int i = 0; i < 300; ++i) {
    const std::string text = std::to_string(i) + std::string(static_cast<size_t>(i % 97), 'x');
    wanted.push_back(text);
    wanted.push_back("-" + text);
    ASSERT_OK(log_->Append(MakeBatch(pool_, {text, "-" + text})));
    if (i % 3 == 0) {
      ASSERT_OK(log_->Sync());
    }
  }
  ASSERT_OK(log_->Sync());
  for (uint64_t bytes_max : {1, 300, 1 << 20}) {
    const Drained all = Drain(*log_, {}, bytes_max);
    EXPECT_EQ(all.texts(), wanted);
    EXPECT_THAT(all.damage, IsEmpty());
  }
}

TEST_P(RecordLogTest, ArrivalIsThatOfTheOldest) {
  options_.segment_bytes_max = 1 << 20;
  Open();
  clock_.now = absl::FromUnixSeconds(500);
  ASSERT_OK(Put({"a"}));
  clock_.now = absl::FromUnixSeconds(400);
  ASSERT_OK(Put({"b"}));
  clock_.now = absl::FromUnixSeconds(600);
  ASSERT_OK(Put({"c"}));
  const StatusOr<LogReadResult> read = log_->Read({}, 1 << 20);
  ASSERT_OK(read);
  EXPECT_EQ(read->batch->arrival(),
            absl::FromUnixSeconds(read->batch->record_count() > 1 ? 400 : 500));
}

TEST_P(RecordLogTest, RefusesPastItsQuotaAndTakesMoreAfterTrim) {
  options_.quota_bytes = 64 << 10;
  options_.segment_bytes_max = 8 << 10;
  options_.retention_time = absl::ZeroDuration();
  Open();
  const std::string record(2000, 'r');
  Status status;
  uint64_t taken = 0;
  for (int i = 0; i < 1000 && status.ok(); ++i) {
    status = Put({record});
    if (status.ok()) ++taken;
  }
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("quota")));
  EXPECT_GE(taken, 8u);
  EXPECT_LE(log_->stats().disk_bytes + log_->stats().cached_bytes * (GetParam() == Kind::kMemory),
            options_.quota_bytes);
  EXPECT_EQ(Drain(*log_, {}).records.size(), taken);
  EXPECT_EQ(log_->append_position(), Position{taken});
  ASSERT_OK(log_->Trim({taken}));
  EXPECT_OK(Put({record}));
  const Drained rest = Drain(*log_, {taken});
  EXPECT_THAT(rest.texts(), ElementsAre(record));
  EXPECT_EQ(rest.records[0].first, taken);
}

TEST_P(RecordLogTest, DropsWhatIsKeptForReplayBeforeItRefuses) {
  options_.quota_bytes = 64 << 10;
  options_.segment_bytes_max = 4 << 10;
  Open();  // keeps an hour
  const std::string record(1000, 'r');
  for (uint64_t i = 0; i < 500; ++i) {
    ASSERT_OK(Put({record}));
    ASSERT_OK(log_->Trim({i + 1}));
  }
  EXPECT_GT(log_->stats().begin, Position{});
  EXPECT_EQ(log_->append_position(), Position{500});
}

TEST_P(RecordLogTest, NeverDropsWhatIsNotSettled) {
  options_.retention_time = absl::ZeroDuration();
  options_.retention_bytes = 0;
  Open();
  for (int i = 0; i < 100; ++i) ASSERT_OK(Put({std::to_string(i) + std::string(50, '.')}));
  clock_.now += absl::Hours(100);
  for (uint64_t watermark = 0; watermark <= 100; watermark += 7) {
    ASSERT_OK(log_->Trim({watermark}));
    EXPECT_LE(log_->stats().begin, Position{watermark});
    const Drained rest = Drain(*log_, {watermark});
    EXPECT_EQ(rest.records.size(), 100 - watermark);
    EXPECT_THAT(rest.damage, IsEmpty());
  }
}

TEST_P(RecordLogTest, KeepsSettledRecordsForTheRetentionTime) {
  options_.retention_time = absl::Minutes(10);
  Open();
  for (int i = 0; i < 50; ++i) ASSERT_OK(Put({std::string(50, 'x')}));
  ASSERT_OK(log_->Trim({50}));
  EXPECT_EQ(log_->stats().begin, Position{});
  clock_.now += absl::Minutes(9);
  ASSERT_OK(log_->Trim({50}));
  EXPECT_EQ(Drain(*log_, {}).records.size(), 50u);
  clock_.now += absl::Minutes(2);
  ASSERT_OK(log_->Trim({50}));
  EXPECT_EQ(log_->stats().begin, Position{50});
  ASSERT_OK(Put({"next"}));
  EXPECT_EQ(Drain(*log_, {50}).records[0].first, 50u);
}

TEST_P(RecordLogTest, KeepsSettledRecordsUpToTheRetentionSize) {
  options_.retention_bytes = 16 << 10;
  options_.segment_bytes_max = 4 << 10;
  Open();
  for (uint64_t i = 0; i < 100; ++i) {
    ASSERT_OK(Put({std::string(1000, 'x')}));
    ASSERT_OK(log_->Trim({i + 1}));
  }
  const LogStats stats = log_->stats();
  const uint64_t held = GetParam() == Kind::kMemory ? stats.cached_bytes : stats.disk_bytes;
  EXPECT_GT(held, 8u << 10);
  EXPECT_LE(held, 24u << 10);
}

TEST_P(RecordLogTest, SettledRecordsThatAreGoneAreNoDamage) {
  options_.retention_bytes = 0;
  Open();
  for (int i = 0; i < 100; ++i) ASSERT_OK(Put({std::string(100, 'x')}));
  ASSERT_OK(log_->Trim({60}));
  const Position begin = log_->stats().begin;
  ASSERT_GT(begin, Position{});
  const Drained all = Drain(*log_, {});
  EXPECT_THAT(all.damage, IsEmpty());
  EXPECT_EQ(all.records.front().first, begin.value);
  EXPECT_EQ(all.records.size(), 100 - begin.value);
}

TEST_P(RecordLogTest, FindsTheFirstRecordAtATime) {
  Open();
  const absl::Time start = clock_.now;
  for (int i = 0; i < 100; ++i) {
    ASSERT_OK(Put({"a", std::string(40, 'b')}));
    clock_.now += absl::Seconds(10);
  }
  EXPECT_EQ(*log_->FindTime(absl::InfinitePast()), Position{0});
  EXPECT_EQ(*log_->FindTime(start), Position{0});
  for (int i = 1; i < 100; ++i) {
    const Position wanted{static_cast<uint64_t>(i) * 2};
    EXPECT_EQ(*log_->FindTime(start + absl::Seconds(10 * i)), wanted);
    EXPECT_EQ(*log_->FindTime(start + absl::Seconds(10 * i - 1)), wanted);
  }
  EXPECT_EQ(*log_->FindTime(start + absl::Seconds(991)), Position{200});
}

TEST_P(RecordLogTest, ReadsBesideTheWriter) {
  options_.segment_bytes_max = 64 << 10;
  options_.tail_cache_bytes = 8 << 10;
  options_.retention_time = absl::ZeroDuration();
  Open();
  constexpr uint64_t kRecords = 20'000;
  std::atomic<uint64_t> read_to{0};
  std::thread reader([&] {
    Position next;
    while (next.value < kRecords) {
      StatusOr<LogReadResult> read = log_->Read(next, 4096);
      ASSERT_OK(read);
      ASSERT_THAT(read->damage, IsEmpty());
      if (read->batch == nullptr) continue;
      ASSERT_EQ(read->batch->first_position(), next);
      for (size_t i = 0; i < read->batch->record_count(); ++i) {
        ASSERT_EQ(read->batch->Record(i), std::to_string(next.value + i));
      }
      next = read->next;
      read_to = next.value;
    }
  });
  for (uint64_t i = 0; i < kRecords; i += 4) {
    ASSERT_OK(Put(
        {std::to_string(i), std::to_string(i + 1), std::to_string(i + 2), std::to_string(i + 3)}));
    if (i % 400 == 0) {
      ASSERT_OK(log_->Trim({read_to.load()}));
    }
  }
  reader.join();
  EXPECT_EQ(read_to.load(), kRecords);
}

TEST_P(RecordLogTest, AnswersFromMemory) {
  if (GetParam() == Kind::kFileUncached) GTEST_SKIP();
  options_.tail_cache_bytes = 3 * 4200;
  Open();
  for (int i = 0; i < 5; ++i) ASSERT_OK(Put({std::to_string(i), "x"}));
  const RecordBatchPtr batch = log_->ReadCached({9});
  ASSERT_NE(batch, nullptr);
  EXPECT_THAT(RecordsOf(*batch), ElementsAre("4", "x"));
  EXPECT_EQ(batch->first_position(), Position{8});
  EXPECT_EQ(log_->ReadCached({10}), nullptr);
  if (GetParam() == Kind::kFile) {
    EXPECT_EQ(log_->ReadCached({3}), nullptr);
    EXPECT_NE(log_->ReadCached({4}), nullptr);
    EXPECT_LE(log_->stats().cached_bytes, options_.tail_cache_bytes);
    ASSERT_OK(log_->Trim({9}));
    EXPECT_EQ(log_->ReadCached({7}), nullptr);
    EXPECT_NE(log_->ReadCached({8}), nullptr);
  }
}

}  // namespace
}  // namespace hydrant
