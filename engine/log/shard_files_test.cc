// A log and its ledger when damage took a part of one of them.
#include "engine/log/shard_files.h"

#include "engine/log/log_test_util.h"
#include "engine/log/segment.h"
#include "engine/testing/faulty_file_system.h"
#include "engine/testing/temp_dir.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <random>

namespace hydrant {
namespace {

using testing::AppendAndSync;
using testing::Drain;
using ::testing::ElementsAre;
using testing::FakeClock;
using testing::Fault;
using testing::FaultyFileSystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::MakeBatch;
using testing::ReadText;
using ::testing::SizeIs;
using testing::WriteText;

class ShardFilesTest : public ::testing::Test {
 protected:
  ShardFilesTest() {
    options_.segment_bytes_max = 1000;
    options_.tail_cache_bytes = 0;
    options_.retention_time = absl::ZeroDuration();
    options_.retention_bytes = 0;
  }

  ShardFiles Open() {
    auto opened =
        OpenShardFiles(files_, "orders/0", directory_, branches_, options_, pool_, clock_);
    EXPECT_OK(opened);
    return opened.ok() ? *std::move(opened) : ShardFiles{};
  }

  // `count` records, of which about nine fit into a segment.
  void Fill(int count) {
    const ShardFiles shard = Open();
    for (int i = 0; i < count; ++i) {
      ASSERT_OK(AppendAndSync(*shard.log, MakeBatch(pool_, {std::string(30, 'x')}, clock_.now)));
    }
  }

  // Delivers up to `end`.
  void Settle(uint64_t end) {
    const ShardFiles shard = Open();
    ASSERT_OK(shard.ledgers[0]->Write(SettlePositions{{{{0}, {end}}}}));
    ASSERT_OK(shard.ledgers[0]->Sync());
    ASSERT_OK(shard.log->Trim({end}));
  }

  static void Seal(Ledger& ledger, const std::string& id, PositionRange range) {
    ChunkSeal seal;
    seal.id = id;
    seal.positions = {range};
    ASSERT_OK(ledger.Write(SealChunk{seal}));
  }

  std::string LastSegment() {
    const auto entries = files_.List(directory_ + "/log");
    EXPECT_OK(entries);
    std::string last;
    for (const FileEntry& entry : *entries) {
      if (ParseSegmentFileName(entry.name)) last = directory_ + "/log/" + entry.name;
    }
    return last;
  }

