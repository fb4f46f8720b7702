// Streams that this build can't run, and the states on the way to ACTIVE and out of it.
#include "engine/stream/control_plane_fixture.h"
#include "engine/stream/destination_fixture.h"

namespace hydrant {
namespace {

using ::hydrant::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kNoSink[] =
    "SplunkDestinationConfiguration: this build of hydrant has no sink for it";

class MissingComponentTest : public ControlPlaneFixture {
 protected:
  MissingComponentTest() {
    ServeOnly(DestinationFamily::kS3);
    Restart();
  }
  void ServeOnly(std::optional<DestinationFamily> family) {
    using Problems = std::optional<std::vector<DefinitionProblem>>;
    support_.check_destination = [family](const StreamDefinition& stream, const NodeConfig&) {
      const bool served = !family || stream.family == *family;
      return served ? Problems(std::in_place) : Problems();
    };
  }
  // What a node does at its start.
  void RestartNode() {
    host_.calls.clear();
    host_.refused.clear();
    Restart();
    control_->StartStreams();
  }
  std::string State(const std::string& name) {
    return Describe(name)["DeliveryStreamStatus"].get<std::string>();
  }

  const std::string splunk_ = RequestWith("Splunk", Json::object()).dump();
};

TEST_F(MissingComponentTest, KeepsTheStreamAndSaysWhatIsMissing) {
  EXPECT_THAT(Call("CreateDeliveryStream", splunk_), HasSubstr("DeliveryStreamARN"));
  const Json description = Describe("a");
  EXPECT_EQ(description["DeliveryStreamStatus"], "CREATING_FAILED");
  EXPECT_EQ(description["FailureDescription"],
            Json({{"Type", "UNKNOWN_ERROR"}, {"Details", kNoSink}}));
  EXPECT_EQ(description["Destinations"][0]["SplunkDestinationDescription"]["HECToken"],
            "the-token");
  EXPECT_THAT(Call("ListDeliveryStreams", "{}"), HasSubstr(R"(["a"])"));
  // It was never there for producers.
  EXPECT_THAT(host_.calls, IsEmpty());
  EXPECT_THAT(host_.refused, IsEmpty());
  EXPECT_EQ(Call("DeleteDeliveryStream", NameOnly("a")), "{}");
  FinishDeletions();
  EXPECT_THAT(Call("ListDeliveryStreams", "{}"), HasSubstr("[]"));
}

TEST_F(MissingComponentTest, IsSaidAtOnceSoThatNothingStartsLater) {
  config_.transition_time = absl::Seconds(2);
  Call("CreateDeliveryStream", splunk_);
  EXPECT_EQ(State("a"), "CREATING_FAILED");
  EXPECT_THAT(delays_, IsEmpty());
}

// Whoever puts to it is told so, whether this build can read its source or not.
TEST_F(MissingComponentTest, AStreamOfAnotherSourceIsNotThereForPuts) {
  Json request = RequestWith("ExtendedS3", Json::object());
  request["DeliveryStreamType"] = "KinesisStreamAsSource";
  request["KinesisStreamSourceConfiguration"] = {
      {"KinesisStreamARN", "arn:aws:kinesis:us-east-1:000000000000:stream/s"},
      {"RoleARN", "arn:aws:iam::000000000000:role/firehose"}};
  Call("CreateDeliveryStream", request.dump());
  EXPECT_EQ(State("a"), "CREATING_FAILED");
  EXPECT_THAT(host_.refused, ElementsAre("a KinesisStreamAsSource"));
  RestartNode();
  EXPECT_THAT(host_.refused, ElementsAre("a KinesisStreamAsSource"));
}

TEST_F(MissingComponentTest, RefusesWhatIsWrongAllTheSame) {
  EXPECT_THAT(Call("CreateDeliveryStream", RequestWith("Splunk", {{"HECToken", ""}}).dump()),
              HasSubstr("InvalidArgumentException: HECToken is required"));
  EXPECT_THAT(Call("ListDeliveryStreams", "{}"), HasSubstr("[]"));
}

TEST_F(MissingComponentTest, RunsWithTheNextBuildThatHasIt) {
  Call("CreateDeliveryStream", splunk_);
  RestartNode();
  EXPECT_EQ(State("a"), "CREATING_FAILED");
  ServeOnly(std::nullopt);
  RestartNode();
  EXPECT_EQ(State("a"), "ACTIVE");
  EXPECT_FALSE(Describe("a").contains("FailureDescription"));
  EXPECT_THAT(host_.calls, ElementsAre("start a 1"));
}

// Its producers exist: they are told to send again, not that there is no such stream.
TEST_F(MissingComponentTest, AStreamThatRanIsRefusedByABuildThatLacksIt) {
  ServeOnly(std::nullopt);
  Restart();
  Call("CreateDeliveryStream", splunk_);
  EXPECT_EQ(State("a"), "ACTIVE");
  ServeOnly(DestinationFamily::kS3);
  for (int start = 0; start < 2; ++start) {
    RestartNode();
    EXPECT_EQ(State("a"), "CREATING_FAILED");
    EXPECT_EQ(Describe("a")["FailureDescription"]["Details"], kNoSink);
    EXPECT_TRUE(host_.refused.contains("a"));
    EXPECT_THAT(host_.calls, IsEmpty());
    // Tags are a change, too.
    Call("TagDeliveryStream",
         R"({"DeliveryStreamName": "a", "Tags": [{"Key": ")" + std::to_string(start) + "\"}]}");
  }
  ServeOnly(std::nullopt);
  RestartNode();
  EXPECT_EQ(State("a"), "ACTIVE");
}

TEST_F(MissingComponentTest, AnUpdateMayMendItOrNot) {
  Call("CreateDeliveryStream", splunk_);
  Json update = Json::parse(UpdateRequest("a", "1"));
  update.erase("ExtendedS3DestinationUpdate");
  update["SplunkDestinationUpdate"] = {{"HECToken", "other"}};
  EXPECT_EQ(Call("UpdateDestination", update.dump()), "{}");
  EXPECT_EQ(State("a"), "CREATING_FAILED");
  EXPECT_EQ(Describe("a")["VersionId"], "2");
  constexpr char kBucket[] = R"({"RoleARN": "arn:aws:iam::000000000000:role/firehose",
                                 "BucketARN": "arn:aws:s3:::logs"})";
  control_->StartStreams();
  EXPECT_EQ(Call("UpdateDestination", UpdateRequest("a", "2", kBucket)), "{}");
  EXPECT_EQ(State("a"), "ACTIVE");
  EXPECT_THAT(host_.calls, ElementsAre("start a 3"));
}

