#include "tests/simulation/model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hydrant::simulation {
namespace {

using ::testing::HasSubstr;

// One stream; requests of two records of 20 bytes.
class ModelTest : public ::testing::Test {
 protected:
  ModelTest() { model_.AddStream(/*durable=*/true); }
  uint32_t Send() { return model_.BeginRequest(0, {20, 20}); }
  void Take(uint32_t request, uint64_t position) {
    const uint32_t first = model_.first_record(request);
    model_.Appended(0, {position}, {first + 1, first + 2});
    model_.Answered(request, absl::OkStatus(), {position});
  }
  void Store(const std::string& name, const std::vector<uint32_t>& records) {
    std::string body;
    for (const uint32_t record : records) body += MakeRecord(record, 20);
    model_.Stored(0, name, body);
  }

  VirtualTime time_;
  Trace trace_{time_, false};
  Model model_{trace_};
};

TEST_F(ModelTest, FindsNothingWhereNothingIsWrong) {
  Take(Send(), 0);
  Store("a", {0, 1});
  Store("a", {0, 1});
  model_.Finished(0, {{{0}, {2}}});
  model_.LedgerChanged(0, {{2}, {}, {}, {2}, 0});
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
  model_.Stored(0, "a", MakeRecord(0, 20).substr(0, 19) + "?");
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
  EXPECT_THAT(model_.violation(), HasSubstr("was refused"));
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
  model_.LedgerChanged(0, {{1}, {}, {}, {2}, 0});
  EXPECT_THAT(model_.violation(), HasSubstr("neither delivered nor lost"));
}

TEST_F(ModelTest, FindsChunksThatAreDoneButNotThere) {
  Take(Send(), 0);
  model_.Finished(0, {{{0}, {2}}});
  EXPECT_THAT(model_.violation(), HasSubstr("no destination has"));
}

TEST_F(ModelTest, FindsALogThatForgetsTooMuch) {
  model_.LedgerSynced(0, {5});
  model_.LogBegins(0, {5});
  EXPECT_EQ(model_.violation(), "");
  model_.LogBegins(0, {6});
  EXPECT_THAT(model_.violation(), HasSubstr("durable watermark is 5"));
}

TEST_F(ModelTest, FindsRecordsThatAreGivenUpWithoutNeed) {
  Take(Send(), 0);
  model_.Lost(0, {{{0}, {1}}});
  EXPECT_THAT(model_.violation(), HasSubstr("no disk forgot"));
}

TEST_F(ModelTest, FindsALedgerThatForgot) {
  model_.LedgerSynced(0, {5});
  model_.Opened(0, {{4}, {}, {}, {5}, 0}, {});
  EXPECT_THAT(model_.violation(), HasSubstr("opened again with 4"));
}

}  // namespace
}  // namespace hydrant::simulation