  testing::TempDir dir_;
  const std::string directory_ = dir_.File("shard-0");
  const std::string ledger_ = directory_ + "/ledger";
  FaultyFileSystem files_{FileSystem::Posix()};
  ArenaPool pool_{1 << 20};
  FakeClock clock_;
  std::vector<std::string> branches_;
  LogOptions options_;
};

TEST_F(ShardFilesTest, ANewShardHasNoProblem) {
  EXPECT_THAT(Open().problems, IsEmpty());
  EXPECT_THAT(Open().problems, IsEmpty());
  Fill(20);
  Settle(15);
  EXPECT_THAT(Open().problems, IsEmpty());
}

TEST_F(ShardFilesTest, WithoutItsLedgerALogIsDeliveredAgainAndThatIsTold) {
  Fill(40);
  Settle(25);
  const Position begin = Open().log->stats().begin;
  ASSERT_GT(begin, Position{});
  for (const std::string& left : {std::string("gone"), std::string(), std::string(5000, '?')}) {
    if (left == "gone") {
      ASSERT_OK(files_.Remove(ledger_));
    } else {
      WriteText(ledger_, left);
    }
    const ShardFiles shard = Open();
    ASSERT_THAT(shard.problems, SizeIs(1));
    EXPECT_THAT(shard.problems[0],
                HasSubstr("the log's " + std::to_string(40 - begin.value) + " records"));
    EXPECT_THAT(shard.problems[0], HasSubstr(left == "gone" ? "was missing" : "was damaged"));
    // What was trimmed had been delivered: it is not lost.
    EXPECT_EQ(shard.ledgers[0]->state().watermark, begin);
    EXPECT_EQ(shard.ledgers[0]->state().lost_records, 0u);
  }
  EXPECT_EQ(ReadText(ledger_ + ".damaged"), "");
  EXPECT_EQ(ReadText(ledger_ + ".damaged-2"), std::string(5000, '?'));
  EXPECT_THAT(Open().problems, IsEmpty());
}

TEST_F(ShardFilesTest, AnUnreadableEndOfALedgerIsAProblemAndATornOneIsNot) {
  Fill(20);
  Settle(5);
  Settle(15);
  const std::string whole = ReadText(ledger_);
  WriteText(ledger_, whole.substr(0, whole.size() - 3));
  EXPECT_THAT(Open().problems, IsEmpty());
  std::string damaged = whole;
  damaged[whole.size() - 3] ^= 1;
  WriteText(ledger_, damaged);
  {
    const ShardFiles shard = Open();
    ASSERT_THAT(shard.problems, SizeIs(1));
    EXPECT_THAT(shard.problems[0],
                HasSubstr("a copy of all of it is kept as " + ledger_ + ".damaged"));
    // The log was trimmed after the line that is lost: what is not there was delivered, not lost.
    EXPECT_GT(shard.log->stats().begin, Position{5});
    EXPECT_EQ(shard.ledgers[0]->state().watermark, shard.log->stats().begin);
    EXPECT_EQ(shard.ledgers[0]->state().lost_records, 0u);
  }
  EXPECT_EQ(ReadText(ledger_ + ".damaged"), damaged);
  EXPECT_THAT(Open().problems, IsEmpty());
}

TEST_F(ShardFilesTest, ACrashBeforeANewLedgersFirstEntryIsMadeUpFor) {
  Fill(40);
  Settle(25);
  const Position begin = Open().log->stats().begin;
  ASSERT_OK(files_.Remove(ledger_));
  ASSERT_OK(OpenFileLedger(files_, ledger_, true));
  const ShardFiles shard = Open();
  ASSERT_THAT(shard.problems, SizeIs(1));
  EXPECT_THAT(shard.problems[0], HasSubstr("was missing"));
  EXPECT_EQ(shard.ledgers[0]->state().watermark, begin);
  EXPECT_EQ(shard.ledgers[0]->state().lost_records, 0u);
}

// The log ends at 20, its ledger knows 48.
TEST_F(ShardFilesTest, ALostEndIsCountedOnce) {
  Fill(20);
  Settle(5);
  {
    const ShardFiles shard = Open();
    Seal(*shard.ledgers[0], "a", {{10}, {30}});
    Seal(*shard.ledgers[0], "b", {{30}, {48}});
  }
  for (int start = 0; start < 3; ++start) {
    const ShardFiles shard = Open();
    const LedgerState& state = shard.ledgers[0]->state();
    EXPECT_EQ(state.lost_records, 28u);
    EXPECT_EQ(state.watermark, Position{5});
    EXPECT_THAT(state.settled, ElementsAre(PositionRange{{20}, {48}}));
    EXPECT_EQ(shard.log->append_position(), Position{48});
    ASSERT_THAT(shard.problems, SizeIs(start == 0 ? 1 : 0));
    if (start == 0) {
      EXPECT_THAT(shard.problems[0], HasSubstr("28 records were lost"));
    }
  }
}

TEST_F(ShardFilesTest, AFullDiskDoesNotKeepALogWithALostEndFromOpening) {
  Fill(20);
  Seal(*Open().ledgers[0], "a", {{10}, {30}});
  files_.SetSpace(0);
  {
    const ShardFiles shard = Open();
    ASSERT_NE(shard.log, nullptr);
    EXPECT_THAT(shard.problems, SizeIs(1));
    EXPECT_EQ(shard.ledgers[0]->state().lost_records, 0u);
  }
  files_.StopFailing();
  EXPECT_EQ(Open().ledgers[0]->state().lost_records, 10u);
}

TEST_F(ShardFilesTest, ALastSegmentOfNoUseIsAProblemOnce) {
  Fill(20);
  const std::string path = LastSegment();
  WriteText(path, "");
  const ShardFiles shard = Open();
  ASSERT_THAT(shard.problems, SizeIs(1));
  EXPECT_THAT(shard.problems[0], HasSubstr(path + ".damaged"));
  const std::string first = std::to_string(
      ParseSegmentFileName(std::filesystem::path(path).filename().string())->first.value);
  EXPECT_THAT(shard.problems[0], HasSubstr("from position " + first + " on"));
}

// What a killed process wrote into the ledger is not durable for that: a power loss may still take it.
TEST_F(ShardFilesTest, OpeningTrimsNoFurtherThanTheLedgerIsSynced) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 20; ++round) {
    Fill(40);
    uint64_t end = 0;
    {
      const ShardFiles shard = Open();
      end = shard.log->append_position().value;
      ASSERT_OK(shard.ledgers[0]->Write(SettlePositions{{{{0}, {end - 3}}}}));
    }
    Open();
    files_.LosePower(random);
    const ShardFiles shard = Open();
    EXPECT_THAT(shard.problems, IsEmpty());
    EXPECT_LE(shard.log->stats().begin, shard.ledgers[0]->state().watermark);
    EXPECT_THAT(Drain(*shard.log, shard.ledgers[0]->state().watermark).damage, IsEmpty());
  }
}

// A branch that is new has nothing to do with what was delivered before; a known one holds the log.
TEST_F(ShardFilesTest, ABranchBeginsWithWhatIsNotSettledAndThenHoldsTheLog) {
  Fill(40);
  Settle(12);
  branches_ = {"backup"};
  {
    const ShardFiles shard = Open();
    ASSERT_THAT(shard.ledgers, SizeIs(2));
    EXPECT_EQ(shard.ledgers[1]->state().watermark, Position{12});
    ASSERT_OK(shard.ledgers[1]->Write(SettlePositions{{{{12}, {20}}}}));
    ASSERT_OK(shard.ledgers[0]->Write(SettlePositions{{{{12}, {40}}}}));
  }
  {
    const ShardFiles shard = Open();
    EXPECT_EQ(shard.ledgers[1]->state().watermark, Position{20});
    EXPECT_LE(shard.log->stats().begin, Position{20});
    EXPECT_THAT(shard.problems, IsEmpty());
  }
  branches_ = {};
  EXPECT_GE(Open().log->stats().begin, Position{36});
  branches_ = {"backup"};
  EXPECT_EQ(Open().ledgers[1]->state().watermark, Position{40});
}

// Nobody knows what a lost ledger said of the backup: all that is there is backed up again.
TEST_F(ShardFilesTest, ADamagedLedgerOfABranchBacksUpAgain) {
  branches_ = {"backup"};
  Fill(40);
  {
    const ShardFiles shard = Open();
    ASSERT_OK(shard.ledgers[1]->Write(SettlePositions{{{{0}, {30}}}}));
  }
  WriteText(directory_ + "/ledger-backup", "rubbish\n");
  const ShardFiles shard = Open();
  EXPECT_EQ(shard.ledgers[1]->state().watermark, shard.log->stats().begin);
  EXPECT_THAT(shard.problems, SizeIs(1));
}

}  // namespace
}  // namespace hydrant
