#include "engine/stream/control_plane_fixture.h"

#include <gmock/gmock.h>

namespace hydrant {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class HistoryTest : public ControlPlaneFixture {
 protected:
  HistoryTest() { Call("CreateDeliveryStream", CreateRequest("a")); }
  const StreamHistory& History() {
    history_ = catalog_->History("a");
    return *history_;
  }
  StreamHistoryPtr history_;
};

TEST_F(HistoryTest, OfAStreamThatIsNotThereIsNone) { EXPECT_EQ(catalog_->History("b"), nullptr); }

TEST_F(HistoryTest, BeginsWithTheStream) {
  ASSERT_THAT(History(), SizeIs(1));
  const StreamChange& change = History()[0];
  EXPECT_EQ(change.version, 1u);
  EXPECT_EQ(change.author.operation, "CreateDeliveryStream");
  EXPECT_EQ(change.author.who, "AKIDEXAMPLE");
  EXPECT_EQ(change.author.from, "192.0.2.1:5000");
  EXPECT_EQ(change.at, clock_.now);
  EXPECT_THAT(change.members, IsEmpty());
}

TEST_F(HistoryTest, TellsWhatOfItWasChanged) {
  Call("UpdateDestination",
       UpdateRequest("a", "1", R"({"Prefix": "new/", "CompressionFormat": "GZIP"})"));
  ASSERT_THAT(History(), SizeIs(2));
  EXPECT_EQ(History()[1].version, 2u);
  EXPECT_THAT(History()[1].members,
              ElementsAre("ExtendedS3DestinationConfiguration.Prefix",
                          "ExtendedS3DestinationConfiguration.CompressionFormat"));
  Call("TagDeliveryStream", R"({"DeliveryStreamName": "a", "Tags": [{"Key": "team"}]})");
  Call("StartDeliveryStreamEncryption", NameOnly("a"));
  ASSERT_THAT(History(), SizeIs(4));
  EXPECT_THAT(History()[2].members, ElementsAre("Tags.team"));
  EXPECT_EQ(History()[3].author.operation, "StartDeliveryStreamEncryption");
}

TEST_F(HistoryTest, HoldsNoValue) {
  Call("UpdateDestination", UpdateRequest("a", "1", R"({"Prefix": "hunter2/"})"));
  EXPECT_THAT(HistoryToJson(History()).dump(), Not(HasSubstr("hunter2")));
}

TEST_F(HistoryTest, HasNothingOfWhatWasRefusedOrDidNotComeToBe) {
  config_.log.on_encrypted_disk = true;
  Call("UpdateDestination", UpdateRequest("a", "7"));
  host_.change_status = Unavailable("no sink");
  Call("UpdateDestination", UpdateRequest("a", "1", R"({"Prefix": "new/"})"));
  Call("StartDeliveryStreamEncryption", NameOnly("a"));
  EXPECT_THAT(History(), SizeIs(1));
}

TEST_F(HistoryTest, TellsWhoDeletesTheStream) {
  Call("DeleteDeliveryStream", NameOnly("a"));
  ASSERT_THAT(History(), SizeIs(2));
  EXPECT_EQ(History()[1].author.operation, "DeleteDeliveryStream");
}

TEST_F(HistoryTest, WhatIsMadeAnewWhenTheOldOneIsGoneIsTheConfigurations) {
  Call("CreateDeliveryStream", CreateRequest("b"));
  Call("DeleteDeliveryStream", NameOnly("a"));
  ASSERT_OK(control_->ApplyConfiguredStream(CreateRequest("a", "file/")));
  Call("TagDeliveryStream", R"({"DeliveryStreamName": "b", "Tags": [{"Key": "team"}]})");
  FinishDeletions();
  ASSERT_THAT(History(), SizeIs(1));
  EXPECT_EQ(History()[0].author.operation, "configuration");
}

TEST_F(HistoryTest, OutlivesTheNodeAndNamesTheFileThatChangedIt) {
  Call("UpdateDestination", UpdateRequest("a", "1", R"({"Prefix": "new/"})"));
  const Json before = HistoryToJson(History());
  config_.file = "/etc/hydrant/hydrant.yaml";
  Restart();
  EXPECT_EQ(HistoryToJson(History()), before);
  ASSERT_OK(control_->ApplyConfiguredStream(CreateRequest("a", "file/")));
  ASSERT_THAT(History(), SizeIs(3));
  EXPECT_EQ(History()[2].author.operation, "configuration");
  EXPECT_EQ(History()[2].author.from, "/etc/hydrant/hydrant.yaml");
  ASSERT_OK(control_->ApplyConfiguredStream(CreateRequest("a", "file/")));
  EXPECT_THAT(History(), SizeIs(3));
}

TEST_F(HistoryTest, IsBounded) {
  for (int version = 1; version <= 60; ++version) {
    Call("UpdateDestination",
         UpdateRequest("a", std::to_string(version), version % 2 ? R"({"Prefix": "odd/"})" : "{}"));
  }
  ASSERT_THAT(History(), SizeIs(kStreamChangesMax));
  EXPECT_EQ(History().back().version, 61u);
  Json request = Json::parse(CreateRequest("a"));
  StreamDefinition before, after;
  before.request_json = "{}";
  for (int i = 0; i < 100; ++i) request["m" + std::to_string(i)] = i;
  after.request_json = request.dump();
  const StreamChange change =
      DescribeChange(&before, after, {"x", std::string(1000, 'w'), std::string(1000, 'f')}, {});
  EXPECT_THAT(change.members, SizeIs(33));
  EXPECT_EQ(change.members.back(), "and 70 more");
  EXPECT_LE(change.author.who.size(), 256u);
  EXPECT_LE(change.author.from.size(), 256u);
  before.request_json = Json{{std::string(1000, 'k'), 1}}.dump();
  const std::string cut = std::string(255, '/') + "\u00e4 and more";
  const StreamChange odd = DescribeChange(&before, after, {"x", "\xff", cut}, {});
  EXPECT_LE(odd.members[0].size(), 256u);
  EXPECT_THAT(HistoryToJson({odd}).dump(), HasSubstr("//\uFFFD"));
}

}  // namespace
}  // namespace hydrant
