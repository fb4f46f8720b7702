// What a ledger remembers of chunks that were not simply delivered: parts that are left, failures, other
// destinations; over both ledgers, and over restarts and rewrites of the journal.
#include "engine/log/file_ledger.h"
#include "engine/log/log_test_util.h"
#include "engine/log/memory_ledger.h"
#include "engine/testing/faulty_file_system.h"
#include "engine/testing/temp_dir.h"

#include <gmock/gmock.h>

namespace hydrant {
namespace {

using ::testing::ElementsAre;
using testing::FaultyFileSystem;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::StatusIs;

PositionRange Range(uint64_t begin, uint64_t end) { return {{begin}, {end}}; }

ChunkSeal MakeSeal(const std::string& id, PositionRanges positions) {
  ChunkSeal seal;
  seal.id = id;
  seal.name = "logs/" + id;
  seal.positions = std::move(positions);
  seal.oldest_arrival = absl::FromUnixSeconds(1'700'000'000);
  return seal;
}

Failure MakeFailure(PositionRanges positions, const std::string& code = "Splunk.ServerError") {
  Failure failure;
  failure.positions = std::move(positions);
  failure.type = "splunk-failed";
  failure.error_code = code;
  failure.error_message = "no \"room\"\nleft, sorry";
  failure.attempts = 7;
  failure.ended = absl::FromUnixMicros(1'700'000'000'123'456);
  failure.details = {{"EventId", "42"}};
  return failure;
}

enum class Kind { kFile, kMemory };

class LedgerOutcomesTest : public ::testing::TestWithParam<Kind> {
 protected:
  LedgerOutcomesTest() { Reopen(); }

  void Reopen() {
    if (GetParam() == Kind::kMemory) {
      if (!ledger_) ledger_ = MakeMemoryLedger();
      return;
    }
    ledger_.reset();
    auto ledger = OpenFileLedger(files_, dir_.File("ledger"), true);
    ASSERT_OK(ledger);
    ledger_ = std::move(*ledger);
  }
  const LedgerState& Reopened() {
    Reopen();
    return ledger_->state();
  }
  // Until the journal is written anew.
  void Compact() {
    for (int i = 0; i < 3000; ++i) {
      ASSERT_OK(ledger_->Write(NoteAttempts{"keep", 1, absl::FromUnixSeconds(1)}));
      ASSERT_OK(ledger_->Write(RerouteChunk{"keep", std::string(500, 'x'), 0}));
    }
  }

  testing::TempDir dir_;
  FaultyFileSystem files_{FileSystem::Posix()};
  std::unique_ptr<Ledger> ledger_;
};

INSTANTIATE_TEST_SUITE_P(Ledgers, LedgerOutcomesTest, ::testing::Values(Kind::kFile, Kind::kMemory),
                         [](const ::testing::TestParamInfo<Kind>& kind) -> std::string {
                           return kind.param == Kind::kFile ? "File" : "Memory";
                         });

TEST_P(LedgerOutcomesTest, AReducedChunkKeepsWhatIsLeft) {
  ASSERT_OK(ledger_->Write(SealChunk{MakeSeal("a", {Range(0, 10)})}));
  ASSERT_OK(
      ledger_->Write(ReduceChunk{"a", {Range(2, 4)}, {MakeFailure({Range(5, 6), Range(7, 8)})}}));
  const LedgerState& state = Reopened();
  ASSERT_THAT(state.open_chunks, SizeIs(1));
  EXPECT_THAT(state.open_chunks[0].positions, ElementsAre(Range(2, 4)));
  EXPECT_THAT(state.failed, ElementsAre(MakeFailure({Range(5, 6), Range(7, 8)})));
  EXPECT_EQ(state.watermark, Position{2});
  EXPECT_THAT(state.settled, ElementsAre(Range(4, 5), Range(6, 7), Range(8, 10)));
  ASSERT_OK(ledger_->Write(FinishChunk{"a"}));
  EXPECT_EQ(ledger_->state().watermark, Position{5});
}

TEST_P(LedgerOutcomesTest, WhatAnotherDestinationTookOfAChunkIsElsewhere) {
  ASSERT_OK(ledger_->Write(SealChunk{MakeSeal("a", {Range(0, 10)})}));
  ASSERT_OK(ledger_->Write(LosePositions{{Range(8, 9)}}));
  ASSERT_OK(ledger_->Write(ReduceChunk{"a", {Range(2, 4)}, {MakeFailure({Range(5, 6)})}, true}));
  const LedgerState& state = Reopened();
  EXPECT_THAT(state.open_chunks[0].positions, ElementsAre(Range(2, 4)));
  EXPECT_THAT(state.elsewhere, ElementsAre(Range(0, 2), Range(4, 5), Range(6, 8), Range(9, 10)));
  EXPECT_THAT(state.settled, ElementsAre(Range(8, 9)));
  EXPECT_EQ(state.watermark, Position{0});
}

TEST_P(LedgerOutcomesTest, AChunkOfWhichNothingIsLeftEnds) {
  ASSERT_OK(ledger_->Write(SealChunk{MakeSeal("a", {Range(0, 3)})}));
  ASSERT_OK(ledger_->Write(ReduceChunk{"a", {}, {MakeFailure({Range(0, 3)})}}));
  EXPECT_THAT(ledger_->state().open_chunks, IsEmpty());
  EXPECT_EQ(ledger_->state().watermark, Position{0});
  EXPECT_THAT(ledger_->Write(FinishChunk{"a"}), StatusIs(absl::StatusCode::kNotFound));
}

TEST_P(LedgerOutcomesTest, FailuresAreSettledWithTheirErrorDocuments) {
  ASSERT_OK(
      ledger_->Write(FailPositions{{MakeFailure({Range(0, 5)}), MakeFailure({Range(8, 9)})}}));
  ChunkSeal documents = MakeSeal("e", {Range(0, 2), Range(8, 9)});
  documents.failures = {MakeFailure({Range(0, 2)}), MakeFailure({Range(8, 9)}, "other")};
  ASSERT_OK(ledger_->Write(SealChunk{documents}));
  const LedgerState& state = Reopened();
  EXPECT_THAT(state.failed, ElementsAre(MakeFailure({Range(2, 5)})));
  EXPECT_THAT(state.open_chunks, ElementsAre(documents));
  ASSERT_OK(ledger_->Write(FinishChunk{"e"}));
  EXPECT_EQ(ledger_->state().watermark, Position{2});
  EXPECT_THAT(ledger_->state().settled, ElementsAre(Range(8, 9)));
}

TEST_P(LedgerOutcomesTest, AReducedChunkOfErrorDocumentsKeepsTheFailuresOfWhatIsLeft) {
  ChunkSeal documents = MakeSeal("e", {Range(0, 6)});
  documents.failures = {MakeFailure({Range(0, 2)}), MakeFailure({Range(2, 6)}, "other")};
  ASSERT_OK(ledger_->Write(SealChunk{documents}));
  ASSERT_OK(ledger_->Write(ReduceChunk{"e", {Range(3, 5)}, {}}));
  ASSERT_OK(ledger_->Write(SealChunk{MakeSeal("keep", {Range(6, 7)})}));
  Compact();
  const LedgerState& state = Reopened();
  ASSERT_THAT(state.open_chunks, SizeIs(2));
  EXPECT_THAT(state.open_chunks[0].failures, ElementsAre(MakeFailure({Range(3, 5)}, "other")));
}

TEST_P(LedgerOutcomesTest, RemembersAttemptsAndTheDestination) {
  const absl::Time since = absl::FromUnixMicros(1'700'000'000'000'001);
  ASSERT_OK(ledger_->Write(SealChunk{MakeSeal("a", {Range(0, 3)})}));
  ASSERT_OK(ledger_->Write(NoteAttempts{"a", 3, since}));
  EXPECT_EQ(Reopened().open_chunks.at(0).attempts, 3u);
  EXPECT_EQ(ledger_->state().open_chunks.at(0).failing_since, since);
  ASSERT_OK(ledger_->Write(RerouteChunk{"a", "second/a", 1}));
  const ChunkSeal& rerouted = Reopened().open_chunks.at(0);
  EXPECT_EQ(rerouted.name, "second/a");
  EXPECT_EQ(rerouted.destination, 1u);
  EXPECT_EQ(rerouted.attempts, 0u);  // there it begins anew
  EXPECT_EQ(rerouted.failing_since, absl::InfiniteFuture());
}

TEST_P(LedgerOutcomesTest, WhatIsElsewhereIsNotSettled) {
  ASSERT_OK(ledger_->Write(SealChunk{MakeSeal("a", {Range(0, 5)})}));
  ASSERT_OK(ledger_->Write(FinishElsewhere{"a"}));
  EXPECT_EQ(Reopened().watermark, Position{0});
  EXPECT_THAT(ledger_->state().elsewhere, ElementsAre(Range(0, 5)));
  EXPECT_THAT(ledger_->state().open_chunks, IsEmpty());
  ASSERT_OK(ledger_->Write(SealChunk{MakeSeal("copy", {Range(0, 3)})}));
  ASSERT_OK(ledger_->Write(SettlePositions{{Range(3, 5)}}));
  EXPECT_THAT(ledger_->state().elsewhere, IsEmpty());
  ASSERT_OK(ledger_->Write(FinishChunk{"copy"}));
  EXPECT_EQ(ledger_->state().watermark, Position{5});
}

TEST_P(LedgerOutcomesTest, WhatWasLostIsNowhere) {
  ASSERT_OK(ledger_->Write(SealChunk{MakeSeal("a", {Range(0, 5)})}));
  ASSERT_OK(ledger_->Write(LosePositions{{Range(0, 1), Range(3, 4)}}));
  ASSERT_OK(ledger_->Write(FinishElsewhere{"a"}));
  EXPECT_THAT(Reopened().elsewhere, ElementsAre(Range(1, 3), Range(4, 5)));
  EXPECT_EQ(ledger_->state().watermark, Position{1});
}

TEST_P(LedgerOutcomesTest, AllOfItOutlivesARewrite) {
  ASSERT_OK(ledger_->Write(SealChunk{MakeSeal("keep", {Range(0, 1)})}));
  ASSERT_OK(ledger_->Write(SealChunk{MakeSeal("a", {Range(1, 9)})}));
  ASSERT_OK(ledger_->Write(FinishElsewhere{"a"}));
  ASSERT_OK(ledger_->Write(FailPositions{{MakeFailure({Range(9, 12)})}}));
  ChunkSeal documents = MakeSeal("e", {Range(12, 14)});
  documents.failures = {MakeFailure({Range(12, 14)})};
  documents.attempts = 2;
  documents.failing_since = absl::FromUnixSeconds(5);
  ASSERT_OK(ledger_->Write(SealChunk{documents}));
  Compact();
  const LedgerState before = ledger_->state();
  EXPECT_EQ(Reopened(), before);
  EXPECT_THAT(before.elsewhere, ElementsAre(Range(1, 9)));
  EXPECT_THAT(before.failed, SizeIs(1));
}

TEST_P(LedgerOutcomesTest, RefusesWhatCannotBe) {
  ASSERT_OK(ledger_->Write(SealChunk{MakeSeal("a", {Range(0, 5)})}));
  const auto invalid = StatusIs(absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(ledger_->Write(ReduceChunk{"a", {Range(3, 6)}, {}}), invalid);
  EXPECT_THAT(ledger_->Write(ReduceChunk{"a", {}, {MakeFailure({Range(4, 6)})}}), invalid);
  EXPECT_THAT(ledger_->Write(ReduceChunk{"a", {Range(0, 2)}, {MakeFailure({Range(1, 3)})}}),
              invalid);
  EXPECT_THAT(
      ledger_->Write(FailPositions{{MakeFailure({Range(7, 9)}), MakeFailure({Range(8, 10)})}}),
      invalid);
  ChunkSeal documents = MakeSeal("e", {Range(6, 9)});
  documents.failures = {MakeFailure({Range(6, 8)})};
  EXPECT_THAT(ledger_->Write(SealChunk{documents}), invalid);
  const auto missing = StatusIs(absl::StatusCode::kNotFound);
  EXPECT_THAT(ledger_->Write(RerouteChunk{"b", "x", 1}), missing);
  EXPECT_THAT(ledger_->Write(NoteAttempts{"b", 1, absl::Now()}), missing);
  EXPECT_THAT(ledger_->Write(FinishElsewhere{"b"}), missing);
  EXPECT_THAT(ledger_->Write(ReduceChunk{"b", {}, {}}), missing);
  EXPECT_THAT(Reopened().open_chunks, SizeIs(1));
  EXPECT_THAT(ledger_->state().failed, IsEmpty());
}

}  // namespace
}  // namespace hydrant
