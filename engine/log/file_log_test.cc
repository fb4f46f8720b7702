// What the log in files must survive: crashes, damage, full and failing disks, other versions.
#include "engine/log/file_log.h"

#include "engine/log/crc32c.h"
#include "engine/log/log_test_util.h"
#include "engine/log/segment.h"
#include "engine/testing/faulty_file_system.h"
#include "engine/testing/temp_dir.h"

#include <filesystem>
#include <random>
#include <sys/stat.h>
#include <unistd.h>

namespace hydrant {
namespace {

using testing::AppendAndSync;
using testing::Drain;
using testing::Drained;
using ::testing::ElementsAre;
using testing::FakeClock;
using testing::Fault;
using testing::FaultyFileSystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::MakeBatch;
using testing::ReadText;
using ::testing::SizeIs;
using testing::StatusIs;
using testing::WriteText;

class FileLogTest : public ::testing::Test {
 protected:
  FileLogTest() {
    options_.durability = Durability::kOs;
    options_.segment_bytes_max = 1000;
    options_.tail_cache_bytes = 0;
  }

  StatusOr<std::unique_ptr<RecordLog>> Open(Position at_least = {}) {
    recovered_.clear();
    return OpenFileLog(files_, directory_, options_, pool_, clock_, at_least, &recovered_);
  }

  std::vector<std::string> Segments() const {
    std::vector<std::string> paths;
    const StatusOr<std::vector<FileEntry>> entries = FileSystem::Posix().List(directory_);
    EXPECT_OK(entries);
    for (const FileEntry& entry : *entries) {
      if (ParseSegmentFileName(entry.name)) paths.push_back(directory_ + "/" + entry.name);
    }
    return paths;
  }

  // `count` commits of 3 records of differing sizes: 3 or 4 frames a segment.
  void Fill(RecordLog& log, int count) {
    for (int i = 0; i < count; ++i) {
      const std::string text = "record " + std::to_string(written_.size());
      std::vector<std::string> records = {text, "", text + std::string(100 + i % 7, '.')};
      ASSERT_OK(AppendAndSync(log, MakeBatch(pool_, records, clock_.now)));
      written_.insert(written_.end(), records.begin(), records.end());
    }
  }

  // Every record that is served is the one written there; every one that isn't is reported lost.
  void ExpectServedOrReported(RecordLog& log, uint64_t end) {
    const Drained all = Drain(log, {}, 400);
    PositionRanges seen;
    for (const auto& [position, text] : all.records) {
      ASSERT_LT(position, written_.size());
      ASSERT_EQ(text, written_[position]);
      AddRange(seen, {{position}, {position + 1}});
    }
    for (const LogDamage& damage : all.damage) AddRange(seen, damage.positions);
    if (end > 0) {
      EXPECT_THAT(seen, ElementsAre(PositionRange{{0}, {end}}));
    }
    EXPECT_EQ(all.next, Position{end});
  }

  void ExpectServed(RecordLog& log, uint64_t position, const std::string& text) {
    const Drained all = Drain(log, {position});
    ASSERT_FALSE(all.records.empty());
    EXPECT_EQ(all.records.front(), std::make_pair(position, text));
  }

