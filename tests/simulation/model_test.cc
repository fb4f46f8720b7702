#include "tests/simulation/model.h"

#include <absl/strings/escaping.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace hydrant::simulation {
namespace {

using ::testing::HasSubstr;

// One stream: to objects, else to a store of records that is tried for a minute; requests of two records of 20 bytes.
class ModelTest : public ::testing::Test {
 protected:
  ModelTest() {
    BranchTraits own;
    own.destinations = {{false, {}}, {true, absl::Minutes(1)}};
    model_.AddStream(/*durable=*/true, {own});
  }
  uint32_t Send() { return model_.BeginRequest(0, {20, 20}); }
  void Take(uint32_t request, uint64_t position) {
    const uint32_t first = model_.first_record(request);
    model_.Appended(0, {position}, {first + 1, first + 2});
    model_.Answered(request, absl::OkStatus(), {position});
  }
  std::shared_ptr<const Sent> Send(int destination, const std::vector<uint32_t>& records) {
    std::string body;
    for (const uint32_t record : records) {
      if (destination == 0) body += MakeRecord(record, 20);
      if (destination == 1) AppendFramed(MakeRecord(record, 20), &body);
    }
    return model_.Sends(kOwn, destination, "chunk", "a", body);
  }
  void Store(const std::string& name, const std::vector<uint32_t>& records) {
    std::string body;
    for (const uint32_t record : records) body += MakeRecord(record, 20);
    model_.Stored(*model_.Sends(kOwn, 0, "chunk", name, body));
  }
  void Seal(uint32_t destination, uint64_t begin, uint64_t end) {
    ChunkSeal seal;
    seal.id = "chunk";
    seal.positions = {{{begin}, {end}}};
    seal.destination = destination;
    model_.Writes(kOwn, SealChunk{seal});
  }
  void GiveUp(uint64_t begin, uint64_t end) {
    Failure failure;
    failure.positions = {{{begin}, {end}}};
    model_.Writes(kOwn, ReduceChunk{"chunk", {}, {failure}});
  }
  void Counts(uint64_t watermark) {
    LedgerState state;
    state.watermark = {watermark};
    model_.LedgerChanged(kOwn, state);
  }

