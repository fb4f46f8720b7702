// What the log in files makes of torn ends and damage: nothing damaged is served, nothing else is lost, and
// it is said.
#include "engine/log/file_log_fixture.h"

#include <algorithm>
#include <filesystem>
#include <random>

namespace hydrant {
namespace {

using testing::AppendAndSync;
using testing::Drain;
using testing::Drained;
using testing::FileLogTest;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::MakeBatch;
using testing::ReadText;
using ::testing::SizeIs;
using testing::WriteText;

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
  const testing::LoggedLines lines;
  for (uint64_t from = 0; from < 9; ++from) {
    EXPECT_THAT((*log)->Read({from}, 100)->damage, SizeIs(1));
  }
  EXPECT_EQ(lines.count(), 1);
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

}  // namespace
}  // namespace hydrant
