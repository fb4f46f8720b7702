// What every ledger must do, run over all of them; then what the journal file must survive.
#include "engine/log/ledger.h"

#include "engine/log/file_ledger.h"
#include "engine/log/ledger_journal.h"
#include "engine/log/log_test_util.h"
#include "engine/log/memory_ledger.h"
#include "engine/testing/faulty_file_system.h"
#include "engine/testing/temp_dir.h"

#include <filesystem>
#include <random>

namespace hydrant {

void PrintTo(const LedgerState& state, std::ostream* out) {
  *out << "watermark " << state.watermark.value << ", settled " << state.settled.size()
       << " ranges, open " << state.open_chunks.size() << ", highest " << state.highest.value;
}

namespace {

using ::testing::ElementsAre;
using testing::Fault;
using testing::FaultyFileSystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::ReadText;
using testing::StatusIs;
using testing::WriteText;

PositionRange Range(uint64_t begin, uint64_t end) { return {{begin}, {end}}; }

ChunkSeal MakeSeal(const std::string& id, PositionRanges positions) {
  ChunkSeal seal;
  seal.id = id;
  seal.name = "2024/01/02/03/stream-" + id + "\n\"\\ü";
  seal.partition = "customer=" + id;
  seal.positions = std::move(positions);
  seal.record_count = CountPositions(seal.positions);
  seal.payload_bytes = 100 * seal.record_count;
  seal.oldest_arrival = absl::FromUnixMicros(1'700'000'000'123'456);
  return seal;
}

enum class Kind { kFile, kMemory };

class LedgerTest : public ::testing::TestWithParam<Kind> {
 protected:
  LedgerTest() { Reopen(); }

  // A memory ledger has nothing to come back to.
  void Reopen() {
    if (GetParam() == Kind::kMemory) {
      if (ledger_ == nullptr) ledger_ = MakeMemoryLedger();
      return;
    }
    ledger_.reset();
    auto ledger = OpenFileLedger(files_, dir_.File("ledger"), true);
    ASSERT_OK(ledger);
    ledger_ = std::move(*ledger);
  }

  testing::TempDir dir_;
  FaultyFileSystem files_{FileSystem::Posix()};  // syncs nothing
  std::unique_ptr<Ledger> ledger_;
};

INSTANTIATE_TEST_SUITE_P(Ledgers, LedgerTest, ::testing::Values(Kind::kFile, Kind::kMemory),
                         [](const ::testing::TestParamInfo<Kind>& kind) -> std::string {
                           return kind.param == Kind::kFile ? "File" : "Memory";
                         });

TEST_P(LedgerTest, RefusesWhatCannotBe) {
  EXPECT_THAT(ledger_->Write(FinishChunk{"none"}), StatusIs(absl::StatusCode::kNotFound));
  ASSERT_OK(ledger_->Write(SealChunk{MakeSeal("a", {Range(0, 5)})}));
  EXPECT_THAT(ledger_->Write(SealChunk{MakeSeal("a", {Range(5, 6)})}),
              StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(ledger_->Write(SealChunk{MakeSeal("b", {Range(5, 5)})}),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(ledger_->Write(SettlePositions{{Range(7, 9), Range(1, 2)}}),
              StatusIs(absl::StatusCode::kInvalidArgument));
  ASSERT_OK(ledger_->Write(FinishChunk{"a"}));
  EXPECT_THAT(ledger_->Write(FinishChunk{"a"}), StatusIs(absl::StatusCode::kNotFound));
  Reopen();
  EXPECT_EQ(ledger_->state().watermark, Position{5});
  EXPECT_EQ(ledger_->state().highest, Position{5});
}

TEST_P(LedgerTest, StartsEmpty) {
  EXPECT_EQ(ledger_->state(), LedgerState{});
  Reopen();
  EXPECT_EQ(ledger_->state(), LedgerState{});
}

TEST_P(LedgerTest, KeepsOpenChunksInOrderWithAllTheirFields) {
  std::vector<ChunkSeal> seals = {MakeSeal("b", {Range(0, 2), Range(4, 9)}),
                                  MakeSeal("a", {Range(2, 4)}), MakeSeal("c", {Range(9, 10)})};
  seals[2].oldest_arrival = absl::InfiniteFuture();
  for (const ChunkSeal& seal : seals) ASSERT_OK(ledger_->Write(SealChunk{seal}));
  ASSERT_OK(ledger_->Sync());
  Reopen();
  EXPECT_EQ(ledger_->state().open_chunks, seals);
  EXPECT_EQ(ledger_->state().watermark, Position{0});
  EXPECT_EQ(ledger_->state().highest, Position{10});
  ASSERT_OK(ledger_->Write(FinishChunk{"a"}));
  Reopen();
  EXPECT_THAT(ledger_->state().open_chunks, ElementsAre(seals[0], seals[2]));
}

TEST_P(LedgerTest, TheWatermarkAdvancesOverAllThatIsSettled) {
  ASSERT_OK(ledger_->Write(SealChunk{MakeSeal("a", {Range(0, 5)})}));
  ASSERT_OK(ledger_->Write(SealChunk{MakeSeal("b", {Range(5, 8), Range(20, 22)})}));
  ASSERT_OK(ledger_->Write(SealChunk{MakeSeal("c", {Range(8, 12)})}));
  ASSERT_OK(ledger_->Write(FinishChunk{"b"}));
  EXPECT_EQ(ledger_->state().watermark, Position{0});
  EXPECT_THAT(ledger_->state().settled, ElementsAre(Range(5, 8), Range(20, 22)));
  ASSERT_OK(ledger_->Write(FinishChunk{"a"}));
  EXPECT_EQ(ledger_->state().watermark, Position{8});
  EXPECT_THAT(ledger_->state().settled, ElementsAre(Range(20, 22)));
  ASSERT_OK(ledger_->Write(SettlePositions{{Range(12, 20)}}));
  Reopen();
  EXPECT_EQ(ledger_->state().watermark, Position{8});
  ASSERT_OK(ledger_->Write(FinishChunk{"c"}));
  EXPECT_EQ(ledger_->state().watermark, Position{22});
  EXPECT_THAT(ledger_->state().settled, IsEmpty());
  EXPECT_THAT(ledger_->state().open_chunks, IsEmpty());
}

TEST_P(LedgerTest, SettlingTwiceChangesNothing) {
  ASSERT_OK(ledger_->Write(SettlePositions{{Range(0, 10)}}));
  ASSERT_OK(ledger_->Write(SettlePositions{{Range(2, 5)}}));
  ASSERT_OK(ledger_->Write(SettlePositions{{Range(8, 12), Range(15, 16)}}));
  EXPECT_EQ(ledger_->state().watermark, Position{12});
  EXPECT_THAT(ledger_->state().settled, ElementsAre(Range(15, 16)));
}

TEST_P(LedgerTest, CountsEachLostRecordOnce) {
  ASSERT_OK(ledger_->Write(SealChunk{MakeSeal("a", {Range(0, 10)})}));
  ASSERT_OK(ledger_->Write(SettlePositions{{Range(10, 12)}}));
  ASSERT_OK(ledger_->Write(LosePositions{{Range(5, 11), Range(20, 22)}}));
  EXPECT_EQ(ledger_->state().lost_records, 7u);
  Reopen();
  ASSERT_OK(ledger_->Write(LosePositions{{Range(5, 15)}}));
  EXPECT_EQ(ledger_->state().lost_records, 10u);
  ASSERT_OK(ledger_->Write(FinishChunk{"a"}));
  EXPECT_EQ(ledger_->state().watermark, Position{15});
  ASSERT_OK(ledger_->Write(LosePositions{{Range(0, 15)}}));
  Reopen();
  EXPECT_EQ(ledger_->state().lost_records, 10u);
}

TEST_P(LedgerTest, StaysSmallAndTrueOverManyChunks) {
  ASSERT_OK(ledger_->Write(SealChunk{MakeSeal("first", {Range(0, 1)})}));
  for (uint64_t i = 1; i < 12'000; ++i) {
    const std::string id = std::to_string(i);
    ASSERT_OK(ledger_->Write(SealChunk{MakeSeal(id, {Range(i, i + 1)})}));
    ASSERT_OK(ledger_->Write(FinishChunk{id}));
  }
  ASSERT_OK(ledger_->Write(SealChunk{MakeSeal("last", {Range(12'000, 12'001)})}));
  const LedgerState before = ledger_->state();
  Reopen();
  EXPECT_EQ(ledger_->state(), before);
  EXPECT_THAT(ledger_->state().settled, ElementsAre(Range(1, 12'000)));
  if (GetParam() == Kind::kFile) {
    EXPECT_LT(ReadText(dir_.File("ledger")).size(), 1'200'000u);
  }
  ASSERT_OK(ledger_->Write(FinishChunk{"first"}));
  EXPECT_EQ(ledger_->state().watermark, Position{12'000});
}

// ---- The journal file ----

class FileLedgerTest : public ::testing::Test {
 protected:
  // A journal of some entries, its text and the states after each line.
  FileLedgerTest() {
    auto ledger = OpenFileLedger(files_, path_, true);
    Note(**ledger);
    EXPECT_OK((*ledger)->Write(SealChunk{MakeSeal("a", {Range(0, 5)})}));
    Note(**ledger);
    EXPECT_OK((*ledger)->Write(SealChunk{MakeSeal("b", {Range(5, 8)})}));
    Note(**ledger);
    EXPECT_OK((*ledger)->Write(FinishChunk{"b"}));
    Note(**ledger);
    EXPECT_OK((*ledger)->Write(SettlePositions{{Range(10, 12)}}));
    Note(**ledger);
  }

  void Note(const Ledger& ledger) {
    text_ = ReadText(path_);
    states_.push_back(ledger.state());
    ends_.push_back(text_.size());
  }

  StatusOr<LedgerState> OpenText(std::string_view text) {
    WriteText(path_, text);
    ASSIGN_OR_RETURN(std::unique_ptr<Ledger> ledger, OpenFileLedger(files_, path_, true, &found_));
    return ledger->state();
  }

  testing::TempDir dir_;
  FaultyFileSystem files_{FileSystem::Posix()};  // syncs nothing
  FoundLedger found_;
  const std::string path_ = dir_.File("ledger");
  std::string text_;
  std::vector<LedgerState> states_;
  std::vector<size_t> ends_;
};

TEST_F(FileLedgerTest, EveryTornEndLeavesTheEntriesBeforeIt) {
  for (size_t size = ends_[0]; size <= text_.size(); ++size) {
    const StatusOr<LedgerState> state = OpenText(text_.substr(0, size));
    ASSERT_OK(state) << size;
    size_t whole = 0;
    while (whole + 1 < ends_.size() && ends_[whole + 1] <= size) ++whole;
    EXPECT_EQ(*state, states_[whole]) << size;
    EXPECT_EQ(found_.kept_as, "");
    // What was cut is gone from the file: a second look finds nothing to mend.
    EXPECT_EQ(ReadText(path_).size(), ends_[whole]);
  }
}

// No crash leaves a ledger without the lines that it is made with.
TEST_F(FileLedgerTest, AFileWithoutItsFirstLinesIsKeptAside) {
  std::vector<std::string> texts = {std::string(5000, '\0'), "not a ledger\n", "\n\n\n",
                                    text_.substr(text_.find('\n') + 1)};
  for (size_t size = 0; size < ends_[0]; ++size) texts.push_back(text_.substr(0, size));
  for (const std::string& text : texts) {
    const StatusOr<LedgerState> state = OpenText(text);
    ASSERT_OK(state);
    EXPECT_EQ(*state, LedgerState{});
    EXPECT_FALSE(found_.missing);
    ASSERT_THAT(found_.kept_as, HasSubstr(path_ + ".damaged"));
    EXPECT_TRUE(ReadText(found_.kept_as) == text);
  }
  EXPECT_EQ(found_.kept_as, path_ + ".damaged-" + std::to_string(texts.size()));
  EXPECT_OK(OpenText(text_));
  EXPECT_EQ(found_.kept_as, "");
}

TEST_F(FileLedgerTest, AMissingFileIsTold) {
  ASSERT_OK(files_.Remove(path_));
  ASSERT_OK(OpenFileLedger(files_, path_, true, &found_));
  EXPECT_TRUE(found_.missing);
  ASSERT_OK(OpenFileLedger(files_, path_, true, &found_));
  EXPECT_FALSE(found_.missing);
}

TEST_F(FileLedgerTest, AFileOfBeforeLossesWereCountedHasNone) {
  const std::string text = JournalLine(R"({"format":"hydrant-ledger","version":1})") +
                           JournalLine(R"({"op":"state","watermark":3,"settled":[],"highest":9})") +
                           JournalLine(R"({"op":"settle","positions":[[3,5]]})");
  const StatusOr<LedgerState> state = OpenText(text);
  ASSERT_OK(state);
  EXPECT_EQ(*state, (LedgerState{.watermark = {5}, .highest = {9}}));
}

// Each line of the four behind the first two is left out once: what the others say stands.
TEST_F(FileLedgerTest, ALineThatCannotBeReadIsSkipped) {
  const ChunkSeal a = states_[1].open_chunks[0];
  const ChunkSeal b = states_[2].open_chunks[1];
  const PositionRanges dropped = {Range(10, 12)};
  const std::vector<LedgerState> expected = {
      {.settled = {Range(5, 8), Range(10, 12)}, .highest = {12}},  // a is not known
      {.settled = dropped, .open_chunks = {a}, .highest = {12}},   // nor b, to be done
      {.settled = dropped, .open_chunks = {a, b}, .highest = {12}},
      {.settled = {Range(5, 8)}, .open_chunks = {a}, .highest = {8}}};
  for (size_t i = 0; i < expected.size(); ++i) {
    std::string text = text_;
    text[ends_[i] + 20] ^= 1;
    const StatusOr<LedgerState> state = OpenText(text);
    ASSERT_OK(state);
    EXPECT_EQ(*state, expected[i]) << i;
    EXPECT_EQ(found_.first_skipped, i + 3);
    EXPECT_EQ(found_.skipped_lines, i == 1 ? 2u : 1u);
    EXPECT_EQ(ReadText(found_.copy), text);
    // The file is a whole one again.
    auto ledger = OpenFileLedger(files_, path_, true, &found_);
    ASSERT_OK(ledger);
    EXPECT_EQ((*ledger)->state(), expected[i]) << i;
    EXPECT_EQ(found_.skipped_lines, 0u);
  }
}

// Without its "reduce" a chunk seems to hold the records that it gave up: "done" must not settle them.
TEST_F(FileLedgerTest, AnEntryOfAChunkWhoseReduceIsMissingIsSkipped) {
  Failure failure;
  failure.positions = {Range(3, 5)};
  {
    auto ledger = OpenFileLedger(files_, path_, true);
    ASSERT_OK(ledger);
    ASSERT_OK((*ledger)->Write(ReduceChunk{"a", {Range(0, 3)}, {failure}}));
    Note(**ledger);
    ASSERT_OK((*ledger)->Write(FinishChunk{"a"}));
    Note(**ledger);
  }
  EXPECT_EQ(states_.back().watermark, Position{3});
  const std::string taken_out = text_.substr(0, ends_[4]) + text_.substr(ends_[5]);
  std::string damaged = text_;
  damaged[ends_[4] + 20] ^= 1;
  for (const std::string& text : {taken_out, damaged}) {
    const StatusOr<LedgerState> state = OpenText(text);
    ASSERT_OK(state);
    EXPECT_EQ(*state, states_[4]);
    EXPECT_GT(found_.skipped_lines, 0u);
  }
  // That the records are sealed elsewhere shows it too.
  auto ledger = OpenFileLedger(files_, path_, true);
  WriteText(path_, damaged);
  ledger->reset();
  const std::string documents = JournalLine(
      R"({"op":"seal","id":"e","name":"e","partition":"","positions":[[3,5]],"records":2,"bytes":2,"oldest_us":1})");
  const StatusOr<LedgerState> state = OpenText(damaged + documents);
  ASSERT_OK(state);
  ASSERT_THAT(state->open_chunks, ::testing::SizeIs(1));
  EXPECT_EQ(state->open_chunks[0].id, "e");
  EXPECT_THAT(state->settled, ElementsAre(Range(5, 8), Range(10, 12)));
}

// An entry of before "held" was written is believed where nothing is missing.
TEST_F(FileLedgerTest, EntriesOfEarlierVersionsAreBelievedWhereNothingIsMissing) {
  const std::string done = JournalLine(R"({"op":"done","id":"a"})");
  StatusOr<LedgerState> state = OpenText(text_ + done);
  ASSERT_OK(state);
  EXPECT_EQ(state->watermark, Position{8});
  EXPECT_EQ(found_.skipped_lines, 0u);
  state = OpenText(text_ + "damaged\n" + done);
  ASSERT_OK(state);
  EXPECT_EQ(*state, states_.back());
  EXPECT_EQ(found_.skipped_lines, 2u);
}

TEST_F(FileLedgerTest, AnyFlippedBitIsFound) {
  for (size_t at = 0; at < text_.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string text = text_;
      text[at] = static_cast<char>(text[at] ^ (1 << bit));
      const StatusOr<JournalContent> content = ReadJournal(text, "");
      ASSERT_OK(content) << at;
      EXPECT_EQ(content->whole, at >= ends_[0]) << at;
      // The last newline is the end of an incomplete write.
      if (at + 1 == text.size()) {
        EXPECT_EQ(content->valid_bytes, ends_[ends_.size() - 2]);
      } else if (content->whole) {
        EXPECT_GT(content->skipped_lines, 0u) << at;
      }
      EXPECT_NE(content->state, states_.back()) << at;
    }
  }
}

TEST_F(FileLedgerTest, DamageIsToldAndItsEvidenceKept) {
  for (size_t at = 0; at + 1 < text_.size(); ++at) {
    std::string text = text_;
    text[at] = static_cast<char>(text[at] ^ (1 << at % 8));
    ASSERT_OK(OpenText(text)) << at;
    const bool has_first_lines = at >= ends_[0];
    EXPECT_EQ(found_.skipped_lines > 0, has_first_lines) << at;
    const std::string& evidence = has_first_lines ? found_.copy : found_.kept_as;
    EXPECT_TRUE(ReadText(evidence) == text) << "evidence was thrown away";
    ASSERT_OK(files_.Remove(evidence));
  }
}

TEST_F(FileLedgerTest, AFullDiskDoesNotKeepALedgerWithADamagedEndFromOpening) {
  std::string text = text_;
  text[text.size() - 5] ^= 1;
  WriteText(path_, text);
  files_.SetSpace(10);
  ASSERT_OK(OpenFileLedger(files_, path_, true, &found_));
  EXPECT_EQ(found_.first_skipped, ends_.size() + 1);  // the first note is of two lines
  EXPECT_EQ(ReadText(path_), text_.substr(0, ends_[ends_.size() - 2]));
  EXPECT_EQ(found_.copy, "");
  EXPECT_THAT(files_.FileSize(path_ + ".damaged"), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(FileLedgerTest, RefusesANewerVersionAndTouchesNothing) {
  const std::string text =
      testing::ReadText(path_).substr(ends_[0]) + JournalLine(R"({"op":"later"})");
  const std::string newer = JournalLine(R"({"format":"hydrant-ledger","version":2})") + text;
  EXPECT_THAT(OpenText(newer),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("version 2")));
  EXPECT_EQ(ReadText(path_), newer);
}

TEST_F(FileLedgerTest, RefusesASecondHolder) {
  auto first = OpenFileLedger(files_, path_, true);
  ASSERT_OK(first);
  EXPECT_THAT(OpenFileLedger(files_, path_, true),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("locked")));
  first->reset();
  EXPECT_OK(OpenFileLedger(files_, path_, true));
}

TEST_F(FileLedgerTest, RefusesTextThatIsNotUtf8AndGoesOn) {
  auto ledger = OpenFileLedger(files_, path_, true);
  ChunkSeal seal = MakeSeal("x", {Range(20, 21)});
  seal.name = "\xff";
  EXPECT_THAT((*ledger)->Write(SealChunk{seal}), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ((*ledger)->state(), states_.back());
  EXPECT_OK((*ledger)->Write(SealChunk{MakeSeal("x", {Range(20, 21)})}));
}

TEST_F(FileLedgerTest, SyncReachesTheDiskOnceForManyEntries) {
  auto ledger = OpenFileLedger(files_, path_, true);
  const uint64_t before = files_.syncs();
  EXPECT_OK((*ledger)->Write(SettlePositions{{Range(30, 31)}}));
  EXPECT_OK((*ledger)->Write(SettlePositions{{Range(32, 33)}}));
  EXPECT_OK((*ledger)->Sync());
  EXPECT_OK((*ledger)->Sync());
  EXPECT_EQ(files_.syncs(), before + 1);
}

TEST_F(FileLedgerTest, AFullDiskIsToldAndOvercome) {
  auto ledger = OpenFileLedger(files_, path_, true);
  files_.SetSpace(10);
  EXPECT_THAT((*ledger)->Write(FinishChunk{"a"}), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ((*ledger)->state(), states_.back());
  EXPECT_EQ(ReadText(path_), text_);
  files_.StopFailing();
  EXPECT_OK((*ledger)->Write(FinishChunk{"a"}));
  EXPECT_OK((*ledger)->Sync());
  EXPECT_EQ((*ledger)->state().watermark, Position{8});
}

TEST_F(FileLedgerTest, AFailedSyncStopsIt) {
  auto ledger = OpenFileLedger(files_, path_, true);
  ASSERT_OK((*ledger)->Write(FinishChunk{"a"}));
  files_.FailKind("sync", Fault::kNoSpace);
  EXPECT_THAT((*ledger)->Sync(), StatusIs(absl::StatusCode::kInternal));
  files_.StopFailing();
  EXPECT_THAT((*ledger)->Sync(), StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT((*ledger)->Write(SettlePositions{{Range(30, 31)}}),
              StatusIs(absl::StatusCode::kInternal));
}

// Whatever call fails: an entry that was taken and synced is there after the next start, and one
// that was refused with "no room" is not.
// Whatever call was the last of a process that died.
TEST_F(FileLedgerTest, ANameThatWasNotSyncedIsSyncedByTheNextToOpen) {
  std::mt19937_64 random(7);
  for (uint64_t call = 1;; ++call) {
    ASSERT_OK(files_.Remove(path_));
    files_.FailCall(call, Fault::kIoError, /*repeat=*/true);
    if (auto dying = OpenFileLedger(files_, path_, true); dying.ok()) {
      (*dying)->Sync().IgnoreError();
    }
    const bool died = files_.failed();
    files_.StopFailing();
    {
      auto ledger = OpenFileLedger(files_, path_, true);
      ASSERT_OK(ledger);
      ASSERT_OK((*ledger)->Write(SealChunk{MakeSeal("kept", {Range(0, 5)})}));
      ASSERT_OK((*ledger)->Sync());
    }
    files_.LosePower(random);
    auto ledger = OpenFileLedger(files_, path_, true);
    ASSERT_OK(ledger);
    EXPECT_EQ((*ledger)->state().open_chunks.size(), 1u) << "died in call " << call;
    if (!died) break;
  }
}

TEST_F(FileLedgerTest, EachFailingCallKeepsThePromises) {
  // One directory, and large entries: a busy disk makes each removed directory wait, and a rewrite is
  // reached after few calls.
  const testing::TempDir dir;
  const std::string path = dir.File("ledger");
  for (const Fault fault : {Fault::kIoError, Fault::kNoSpace, Fault::kShortWrite}) {
    for (uint64_t call = 1; call < 10'000; ++call) {
      std::filesystem::remove(path);
      FaultyFileSystem files(FileSystem::Posix());
      files.FailCall(call, fault);
      LedgerState synced;
      LedgerState taken;
      {
        auto ledger = OpenFileLedger(files, path, true);
        for (uint64_t i = 0; ledger.ok() && i < 17; ++i) {
          const std::string id = "chunk" + std::to_string(i) + std::string(20'000, '.');
          (*ledger)->Write(SealChunk{MakeSeal(id, {Range(i, i + 1)})}).IgnoreError();
          (*ledger)->Write(FinishChunk{id}).IgnoreError();  // may fail as the seal did
          if (i % 5 == 0 && (*ledger)->Sync().ok()) synced = (*ledger)->state();
          if (i % 5 == 1 && files.failed()) break;
        }
        if (ledger.ok()) taken = (*ledger)->state();
      }
      const bool failed = files.failed();
      files.StopFailing();
      auto again = OpenFileLedger(files, path, true);
      ASSERT_OK(again) << "call " << call;
      EXPECT_GE((*again)->state().highest, synced.highest) << "call " << call;
      EXPECT_GE((*again)->state().watermark, synced.watermark) << "call " << call;
      EXPECT_LE((*again)->state().highest, taken.highest + 1) << "call " << call;
      if (failed) continue;
      EXPECT_LT(std::filesystem::file_size(path), 1 << 20) << "was not rewritten";
      break;
    }
  }
}

}  // namespace
}  // namespace hydrant
