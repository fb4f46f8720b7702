// What the log in files must survive: crashes, full and failing disks, other versions.
#include "engine/log/crc32c.h"
#include "engine/log/file_log_fixture.h"

#include <cstring>
#include <filesystem>
#include <random>
#include <sys/stat.h>
#include <unistd.h>

namespace hydrant {
namespace {

using testing::AppendAndSync;
using testing::Drain;
using testing::Drained;
using testing::Fault;
using testing::FileLogTest;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::MakeBatch;
using testing::ReadText;
using ::testing::SizeIs;
using testing::StatusIs;
using testing::WriteText;

TEST_F(FileLogTest, RefusesANewerVersionAndTouchesNothing) {
  Fill(**Open(), 10);
  for (const std::string& path : {Segments().front(), Segments().back()}) {
    const std::string text = ReadText(path);
    std::string newer = text;
    newer[8] = 9;
    const uint32_t crc = Crc32c(newer.substr(0, 60));
    std::memcpy(newer.data() + 60, &crc, sizeof(crc));
    newer += "torn";
    WriteText(path, newer);
    EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                 ::testing::AllOf(HasSubstr("version 9"), HasSubstr(path))));
    EXPECT_EQ(ReadText(path), newer);
    WriteText(path, text);
  }
  ExpectServedOrReported(**Open(), 30);
}

TEST_F(FileLogTest, RefusesASecondHolder) {
  auto first = Open();
  ASSERT_OK(first);
  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("locked")));
  first->reset();
  EXPECT_OK(Open());
}

TEST_F(FileLogTest, RefusesRenamedSegments) {
  Fill(**Open(), 10);
  const std::string path = Segments().back();
  std::string renamed = path;
  renamed[renamed.size() - 5] = renamed[renamed.size() - 5] == 'a' ? 'b' : 'a';
  std::filesystem::rename(path, renamed);
  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("name")));
  std::filesystem::rename(renamed, path);
  ExpectServedOrReported(**Open(), 30);
}

TEST_F(FileLogTest, TellsOfADirectoryThatIsNone) {
  WriteText(directory_, "a file");
  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kInternal, HasSubstr("Not a directory")));
}

TEST_F(FileLogTest, TellsOfADirectoryThatMayNotBeWritten) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write anywhere";
  ASSERT_EQ(::mkdir(directory_.c_str(), 0500), 0);
  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr(directory_)));
}

TEST_F(FileLogTest, RefusesABatchThatNoFrameHolds) {
  auto log = Open();
  RecordBatchBuilder builder(pool_, kFrameBytesMax);
  builder.Reserve(kFrameBytesMax);
  builder.CommitRecord(kFrameBytesMax);
  EXPECT_THAT((*log)->Append(std::move(builder).Build(clock_.now)),
              StatusIs(absl::StatusCode::kInvalidArgument));
  Fill(**log, 1);
  ExpectServedOrReported(**log, 3);
}

TEST_F(FileLogTest, GoesOnAfterReopening) {
  for (int round = 0; round < 20; ++round) {
    auto log = Open();
    ASSERT_OK(log);
    EXPECT_THAT(recovered_, IsEmpty());
    EXPECT_EQ((*log)->append_position().value, written_.size());
    ExpectServedOrReported(**log, written_.size());
    Fill(**log, round % 4);
    ExpectServedOrReported(**log, written_.size());
  }
  EXPECT_GT(Segments().size(), 3u);
}

TEST_F(FileLogTest, NeverGivesAPositionTwice) {
  Fill(**Open(), 2);
  auto log = Open({100});
  ASSERT_OK(log);
  EXPECT_EQ((*log)->append_position(), Position{100});
  Drained all = Drain(**log, {});
  EXPECT_THAT(all.records, SizeIs(6));
  ASSERT_THAT(all.damage, SizeIs(1));
  EXPECT_EQ(all.damage[0].positions, (PositionRange{{6}, {100}}));
  ASSERT_OK(AppendAndSync(**log, MakeBatch(pool_, {"later"})));
  log->reset();
  log = Open({50});
  all = Drain(**log, {});
  ASSERT_THAT(all.records, SizeIs(7));
  EXPECT_EQ(all.records.back(), std::make_pair(uint64_t{100}, std::string("later")));
}