  testing::TempDir dir_;
  const std::string directory_ = dir_.File("shard");
  FaultyFileSystem files_{FileSystem::Posix()};
  ArenaPool pool_{1 << 20};
  FakeClock clock_;
  LogOptions options_;
  std::vector<LogDamage> recovered_;
  std::vector<std::string> written_;
};

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

// ---- Torn and damaged files ----

TEST_F(FileLogTest, EveryTornEndLosesOnlyTheLastFrame) {
  Fill(**Open(), 9);
  const std::string path = Segments().back();
  const std::string before_last = ReadText(path);
  {
    auto log = Open();
    Fill(**log, 1);
  }
  ASSERT_EQ(Segments().back(), path) << "the last frame must not start a segment";
  const std::string text = ReadText(path);
  for (size_t size = before_last.size(); size < text.size(); ++size) {
    for (const char* tail : {"", "rubbish!rubbish!"}) {
      // Rubbish in place of the padding leaves the frame valid.
      if (*tail != 0 && size > text.size() - kFrameAlignment) continue;
      WriteText(path, text.substr(0, size) + tail);
      auto log = Open();
      ASSERT_OK(log);
      const bool torn = size > before_last.size() || *tail != 0;
      ASSERT_THAT(recovered_, SizeIs(torn ? 1 : 0));
      if (torn) {
        EXPECT_EQ(recovered_[0].offset, before_last.size());
        EXPECT_EQ(recovered_[0].positions.size(), 0u);
      }
      EXPECT_EQ((*log)->append_position(), Position{27});
      ASSERT_TRUE(ReadText(path) == before_last);
      ExpectServedOrReported(**log, 27);
      EXPECT_THAT(Drain(**log, {}).damage, IsEmpty());
    }
  }
}

// What a crash can leave of a segment that was being made: an unfinished file, or one that is empty.
TEST_F(FileLogTest, ANewSegmentThatACrashCutOffIsNoDamage) {
  Fill(**Open(), 10);
  const SegmentId id{{30}, 77};
  const std::string path = directory_ + "/" + SegmentFileName(id);
  const SegmentHeaderBytes header = EncodeSegmentHeader({id, 0});
  for (size_t size = 0; size <= header.size(); ++size) {
    WriteText(path + ".tmp", std::string_view(header.data(), size));
    auto log = Open({30});
    ASSERT_OK(log);
    EXPECT_THAT(recovered_, IsEmpty());
    EXPECT_EQ((*log)->append_position(), Position{30});
    EXPECT_FALSE(std::filesystem::exists(path + ".tmp"));
  }
  WriteText(path, std::string_view(header.data(), header.size()));
  auto log = Open({30});
  EXPECT_THAT(recovered_, IsEmpty());
  Fill(**log, 1);
  EXPECT_GT(ReadText(path).size(), header.size());
}

// Whatever ends up under its name has a header: no crash explains one that has not.
TEST_F(FileLogTest, ALastSegmentOfNoUseIsKeptAsideAndItsPositionsAreNotGivenAgain) {
  Fill(**Open(), 10);
  const std::string path = Segments().back();
  const std::string text = ReadText(path);
  const Position first = ParseSegmentFileName(path.substr(directory_.size() + 1))->first;
  ASSERT_GT(first, Position{});
  ASSERT_LT(first, Position{30});
  for (const std::string& left : {std::string(), text.substr(0, 30), std::string(200, '\0')}) {
    for (const Position ledger_end : {Position{}, first, Position{29}, Position{30}}) {
      WriteText(path, left);
      auto log = Open(ledger_end);
      ASSERT_OK(log);
      const Position end = std::max(first, ledger_end);
      ASSERT_THAT(recovered_, SizeIs(end > first ? 2 : 1));
      EXPECT_EQ(recovered_[0].file, path);
      EXPECT_EQ(recovered_[0].positions, (PositionRange{first, first}));
      EXPECT_TRUE(ReadText(recovered_[0].kept_as) == left);
      if (end > first) {
        EXPECT_EQ(recovered_[1].positions, (PositionRange{first, end}));
      }
      EXPECT_EQ((*log)->append_position(), end);
      ExpectServedOrReported(**log, end.value);
      EXPECT_FALSE(std::filesystem::exists(path));
    }
  }
}

// The name of a segment of no use proves positions that the segment before it has lost as well.
TEST_F(FileLogTest, TheNameOfASegmentOfNoUseGuardsItsPositions) {
  Fill(**Open(), 10);
  std::vector<std::string> paths = Segments();
  const Position first = ParseSegmentFileName(paths.back().substr(directory_.size() + 1))->first;
  WriteText(paths.back(), "");
  WriteText(paths[paths.size() - 2],
            std::string_view(ReadText(paths[paths.size() - 2])).substr(0, kSegmentHeaderBytes));
  const Position before =
      ParseSegmentFileName(paths[paths.size() - 2].substr(directory_.size() + 1))->first;
  auto log = Open();
  ASSERT_OK(log);
  EXPECT_EQ((*log)->append_position(), first);
  ASSERT_FALSE(recovered_.empty());
  EXPECT_EQ(recovered_.back().positions, (PositionRange{before, first}));
  ASSERT_OK(AppendAndSync(**log, MakeBatch(pool_, {"later"})));
  log->reset();
  ExpectServed(**Open(), first.value, "later");
}

// Flips bits all over a segment: intact frames around the damage stay, nothing damaged is served.
TEST_F(FileLogTest, FlippedBitsLoseNoOtherFrame) {
  Fill(**Open(), 13);
  const std::vector<std::string> paths = Segments();
  ASSERT_GE(paths.size(), 3u);
  std::mt19937_64 random(4);
  for (const std::string& path : {paths.front(), paths[paths.size() / 2], paths.back()}) {
    const bool is_last = path == paths.back();
    const std::string text = ReadText(path);
    std::vector<std::pair<uint64_t, FrameHeader>> frames;
    const SegmentId id = *ParseSegmentFileName(path.substr(directory_.size() + 1));
    for (uint64_t at = kSegmentHeaderBytes; at < text.size();) {
      frames.emplace_back(at, *DecodeFrameHeader(std::string_view(text).substr(at), id, at));
      at += frames.back().second.frame_bytes();
    }
    for (size_t f = 0; f < frames.size(); ++f) {
      const auto& [offset, header] = frames[f];
      const uint64_t covered = kFrameHeaderBytes + header.body_bytes();
      for (uint64_t byte = 0; byte < covered; ++byte) {
        const bool in_header = byte < kFrameHeaderBytes;
        if (!in_header && random() % 8 != 0) continue;
        for (int bit = in_header ? 0 : static_cast<int>(random() % 8); bit < 8; ++bit) {
          std::string flipped = text;
          flipped[offset + byte] = static_cast<char>(flipped[offset + byte] ^ (1 << bit));
          WriteText(path, flipped);
          auto log = Open();
          ASSERT_OK(log);
          const bool cut = is_last && f + 1 == frames.size();
          ExpectServedOrReported(**log, cut ? 36 : 39);
          const Drained all = Drain(**log, {});
          ASSERT_THAT(all.records, SizeIs(36)) << "frame " << f << " byte " << byte;
          ASSERT_THAT(all.damage, SizeIs(cut ? 0 : 1));
          if (!cut) {
            EXPECT_EQ(all.damage[0].positions, (PositionRange{header.first, header.end()}));
          }
          EXPECT_THAT(recovered_, SizeIs(is_last ? 1 : 0));
          if (!in_header) break;
        }
      }
    }
    WriteText(path, text);
  }
}

TEST_F(FileLogTest, ADamagedSegmentHeaderIsToldAndLosesNothing) {
  Fill(**Open(), 10);
  for (const std::string& path : Segments()) {
    const std::string text = ReadText(path);
    for (const size_t byte : {size_t{0}, size_t{8}, kSegmentHeaderBytes - 1}) {
      std::string damaged = text;
      damaged[byte] ^= 1;
      WriteText(path, damaged);
      auto log = Open();
      ASSERT_OK(log);
      ASSERT_THAT(recovered_, SizeIs(1));
      EXPECT_EQ(recovered_[0].file, path);
      EXPECT_THAT(recovered_[0].reason, HasSubstr("header is damaged"));
      EXPECT_EQ(recovered_[0].positions.size(), 0u);
      ExpectServedOrReported(**log, 30);
      EXPECT_THAT(Drain(**log, {}).records, SizeIs(30));
    }
    WriteText(path, text);
  }
}

TEST_F(FileLogTest, OneDamagedRangeIsLoggedOnce) {
  Fill(**Open(), 10);
  const std::string path = Segments().front();
  std::string text = ReadText(path);
  std::fill(text.begin() + kSegmentHeaderBytes, text.end(), '\0');
  WriteText(path, text);
  auto log = Open();
  testing::LoggedLines() = 0;
  for (uint64_t from = 0; from < 9; ++from) {
    EXPECT_THAT((*log)->Read({from}, 100)->damage, SizeIs(1));
  }
  EXPECT_EQ(testing::LoggedLines(), 1);
}

TEST_F(FileLogTest, ALogGoesOnInANewSegmentAfterADamagedHeader) {
  Fill(**Open(), 9);
  const std::string path = Segments().back();
  std::string text = ReadText(path);
  text[0] = 'x';
  WriteText(path, text);
  auto log = Open();
  Fill(**log, 2);
  EXPECT_EQ(ReadText(path), text);
  log->reset();
  ExpectServedOrReported(**Open(), 33);
}

TEST_F(FileLogTest, ALostBlockOrFileIsReportedAndPassedOver) {
  Fill(**Open(), 18);
  const std::vector<std::string> paths = Segments();
  ASSERT_GE(paths.size(), 4u);
  std::string text = ReadText(paths[1]);
  std::fill(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(text.size() / 2), '\0');
  WriteText(paths[1], text);
  std::filesystem::remove(paths[2]);
  auto log = Open();
  ExpectServedOrReported(**log, 54);
  std::filesystem::remove(paths[0]);  // beside the running log
  ExpectServedOrReported(**log, 54);
  Fill(**log, 1);
  ExpectServedOrReported(**log, 57);
}

TEST_F(FileLogTest, RecordsThatLookLikeFramesAreNotTakenForOnes) {
  {
    auto log = Open();
    Fill(**log, 1);
    // A piece of this very file, sent in as a record, and one with the right offset but a wrong
    // salt.
    const std::string file = ReadText(Segments().back());
    std::string forged = std::string(4, ' ') + file.substr(kSegmentHeaderBytes);
    ASSERT_OK(AppendAndSync(**log, MakeBatch(pool_, {forged})));
    written_.push_back(forged);
    Fill(**log, 1);
  }
  const std::string path = Segments().back();
  std::string text = ReadText(path);
  const size_t second = text.find("HFR1", kSegmentHeaderBytes + 1);
  text[second + 8] ^= 1;  // the header of the frame that carries it
  WriteText(path, text);
  auto log = Open();
  ExpectServedOrReported(**log, 7);
  EXPECT_THAT(Drain(**log, {}).records, SizeIs(6));
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
