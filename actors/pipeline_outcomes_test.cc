// What becomes of records that a destination does not simply take: given up, taken in part, sent elsewhere, backed up.
#include "actors/pipeline_fixture.h"

#include <absl/strings/escaping.h>
#include <absl/strings/str_split.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>
#include <variant>
#include <vector>

namespace hydrant {
namespace {

using nlohmann::json;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr int kForever = 1'000'000;

class OutcomesTest : public PipelineTest {
 protected:
  OutcomesTest() { definition_.s3->buffering.interval = absl::ZeroDuration(); }

  std::vector<json> Documents() const {
    std::vector<json> documents;
    for (const Attempt& attempt : errors_->delivered) {
      for (absl::string_view line : absl::StrSplit(attempt.body, '\n', absl::SkipEmpty())) {
        documents.push_back(json::parse(line));
      }
    }
    return documents;
  }
  // The records that error documents tell of.
  std::vector<std::string> FailedRecords() const {
    std::vector<std::string> records;
    for (const json& document : Documents()) {
      std::string raw;
      EXPECT_TRUE(absl::Base64Unescape(document.at("rawData").get<std::string>(), &raw));
      records.push_back(raw);
    }
    return records;
  }
  const LedgerState& Ledger() const { return ledger_->ledger->state(); }
  static DeliveryOutcome Of(std::vector<RecordOutcome> records) {
    DeliveryOutcome outcome = DeliveryOutcome::Delivered();
    outcome.records = std::move(records);
    return outcome;
  }
  static RecordOutcome Record(uint32_t index, OutcomeKind kind) {
    return {index, kind, "Test.Code", "planted"};
  }
};

TEST_F(OutcomesTest, ARejectedChunkGoesToTheErrorOutputAndIsSettledThere) {
  sink_->outcomes.push_back(DeliveryOutcome::Reject("Test.Refused", "not these"));
  errors_->failures_left = 2;
  Start();
  PutAndRun({"one", "two"});
  EXPECT_THAT(Bodies(), IsEmpty());
  EXPECT_EQ(Ledger().watermark, Position{0});  // not before its documents are
  Advance(seconds(10));
  EXPECT_THAT(FailedRecords(), ElementsAre("one", "two"));
  const json document = Documents().at(0);
  EXPECT_EQ(document.at("errorCode"), "Test.Refused");
  EXPECT_EQ(document.at("errorMessage"), "not these");
  EXPECT_EQ(Ledger().watermark, Position{2});
  EXPECT_THAT(Ledger().failed, IsEmpty());
  EXPECT_EQ(memory_.used(), 0u);
  PutAndRun({"three"});
  EXPECT_THAT(Bodies(), ElementsAre("three"));
}

TEST_F(OutcomesTest, OnlyWhatIsLeftOfAChunkIsTriedAgain) {
  definition_.s3->buffering = {5, absl::Seconds(60)};
  sink_->outcomes.push_back(Of({Record(1, OutcomeKind::kRetry), Record(2, OutcomeKind::kReject)}));
  Start();
  PutAndRun({"a", "b", "c", "d", "e"});
  Advance(seconds(61));
  ASSERT_THAT(sink_->attempts, SizeIs(2));
  EXPECT_EQ(sink_->attempts[0].body, "abcde");
  EXPECT_EQ(sink_->attempts[1].body, "b");
  EXPECT_THAT(FailedRecords(), ElementsAre("c"));
  EXPECT_EQ(Ledger().watermark, Position{5});
  EXPECT_EQ(memory_.used(), 0u);
}

TEST_F(OutcomesTest, AfterTheRetryDurationRecordsAreGivenUp) {
  retry_.duration = absl::Seconds(20);
  sink_->failures_left = kForever;
  Start();
  PutAndRun({"x"});
  Advance(seconds(18));
  EXPECT_THAT(FailedRecords(), IsEmpty());
  Advance(seconds(8));
  EXPECT_THAT(FailedRecords(), ElementsAre("x"));
  EXPECT_GE(Documents().at(0).at("attemptsMade").get<int>(), 2);
  EXPECT_EQ(Ledger().watermark, Position{1});
}

TEST_F(OutcomesTest, ARetryDurationOfZeroMeansOneAttempt) {
  retry_.duration = absl::ZeroDuration();
  sink_->failures_left = 1;
  Start();
  PutAndRun({"x"});
  EXPECT_THAT(FailedRecords(), ElementsAre("x"));
  EXPECT_THAT(sink_->attempts, SizeIs(1));
}

TEST_F(OutcomesTest, TheRetryDurationGoesOnOverARestart) {
  retry_.duration = absl::Seconds(20);
  sink_->failures_left = kForever;
  Start();
  PutAndRun({"x"});
  ASSERT_THAT(Ledger().open_chunks, SizeIs(1));
  EXPECT_EQ(Ledger().open_chunks[0].attempts, 1u);
  Stop();
  // As if it had begun long ago.
  NoteAttempts past{Ledger().open_chunks[0].id, 1, absl::Now() - absl::Hours(1)};
  ASSERT_OK(ledger_->ledger->Write(past));
  Start();
  Advance(seconds(2));
  EXPECT_THAT(FailedRecords(), ElementsAre("x"));
}

TEST_F(OutcomesTest, ARestartGoesOnWithWhatWasGivenUp) {
  sink_->outcomes.push_back(DeliveryOutcome::Reject("Test.Refused", "not these"));
  definition_.s3->buffering = {1000, absl::Seconds(60)};
  Start();
  PutAndRun({"one", "two"});
  Advance(seconds(62));
  ASSERT_THAT(Ledger().failed, SizeIs(1));  // its documents are still gathered
  Stop();
  Start();
  PutAndRun({"three"});
  Advance(seconds(62));
  EXPECT_THAT(FailedRecords(), ElementsAre("one", "two"));
  EXPECT_THAT(Bodies(), ElementsAre("three"));
  EXPECT_EQ(Ledger().watermark, Position{3});
}

TEST_F(OutcomesTest, ARestartRebuildsErrorDocumentsUnderTheirName) {
  sink_->outcomes.push_back(DeliveryOutcome::Reject("Test.Refused", "not these"));
  errors_->failures_left = kForever;
  Start();
  PutAndRun({"one", "two"});
  ASSERT_THAT(Ledger().open_chunks, SizeIs(1));
  Stop();
  errors_->failures_left = 0;
  Start();
  ASSERT_THAT(errors_->delivered, SizeIs(1));
  EXPECT_EQ(errors_->delivered[0].name, errors_->attempts[0].name);
  EXPECT_EQ(errors_->delivered[0].body, errors_->attempts[0].body);
  EXPECT_EQ(Ledger().watermark, Position{2});
}

TEST_F(OutcomesTest, AChunkOnWhichTheEncoderCrashesThreeTimesIsQuarantined) {
  sink_->encode_throws = 2;
  sink_->encode_fails_checks = 1;
  Start();
  PutAndRun({"poison"});
  Advance(seconds(120));
  EXPECT_THAT(FailedRecords(), ElementsAre("poison"));
  EXPECT_EQ(Documents().at(0).at("errorCode"), "Hydrant.ComponentCrashed");
  EXPECT_EQ(probe_->breaker(), BreakerState::kClosed);  // it is not the destination's fault
  PutAndRun({"fine"});
  EXPECT_THAT(Bodies(), ElementsAre("fine"));
}

// Fails on a record that says so; else adds a mark.
class PoisonTransform final : public Transform {
 public:
  void Apply(TransformInput input, std::function<void(TransformOutput)> done) override {
    const RecordBatch& batch = *input.slice.batch;
    RecordBatchBuilder builder(*input.pool, 1024);
    for (uint32_t i = input.slice.begin; i < input.slice.end; ++i) {
      if (batch.Record(i) == "poison" && spared-- <= 0) throw std::runtime_error("planted");
      builder.AddRecord(std::string(batch.Record(i)) + "!");
    }
    done({std::move(builder).BuildTransformed(batch.arrival(), input.slice.positions(), {})});
  }