TEST_F(FileLogTest, PositionsSurviveThatAllIsTrimmed) {
  options_.retention_time = absl::ZeroDuration();
  auto log = Open();
  Fill(**log, 10);
  clock_.now += absl::Minutes(1);
  ASSERT_OK((*log)->Trim({30}));
  EXPECT_EQ((*log)->stats().disk_bytes, kSegmentHeaderBytes);
  log->reset();
  log = Open();
  EXPECT_EQ((*log)->append_position(), Position{30});
  EXPECT_EQ((*log)->stats().begin, Position{30});
}

TEST_F(FileLogTest, ManyBatchesGoOutInFewCalls) {
  options_.durability = Durability::kFsync;
  auto log = Open();
  Fill(**log, 1);
  const uint64_t appends = files_.appends();
  const uint64_t syncs = files_.syncs();
  for (int i = 0; i < 100; ++i) ASSERT_OK((*log)->Append(MakeBatch(pool_, {"x"})));
  ASSERT_OK((*log)->Sync());
  EXPECT_EQ(files_.appends(), appends + 1);
  EXPECT_EQ(files_.syncs(), syncs + 1);
  for (int i = 0; i < 3; ++i) {
    ASSERT_OK((*log)->Append(MakeBatch(pool_, {std::string(5 << 20, 'x')})));
  }
  EXPECT_EQ(files_.appends(), appends + 4) << "a header and two frames, before Sync";
}

TEST_F(FileLogTest, TinyFramesAreReadManyAtATime) {
  options_.segment_bytes_max = 64 << 20;
  auto log = Open();
  for (int i = 0; i < 5000; ++i) ASSERT_OK((*log)->Append(MakeBatch(pool_, {std::to_string(i)})));
  ASSERT_OK((*log)->Sync());
  const Drained all = Drain(**log, {}, 1 << 20);
  EXPECT_THAT(all.records, SizeIs(5000));
  EXPECT_EQ(all.records[4321].second, "4321");
  EXPECT_LE(all.reads, 3u);
}

TEST_F(FileLogTest, AReadGivesAtLeastOneFrame) {
  auto log = Open();
  ASSERT_OK(AppendAndSync(**log, MakeBatch(pool_, {std::string(1'000'000, 'b')})));
  EXPECT_EQ(Drain(**log, {}, 10).records.at(0).second.size(), 1'000'000u);
}

// ---- Full and failing disks ----

TEST_F(FileLogTest, AFullDiskIsToldAndOvercome) {
  auto log = Open();
  Fill(**log, 3);
  const Position before = (*log)->append_position();
  for (uint64_t space = 0; space < 400; space += 37) {
    files_.SetSpace(space);
    ASSERT_OK((*log)->Append(MakeBatch(pool_, {std::string(500, 'f')})));
    EXPECT_THAT((*log)->Sync(), StatusIs(absl::StatusCode::kResourceExhausted));
    EXPECT_EQ((*log)->append_position(), before);
    EXPECT_EQ((*log)->stats().durable_end, before);
    ExpectServedOrReported(**log, before.value);
  }
  files_.StopFailing();
  EXPECT_OK((*log)->Sync()) << "what was refused is forgotten";
  Fill(**log, 5);
  log->reset();
  log = Open();
  EXPECT_THAT(recovered_, IsEmpty());
  ExpectServedOrReported(**log, 24);
}