TEST_F(MissingComponentTest, AStreamThatRunsIsNotGivenUpForIt) {
  Call("CreateDeliveryStream", CreateRequest("a"));
  Json update = Json::parse(UpdateRequest("a", "1"));
  update.erase("ExtendedS3DestinationUpdate");
  update["SplunkDestinationUpdate"] = Json::parse(splunk_)["SplunkDestinationConfiguration"];
  update["SplunkDestinationUpdate"]["S3Update"] =
      update["SplunkDestinationUpdate"]["S3Configuration"];
  EXPECT_EQ(Call("UpdateDestination", update.dump()),
            std::string("InvalidArgumentException: ") + kNoSink);
  EXPECT_EQ(State("a"), "ACTIVE");
  EXPECT_THAT(host_.calls, ElementsAre("start a 1"));
}

TEST_F(MissingComponentTest, IsAnErrorOfTheConfiguration) {
  EXPECT_THAT(control_->ApplyConfiguredStream(splunk_),
              StatusIs(absl::StatusCode::kInvalidArgument, kNoSink));
  EXPECT_EQ(catalog_->Find("a"), nullptr);
}

TEST_F(MissingComponentTest, ASourceMayBeMissingToo) {
  Json request = Json::parse(CreateRequest("a"));
  request["DeliveryStreamType"] = "KinesisStreamAsSource";
  request["KinesisStreamSourceConfiguration"] = {
      {"KinesisStreamARN", "arn:aws:kinesis:us-east-1:000000000000:stream/s"},
      {"RoleARN", "arn:aws:iam::000000000000:role/firehose"}};
  EXPECT_THAT(Call("CreateDeliveryStream", request.dump()), HasSubstr("DeliveryStreamARN"));
  EXPECT_EQ(State("a"), "CREATING_FAILED");
  EXPECT_THAT(Describe("a")["FailureDescription"]["Details"].get<std::string>(),
              HasSubstr("has no source for it"));
  RestartNode();
  EXPECT_EQ(State("a"), "CREATING_FAILED");
  EXPECT_THAT(host_.calls, IsEmpty());
}