  static constexpr Place kOwn{0, 0};
  VirtualTime time_;
  Trace trace_{time_, false};
  Model model_{trace_, time_};
};

TEST_F(ModelTest, FindsNothingWhereNothingIsWrong) {
  Take(Send(), 0);
  Seal(0, 0, 2);
  Store("a", {0, 1});
  Store("a", {0, 1});
  model_.Writes(kOwn, FinishChunk{"chunk"});
  Counts(2);
  model_.CheckDrained();
  EXPECT_EQ(model_.violation(), "");
}

TEST_F(ModelTest, FindsARecordThatNeverArrived) {
  Take(Send(), 0);
  Store("a", {0});
  model_.CheckDrained();
  EXPECT_THAT(model_.violation(), HasSubstr("record 1 (stream 0, request 0, position 1) was ack"));
}

TEST_F(ModelTest, FindsARecordInTwoObjects) {
  Take(Send(), 0);
  Store("a", {0, 1});
  Store("b", {1});
  EXPECT_THAT(model_.violation(), HasSubstr("is in two objects: a and b"));
}

TEST_F(ModelTest, FindsAnObjectThatChanges) {
  Take(Send(), 0);
  Store("a", {0, 1});
  Store("a", {0});
  EXPECT_THAT(model_.violation(), HasSubstr("replaced"));
}

TEST_F(ModelTest, FindsBytesThatNobodySent) {
  Take(Send(), 0);
  model_.Sends(kOwn, 0, "chunk", "a", MakeRecord(0, 20).substr(0, 19) + "?");
  EXPECT_THAT(model_.violation(), HasSubstr("no record"));
}

TEST_F(ModelTest, FindsRecordsOutOfTheirOrder) {
  Take(Send(), 0);
  Store("a", {1, 0});
  EXPECT_THAT(model_.violation(), HasSubstr("behind a later one"));
}

TEST_F(ModelTest, FindsARefusedRequestThatArrives) {
  const uint32_t request = Send();
  Store("a", {0});
  model_.Answered(request, ResourceExhausted("Slow down."), {});
  EXPECT_THAT(model_.violation(), HasSubstr("its request was refused"));
}

TEST_F(ModelTest, FindsARequestThatWasTakenInPart) {
  Send();
  model_.ProcessDied();
  Store("a", {0});
  model_.CheckDrained();
  EXPECT_THAT(model_.violation(), HasSubstr("taken in part"));
}

TEST_F(ModelTest, FindsALedgerThatRunsAhead) {
  Take(Send(), 0);
  Counts(1);
  EXPECT_THAT(model_.violation(), HasSubstr("neither delivered nor lost"));
}

TEST_F(ModelTest, FindsChunksThatAreDoneButNotThere) {
  Take(Send(), 0);
  Seal(0, 0, 2);
  model_.Writes(kOwn, FinishChunk{"chunk"});
  EXPECT_THAT(model_.violation(), HasSubstr("which its destination has not"));
}

TEST_F(ModelTest, FindsALogThatForgetsTooMuch) {
  model_.LedgerSynced(kOwn, {5});
  model_.LogBegins(0, {5});
  EXPECT_EQ(model_.violation(), "");
  model_.LogBegins(0, {6});
  EXPECT_THAT(model_.violation(), HasSubstr("durable watermark is 5"));
}

TEST_F(ModelTest, FindsRecordsThatAreGivenUpWithoutNeed) {
  Take(Send(), 0);
  model_.Writes(kOwn, LosePositions{{{{0}, {1}}}});
  EXPECT_THAT(model_.violation(), HasSubstr("no disk forgot"));
}

TEST_F(ModelTest, FindsALedgerThatForgot) {
  model_.LedgerSynced(kOwn, {5});
  LedgerState state;
  state.watermark = {4};
  model_.Opened(kOwn, state);
  EXPECT_THAT(model_.violation(), HasSubstr("opened again with 4"));
}

TEST_F(ModelTest, FindsRecordsThatAreSentThoughSettled) {
  Take(Send(), 0);
  Seal(1, 0, 2);
  model_.Stored(*Send(1, {0, 1}));
  model_.Writes(kOwn, FinishChunk{"chunk"});
  Counts(2);
  Send(1, {1});
  EXPECT_THAT(model_.violation(), HasSubstr("counts it as settled"));
}

TEST_F(ModelTest, FindsWhatIsGivenUpTooEarly) {
  Take(Send(), 0);
  Seal(1, 0, 2);
  model_.Answers(*Send(1, {0, 1}), DeliveryOutcome::Retry("Busy", ""));
  time_.AdvanceTo(absl::Seconds(50));
  GiveUp(0, 2);
  EXPECT_THAT(model_.violation(), HasSubstr("after 50s of 1m"));
}

TEST_F(ModelTest, FindsWhatIsGivenUpAtADestinationThatIsNeverGivenUp) {
  Take(Send(), 0);
  Seal(0, 0, 2);
  model_.Answers(*Send(0, {0, 1}), DeliveryOutcome::Retry("Busy", ""));
  GiveUp(0, 2);
  EXPECT_THAT(model_.violation(), HasSubstr("tried for ever"));
}

TEST_F(ModelTest, FindsWhatIsNotGivenUpInTime) {
  Take(Send(), 0);
  Seal(1, 0, 2);
  model_.Answers(*Send(1, {0, 1}), DeliveryOutcome::Retry("Busy", ""));
  time_.AdvanceTo(absl::Minutes(4));
  model_.CheckTime();
  EXPECT_EQ(model_.violation(), "");
  time_.AdvanceTo(absl::Minutes(5));
  model_.CheckTime();
  EXPECT_THAT(model_.violation(), HasSubstr("is not given up"));
}

TEST_F(ModelTest, MissesWhatIsGivenUpUntilItsDocumentIsThere) {
  Take(Send(), 0);
  Seal(1, 0, 2);
  const auto sent = Send(1, {0, 1});
  model_.StoredRecords(*sent, {0});
  DeliveryOutcome outcome = DeliveryOutcome::Delivered();
  outcome.records.push_back({1, OutcomeKind::kReject, "Malformed", ""});
  model_.Answers(*sent, outcome);
  GiveUp(1, 2);
  EXPECT_EQ(model_.violation(), "");
  const std::string line =
      "{\"rawData\":\"" + absl::Base64Escape(MakeRecord(1, 20)) + "\",\"more\":1}\n";
  const auto document = model_.Sends(kOwn, kErrorOutput, "errors", "e", line);
  EXPECT_EQ(model_.violation(), "");
  Counts(1);
  model_.Stored(*document);
  model_.CheckDrained();
  EXPECT_EQ(model_.violation(), "");
}

TEST_F(ModelTest, FindsErrorDocumentsWithOtherBytes) {
  Take(Send(), 0);
  const std::string line =
      "{\"rawData\":\"" + absl::Base64Escape("?" + MakeRecord(1, 20)) + "\"}\n";
  model_.Sends(kOwn, kErrorOutput, "errors", "e", line);
  EXPECT_THAT(model_.violation(), HasSubstr("no record of the stream"));
}

}  // namespace
}  // namespace hydrant::simulation