// Part of a large commit is written before Sync: it must go as well when the rest finds no room.
TEST_F(FileLogTest, AFullDiskUndoesTheWholeCommit) {
  options_.segment_bytes_max = 64 << 20;
  auto log = Open();
  Fill(**log, 3);
  const std::string path = Segments().back();
  const std::string before = ReadText(path);
  for (int i = 0; i < 2; ++i) {
    ASSERT_OK((*log)->Append(MakeBatch(pool_, {std::string(5 << 20, 'x')})));
  }
  ASSERT_GT(ReadText(path).size(), before.size()) << "nothing was written before Sync";
  files_.SetSpace(1 << 20);
  EXPECT_THAT((*log)->Append(MakeBatch(pool_, {"y"})),
              StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ((*log)->append_position(), Position{11}) << "what was appended before still stands";
  EXPECT_THAT((*log)->Sync(), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_TRUE(ReadText(path) == before);
  files_.StopFailing();
  Fill(**log, 2);
  log->reset();
  log = Open();
  EXPECT_THAT(recovered_, IsEmpty());
  ExpectServedOrReported(**log, 15);
}

TEST_F(FileLogTest, AFullDiskTakesWhatIsKeptForReplay) {
  auto log = Open();
  Fill(**log, 10);
  ASSERT_OK((*log)->Trim({30}));
  ASSERT_OK((*log)->Append(MakeBatch(pool_, {"x"})));
  files_.FailCall(2, Fault::kNoSpace);  // 1: how much is free; 2: the write
  EXPECT_OK((*log)->Sync());
  EXPECT_TRUE(files_.failed());
  EXPECT_GT((*log)->stats().begin, Position{});
}

TEST_F(FileLogTest, AFailedSyncStopsAppendsButNotReads) {
  options_.durability = Durability::kFsync;
  auto log = Open();
  Fill(**log, 3);
  ASSERT_OK((*log)->Append(MakeBatch(pool_, {"unsure"})));
  files_.FailKind("sync", Fault::kNoSpace);
  EXPECT_THAT((*log)->Sync(), StatusIs(absl::StatusCode::kInternal));
  files_.StopFailing();
  EXPECT_THAT((*log)->Append(MakeBatch(pool_, {"x"})), StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT((*log)->Sync(), StatusIs(absl::StatusCode::kInternal));
  ExpectServedOrReported(**log, 9);
  log->reset();
  log = Open();
  ASSERT_OK(log);
  EXPECT_GE((*log)->append_position(), Position{9});
}

// Producers were told that their records are not taken: opening the log again must not find them.
TEST_F(FileLogTest, WhatAFailedSyncLeavesIsCutOff) {
  options_.durability = Durability::kFsync;
  auto log = Open();
  Fill(**log, 2);
  for (const char* kind : {"sync", "append"}) {
    ASSERT_OK((*log)->Append(MakeBatch(pool_, {std::string(5 << 20, 'x')})));
    ASSERT_OK((*log)->Append(MakeBatch(pool_, {"y"})));  // which writes the first one
    files_.FailKind(kind, Fault::kIoError);
    EXPECT_THAT((*log)->Sync(), StatusIs(absl::StatusCode::kInternal)) << kind;
    files_.StopFailing();
    log->reset();
    log = Open();
    ASSERT_OK(log);
    EXPECT_EQ((*log)->append_position(), Position{6}) << kind;
    EXPECT_THAT(recovered_, IsEmpty()) << kind;
  }
}

// A process that died between write and sync left them in the system's cache, from where they are delivered.
TEST_F(FileLogTest, WhatWasNotSyncedIsSyncedByTheNextToOpen) {
  std::mt19937_64 random(7);
  options_.segment_bytes_max = 1 << 20;
  options_.durability = Durability::kFsync;
  Fill(**Open(), 1);
  for (int round = 0; round < 5; ++round) {
    options_.durability = Durability::kOs;
    Fill(**Open(), 1);
    options_.durability = Durability::kFsync;
    ASSERT_OK(Open());
    files_.LosePower(random);
    auto log = Open();
    ASSERT_OK(log);
    ExpectServedOrReported(**log, written_.size());
    EXPECT_EQ((*log)->append_position().value, written_.size());
    EXPECT_THAT(recovered_, IsEmpty());
  }
}

// Whatever call was the last of a process that died.
TEST_F(FileLogTest, NamesThatWereNotSyncedAreSyncedByTheNextToOpen) {
  std::mt19937_64 random(7);
  options_.durability = Durability::kFsync;
  ASSERT_OK(Open());
  for (uint64_t call = 1;; ++call) {
    for (const std::string& path : Segments()) ASSERT_OK(files_.Remove(path));
    files_.FailCall(call, Fault::kIoError, /*repeat=*/true);
    if (auto dying = Open(); dying.ok() && (*dying)->Append(MakeBatch(pool_, {"lost"})).ok()) {
      (*dying)->Sync().IgnoreError();
    }
    const bool died = files_.failed();
    files_.StopFailing();
    Position kept;
    {
      auto log = Open();
      ASSERT_OK(log);
      kept = (*log)->append_position();
      ASSERT_OK((*log)->Append(MakeBatch(pool_, {"kept"})));
      ASSERT_OK((*log)->Sync());
    }
    files_.LosePower(random);
    auto log = Open();
    ASSERT_OK(log);
    const auto read = (*log)->Read(kept, 1000);
    ASSERT_OK(read);
    ASSERT_NE(read->batch, nullptr) << "died in call " << call;
    EXPECT_EQ(read->batch->Record(kept - read->batch->first_position()), "kept");
    if (!died) break;
  }
}

TEST_F(FileLogTest, AReadThatFailsLosesNothing) {
  auto log = Open();
  Fill(**log, 5);
  files_.FailKind("read", Fault::kIoError);
  EXPECT_THAT((*log)->Read({}, 1000), StatusIs(absl::StatusCode::kInternal));
  files_.StopFailing();
  ExpectServedOrReported(**log, 15);
}

// Whatever call fails, and however: what was acknowledged is there after the next start, in its
// place.
TEST_F(FileLogTest, EachFailingCallKeepsThePromises) {
  options_.durability = Durability::kFsync;
  options_.retention_time = absl::ZeroDuration();
  ASSERT_OK(Open());
  for (const Fault fault : {Fault::kIoError, Fault::kNoSpace, Fault::kShortWrite}) {
    for (const bool repeat : {false, true}) {
      for (uint64_t call = 1;; ++call) {
        for (const std::string& path : Segments()) std::filesystem::remove(path);
        std::vector<std::string> acknowledged;
        files_.FailCall(call, fault, repeat);
        for (int round = 0; round < 2; ++round) {
          auto log = Open({acknowledged.size()});
          if (!log.ok()) continue;
          ASSERT_GE((*log)->append_position().value, acknowledged.size());
          if ((*log)->append_position().value > acknowledged.size())
            continue;  // unsure ones stayed
          for (int i = 0; i < 6; ++i) {
            const std::string text = std::to_string(i) + std::string(300, 'x');
            if (!(*log)->Append(MakeBatch(pool_, {text})).ok()) continue;
            if (!(*log)->Append(MakeBatch(pool_, {"+"})).ok()) {
              // The first one stands: the next Sync decides about it.
              if ((*log)->Sync().ok()) acknowledged.push_back(text);
              continue;
            }
            if (!(*log)->Sync().ok()) continue;
            acknowledged.push_back(text);
            acknowledged.push_back("+");
            (*log)->Trim({2}).IgnoreError();  // tried again by the next one
            ASSERT_EQ((*log)->append_position().value, acknowledged.size());
          }
        }
        const bool failed = files_.failed();
        files_.StopFailing();
        auto log = Open();
        ASSERT_OK(log) << "call " << call;
        const uint64_t begin = (*log)->stats().begin.value;
        EXPECT_LE(begin, acknowledged.empty() ? 0u : 2u);
        const Drained all = Drain(**log, {begin});
        ASSERT_GE(all.records.size() + begin, acknowledged.size()) << "call " << call;
        for (uint64_t i = begin; i < acknowledged.size(); ++i) {
          ASSERT_EQ(all.records[i - begin].first, i);
          ASSERT_EQ(all.records[i - begin].second, acknowledged[i]) << "call " << call;
        }
        if (!failed) break;
      }
    }
  }
}

}  // namespace
}  // namespace hydrant