class TransitionTest : public ControlPlaneFixture {
 protected:
  TransitionTest() { config_.transition_time = absl::Seconds(2); }
  std::string State() { return Describe("a")["DeliveryStreamStatus"].get<std::string>(); }
};

TEST_F(TransitionTest, ShowsCreatingForAWhile) {
  EXPECT_THAT(Call("CreateDeliveryStream", CreateRequest("a")), HasSubstr("DeliveryStreamARN"));
  EXPECT_EQ(State(), "CREATING");
  EXPECT_THAT(host_.calls, IsEmpty());  // and takes no records
  EXPECT_EQ(Call("DeleteDeliveryStream", NameOnly("a")),
            "ResourceInUseException: Cannot delete firehose: a when it is in CREATING status");
  EXPECT_EQ(Call("UpdateDestination", UpdateRequest("a", "1")),
            "ResourceInUseException: Cannot update firehose: a when it is in CREATING status");
  EXPECT_THAT(delays_, ElementsAre(absl::Seconds(2)));
  PassTime();
  EXPECT_EQ(State(), "ACTIVE");
  EXPECT_THAT(host_.calls, ElementsAre("start a 1"));
}

TEST_F(TransitionTest, ACrashEndsIt) {
  Call("CreateDeliveryStream", CreateRequest("a"));
  later_.clear();
  Restart();
  control_->StartStreams();
  EXPECT_EQ(State(), "ACTIVE");
}

TEST_F(TransitionTest, ShowsDeletingForAsLongAtLeast) {
  Call("CreateDeliveryStream", CreateRequest("a"));
  PassTime();
  EXPECT_EQ(Call("DeleteDeliveryStream", NameOnly("a")), "{}");
  clock_.now += absl::Milliseconds(500);
  FinishDeletions();
  EXPECT_EQ(State(), "DELETING");
  EXPECT_EQ(Call("DeleteDeliveryStream", NameOnly("a")), "{}");
  EXPECT_EQ(Call("CreateDeliveryStream", CreateRequest("a")),
            "ResourceInUseException: Firehose a under accountId 000000000000 already exists");
  EXPECT_EQ(delays_.back(), absl::Milliseconds(1500));
  PassTime();
  EXPECT_THAT(Call("DescribeDeliveryStream", NameOnly("a")), HasSubstr("ResourceNotFound"));
  EXPECT_THAT(Call("CreateDeliveryStream", CreateRequest("a")), HasSubstr("DeliveryStreamARN"));
}

TEST_F(TransitionTest, WhatTakesLongerIsNotHeldUp) {
  Call("CreateDeliveryStream", CreateRequest("a"));
  PassTime();
  Call("DeleteDeliveryStream", NameOnly("a"));
  clock_.now += absl::Seconds(5);
  FinishDeletions();
  EXPECT_THAT(Call("DescribeDeliveryStream", NameOnly("a")), HasSubstr("ResourceNotFound"));
}

}  // namespace
}  // namespace hydrant