  int spared = 0;  // so many times it is taken all the same
};

TEST_F(OutcomesTest, ABatchOnWhichATransformCrashesThreeTimesIsQuarantinedAsItCame) {
  transforms_.push_back(std::make_shared<PoisonTransform>());
  Start();
  PutAndRun({"before"});
  PutAndRun({"poison"});
  PutAndRun({"behind"});
  Advance(seconds(10));
  EXPECT_THAT(FailedRecords(), ElementsAre("poison"));
  EXPECT_THAT(Bodies(), UnorderedElementsAre("before!", "behind!"));
  EXPECT_EQ(Ledger().watermark, Position{3});
  EXPECT_EQ(memory_.used(), 0u);
}

TEST_F(OutcomesTest, ABatchIsGivenUpOnceThoughTheLedgerHadNoRoomForIt) {
  transforms_.push_back(std::make_shared<PoisonTransform>());
  RefusingLedger& disk = RefuseWrites(
      [](const LedgerEntry& entry) { return std::holds_alternative<FailPositions>(entry); });
  Start();
  PutAndRun({"poison"});
  Advance(seconds(10));
  EXPECT_THAT(FailedRecords(), IsEmpty());
  EXPECT_THAT(Ledger().failed, IsEmpty());
  disk.refuses = nullptr;
  Advance(seconds(60));
  PutAndRun({"fine"});
  EXPECT_THAT(FailedRecords(), ElementsAre("poison"));
  EXPECT_THAT(Bodies(), ElementsAre("fine!"));
  EXPECT_EQ(Ledger().watermark, Position{2});
  EXPECT_EQ(memory_.used(), 0u);
}

TEST_F(OutcomesTest, ATextThatIsNoneStopsNoStream) {
  sink_->outcomes.push_back(
      DeliveryOutcome::Reject("Test.\xff", std::string(100'000, 'm') + "\xc3"));
  Start();
  PutAndRun({"refused"});
  Advance(seconds(5));
  EXPECT_THAT(FailedRecords(), ElementsAre("refused"));
  EXPECT_EQ(Documents().at(0).at("errorCode"), "Test.\xef\xbf\xbd");
  EXPECT_EQ(Documents().at(0).at("errorMessage"), std::string(4096, 'm'));
  EXPECT_EQ(Ledger().watermark, Position{1});
}

// After a change of the transforms, say.
TEST_F(OutcomesTest, AChunkThatCanNotBeBuiltAgainIsGivenUpAsItCame) {
  definition_.s3->buffering = {1000, absl::Seconds(1)};
  sink_->failures_left = kForever;
  Start();
  PutAndRun({"one"});
  PutAndRun({"poison"});
  PutAndRun({"three"});
  Advance(seconds(2));
  ASSERT_THAT(Ledger().open_chunks, SizeIs(1));
  Stop();
  sink_->failures_left = 0;
  transforms_.push_back(std::make_shared<PoisonTransform>());
  Start();
  Advance(seconds(10));
  EXPECT_THAT(FailedRecords(), ElementsAre("one", "poison", "three"));
  EXPECT_EQ(Documents().at(0).at("errorCode"), "Hydrant.ComponentCrashed");
  EXPECT_THAT(Bodies(), IsEmpty());
  PutAndRun({"fine"});
  Advance(seconds(2));
  EXPECT_THAT(Bodies(), ElementsAre("fine!"));
  EXPECT_EQ(Ledger().watermark, Position{4});
  EXPECT_EQ(memory_.used(), 0u);
}

// Its reason stays, and its name: an attempt before the restart may have got through.
TEST_F(OutcomesTest, ErrorDocumentsThatCanNotBeTransformedAgainTellOfRecordsAsTheyCame) {
  sink_->outcomes.push_back(DeliveryOutcome::Reject("Test.Refused", "not these"));
  errors_->failures_left = kForever;
  Start();
  PutAndRun({"poison"});
  Advance(seconds(10));
  ASSERT_THAT(Ledger().open_chunks, SizeIs(1));
  const std::string name = Ledger().open_chunks[0].name;
  Stop();
  errors_->failures_left = 0;
  transforms_.push_back(std::make_shared<PoisonTransform>());
  Start();
  Advance(seconds(10));
  EXPECT_THAT(FailedRecords(), ElementsAre("poison"));
  EXPECT_EQ(Documents().at(0).at("errorCode"), "Test.Refused");
  EXPECT_EQ(errors_->delivered.at(0).name, name);
  EXPECT_EQ(Ledger().watermark, Position{1});
  EXPECT_EQ(memory_.used(), 0u);
}

TEST_F(OutcomesTest, RecordsThatCanNotBeTransformedAgainAreGivenUpForTheirOwnReason) {
  sink_->outcomes.push_back(DeliveryOutcome::Reject("Test.Refused", "not these"));
  auto poison = std::make_shared<PoisonTransform>();
  poison->spared = 1;
  transforms_.push_back(poison);
  Start();
  PutAndRun({"poison"});
  Advance(seconds(10));
  EXPECT_THAT(FailedRecords(), ElementsAre("poison"));
  EXPECT_EQ(Documents().at(0).at("errorCode"), "Test.Refused");
  EXPECT_EQ(Ledger().watermark, Position{1});
  EXPECT_EQ(memory_.used(), 0u);
}

// Drops what says so, makes two of what says so.
class UnevenTransform final : public Transform {
 public:
  void Apply(TransformInput input, std::function<void(TransformOutput)> done) override {
    const RecordBatch& batch = *input.slice.batch;
    RecordBatchBuilder builder(*input.pool, 1024);
    std::vector<uint32_t> offsets;
    const Position first = input.slice.positions().begin;
    for (uint32_t i = input.slice.begin; i < input.slice.end; ++i) {
      const std::string record(batch.Record(i));
      const int copies = record == "drop" ? 0 : record == "twice" ? 2 : 1;
      for (int copy = 0; copy < copies; ++copy) {
        builder.AddRecord(record);
        offsets.push_back(static_cast<uint32_t>(batch.PositionOf(i) - first));
      }
    }
    done({std::move(builder).BuildTransformed(batch.arrival(), input.slice.positions(),
                                              std::move(offsets))});
  }
};

// The chunk has as many records as positions all the same.
TEST_F(OutcomesTest, APartIsTriedAgainByWhereItsRecordsCameFrom) {
  transforms_.push_back(std::make_shared<UnevenTransform>());
  definition_.s3->buffering.interval = absl::Seconds(60);
  sink_->outcomes.push_back(Of({Record(2, OutcomeKind::kRetry)}));
  Start();
  PutAndRun({"drop", "twice", "c", "d"});
  Advance(seconds(70));
  ASSERT_THAT(sink_->attempts, SizeIs(2));
  EXPECT_EQ(sink_->attempts[0].body, "twicetwicecd");
  EXPECT_EQ(sink_->attempts[1].body, "c");
  EXPECT_EQ(Ledger().watermark, Position{4});
}

TEST_F(OutcomesTest, ANewNameIsUsedWhenTheLedgerHasIt) {
  sink_->failures_left = kForever;
  Start();
  PutAndRun({"x"});
  ASSERT_THAT(Ledger().open_chunks, SizeIs(1));
  Stop();
  sink_->attempts.clear();
  sink_->failures_left = 0;
  sink_->name_prefix = "renamed-";
  definition_.version = 2;
  RefusingLedger& disk = RefuseWrites(
      [](const LedgerEntry& entry) { return std::holds_alternative<RerouteChunk>(entry); });
  Start();
  Advance(seconds(5));
  EXPECT_THAT(sink_->attempts, IsEmpty());
  disk.refuses = nullptr;
  Advance(seconds(30));
  ASSERT_THAT(sink_->delivered, SizeIs(1));
  EXPECT_THAT(sink_->delivered[0].name, ::testing::StartsWith("renamed-"));
  PutAndRun({"y"});
  EXPECT_THAT(Bodies(), ElementsAre("x", "y"));
  EXPECT_EQ(Ledger().watermark, Position{2});
}

TEST_F(OutcomesTest, TheBackupGetsEveryRecordAsItCameAndTheLogWaitsForIt) {
  transforms_.push_back(std::make_shared<PoisonTransform>());
  backup_ = std::make_shared<ScriptedSink>();
  backup_->failures_left = 2;
  Start();
  PutAndRun({"one"});
  PutAndRun({"two"});
  EXPECT_EQ(Ledger().watermark, Position{2});
  EXPECT_EQ(shard_->watermark(), Position{0});
  Advance(seconds(10));
  std::string backed_up;
  for (const Attempt& attempt : backup_->delivered) backed_up += attempt.body;
  EXPECT_EQ(backed_up, "onetwo");
  EXPECT_EQ(shard_->watermark(), Position{2});
  EXPECT_THAT(Bodies(), ElementsAre("one!", "two!"));
}

class FailoverTest : public OutcomesTest {
 protected:
  FailoverTest() {
    others_.push_back(std::make_shared<ScriptedSink>());
    failover_.after = absl::Seconds(5);
    failover_.hold_down = absl::Seconds(3);
  }
  std::string All(const ScriptedSink& sink) const {
    std::string all;
    for (const Attempt& attempt : sink.delivered) all += attempt.body;
    return all;
  }
};

TEST_F(FailoverTest, WhatTheFirstDoesNotTakeGoesToTheSecondAndBack) {
  Start();
  PutAndRun({"a"});
  sink_->failures_left = kForever;
  PutAndRun({"b"});
  Advance(seconds(4));
  EXPECT_EQ(All(*others_[0]), "");
  Advance(seconds(2));
  EXPECT_EQ(All(*others_[0]), "b");
  EXPECT_EQ(probe_->destination(), 1u);
  PutAndRun({"c"});
  EXPECT_EQ(All(*others_[0]), "bc");
  EXPECT_EQ(Ledger().watermark, Position{3});

  sink_->failures_left = 0;
  Advance(seconds(5));
  EXPECT_EQ(probe_->destination(), 0u);
  PutAndRun({"d"});
  EXPECT_EQ(All(*sink_), "ad");
  EXPECT_EQ(Ledger().watermark, Position{4});
  EXPECT_EQ(memory_.used(), 0u);
}

TEST_F(FailoverTest, ARestartKeepsChunksWhereTheyWereBound) {
  sink_->failures_left = kForever;
  others_[0]->failures_left = kForever;
  failover_.when_breaker_opens = true;
  Start();
  PutAndRun({"a"});
  Advance(seconds(20));
  ASSERT_THAT(Ledger().open_chunks, SizeIs(1));
  const ChunkSeal before = Ledger().open_chunks[0];
  Stop();
  sink_->failures_left = 0;
  others_[0]->failures_left = 0;
  Start();
  Advance(seconds(2));
  EXPECT_EQ(All(*sink_) + All(*others_[0]), "a");
  EXPECT_EQ(All(before.destination == 0 ? *sink_ : *others_[0]), "a");
}

TEST_F(FailoverTest, CopyBackGivesTheFirstWhatTheSecondGot) {
  failover_.copy_back = true;
  sink_->failures_left = kForever;
  Start();
  PutAndRun({"a"});
  Advance(seconds(7));
  PutAndRun({"b"});
  EXPECT_EQ(All(*others_[0]), "ab");
  EXPECT_EQ(Ledger().watermark, Position{0});  // the log keeps them
  sink_->failures_left = 0;
  Advance(seconds(8));
  EXPECT_EQ(All(*sink_), "ab");
  EXPECT_EQ(Ledger().watermark, Position{2});
  EXPECT_THAT(Ledger().elsewhere, IsEmpty());
}

TEST_F(FailoverTest, CopyBackGoesOnAfterARestart) {
  failover_.copy_back = true;
  sink_->failures_left = kForever;
  Start();
  PutAndRun({"a"});
  Advance(seconds(7));
  EXPECT_EQ(All(*others_[0]), "a");
  Stop();
  Start();
  Advance(seconds(7));
  EXPECT_EQ(All(*others_[0]), "a");  // not before the first is seen to be well
  sink_->failures_left = 0;
  Advance(seconds(5));
  EXPECT_EQ(All(*sink_), "a");
  EXPECT_EQ(Ledger().watermark, Position{1});
}

TEST_F(FailoverTest, AnAmbiguousAttemptIsCountedAsAPossibleDuplicate) {
  DeliveryOutcome unknown = DeliveryOutcome::Retry("Test.TimeOut", "planted");
  unknown.ambiguous = true;
  sink_->outcomes.push_back(unknown);
  failover_.after = absl::ZeroDuration();
  sink_->failures_left = 0;
  Start();
  PutAndRun({"a", "b"});
  sink_->failures_left = kForever;
  Advance(seconds(2));
  EXPECT_EQ(All(*others_[0]), "ab");
  EXPECT_THAT(
      metrics_.Expose(),
      ::testing::HasSubstr("hydrant_possible_duplicate_records_total{stream=\"orders\"} 2"));
}

// Answers after 200 ms of the actors' clock.
TEST_F(OutcomesTest, WorkersFollowTheWorkAndFallBackWhenThereIsNone) {
  definition_.hydrant.delivery_workers_min = 1;
  definition_.hydrant.delivery_workers_max = 8;
  sink_->hold = true;
  Start();
  for (int i = 0; i < 200; ++i) Put({"x"});
  Run();
  int most = 0;
  for (int i = 0; i < 200; ++i) {
    scheduler().advance_time(std::chrono::milliseconds(200));
    sink_->ReleaseAll();
    Run();
    Put({"x"});
    Put({"x"});
    Run();
    most = std::max(most, probe_->delivery_workers());
  }
  EXPECT_GT(most, 2);
  EXPECT_LE(most, 8);
  sink_->hold = false;
  sink_->ReleaseAll();
  Advance(seconds(40));
  EXPECT_EQ(probe_->delivery_workers(), 1);
}

}  // namespace
}  // namespace hydrant
