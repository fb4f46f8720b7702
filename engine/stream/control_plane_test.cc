#include "engine/stream/control_plane_fixture.h"

#include <boost/asio/use_future.hpp>

#include <filesystem>
#include <future>
#include <thread>

namespace hydrant {
namespace {

using ::hydrant::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using ControlPlaneTest = ControlPlaneFixture;

TEST_F(ControlPlaneTest, RefusesOperationsThatItDoesNotHave) {
  for (const char* name : {"DropEverything", "PutRecord", ""}) {
    EXPECT_EQ(Call(name, "{}"),
              std::string("UnknownOperationException: Unknown operation: ") + name);
  }
}

TEST_F(ControlPlaneTest, RefusesBadBodies) {
  for (const char* body : {"{", "[]", "7", "null", "\"\xff\""}) {
    EXPECT_THAT(Call("ListDeliveryStreams", body), HasSubstr("SerializationException: ")) << body;
  }
  EXPECT_THAT(Call("CreateDeliveryStream", std::string(2'000'000, '[')),
              HasSubstr("SerializationException: "));
  EXPECT_THAT(Call("CreateDeliveryStream", R"({"DeliveryStreamName": 1})"),
              HasSubstr("SerializationException: "));
  EXPECT_THAT(Call("CreateDeliveryStream", "{}"), HasSubstr("ValidationException: "));
  EXPECT_THAT(Call("CreateDeliveryStream", NameOnly("a")),
              HasSubstr("InvalidArgumentException: Exactly one destination"));
  EXPECT_THAT(Call("ListDeliveryStreams", R"({"Limit": 0})"), HasSubstr("ValidationException"));
  EXPECT_THAT(host_.calls, IsEmpty());
}

TEST_F(ControlPlaneTest, KnowsNoStreamThatIsNotThere) {
  const std::string expected =
      "ResourceNotFoundException: Firehose a under account 000000000000 not found.";
  EXPECT_EQ(Call("DescribeDeliveryStream", NameOnly("a")), expected);
  EXPECT_EQ(Call("DeleteDeliveryStream", NameOnly("a")), expected);
  EXPECT_EQ(Call("UpdateDestination", UpdateRequest("a", "1")), expected);
}

TEST_F(ControlPlaneTest, CreatesDescribesListsAndDeletes) {
  EXPECT_EQ(Call("CreateDeliveryStream", CreateRequest("a")),
            R"({"DeliveryStreamARN":)"
            R"("arn:aws:firehose:us-east-1:000000000000:deliverystream/a"})");
  EXPECT_EQ(Call("CreateDeliveryStream", CreateRequest("a")),
            "ResourceInUseException: Firehose a under accountId 000000000000 already exists");
  const Json description = Describe("a");
  EXPECT_EQ(description["DeliveryStreamStatus"], "ACTIVE");
  EXPECT_EQ(description["CreateTimestamp"], 1'700'000'000);
  EXPECT_EQ(Call("ListDeliveryStreams", ""),
            R"({"DeliveryStreamNames":["a"],"HasMoreDeliveryStreams":false})");
  EXPECT_EQ(
      Call("DeleteDeliveryStream", R"({"DeliveryStreamName": "a", "AllowForceDelete": true})"),
      "{}");
  FinishDeletions();
  EXPECT_EQ(Call("ListDeliveryStreams", "{}"),
            R"({"DeliveryStreamNames":[],"HasMoreDeliveryStreams":false})");
  EXPECT_THAT(host_.calls, ElementsAre("start a 1", "delete a"));
}

TEST_F(ControlPlaneTest, ListsTenUnlessTold) {
  for (int i = 10; i < 22; ++i) {
    Call("CreateDeliveryStream", CreateRequest("s" + std::to_string(i)));
  }
  const Json first = Json::parse(Call("ListDeliveryStreams", "{}"));
  EXPECT_EQ(first["DeliveryStreamNames"].size(), 10u);
  EXPECT_TRUE(first["HasMoreDeliveryStreams"].get<bool>());
  EXPECT_EQ(Call("ListDeliveryStreams",
                 R"({"ExclusiveStartDeliveryStreamName": "s19", "Limit": 5, "DeliveryStreamType":
                     null})"),
            R"({"DeliveryStreamNames":["s20","s21"],"HasMoreDeliveryStreams":false})");
}

TEST_F(ControlPlaneTest, WhoOnlyLooksDoesNotWaitForAChange) {
  Call("CreateDeliveryStream", CreateRequest("a"));
  std::promise<void> inside, seen;
  host_.on_start = [&] {
    inside.set_value();
    seen.get_future().wait();
  };
  boost::asio::io_context context;
  std::thread slow([&] {
    RunCoroutine(context, control_->Call(Author("CreateDeliveryStream"), CreateRequest("b")));
  });
  inside.get_future().wait();
  EXPECT_EQ(Describe("a")["DeliveryStreamStatus"], "ACTIVE");
  EXPECT_EQ(Describe("b")["DeliveryStreamStatus"], "CREATING");
  EXPECT_THAT(Call("ListDeliveryStreams", "{}"), HasSubstr(R"(["a","b"])"));
  EXPECT_THAT(Call("ListTagsForDeliveryStream", NameOnly("a")), HasSubstr("HasMoreTags"));
  seen.set_value();
  slow.join();
  control_.reset();  // its thread has let go of the context then
}

TEST_F(ControlPlaneTest, GivesARecreatedStreamANewIncarnation) {
  Call("CreateDeliveryStream", CreateRequest("a"));
  Call("DeleteDeliveryStream", NameOnly("a"));
  FinishDeletions();
  Call("CreateDeliveryStream", CreateRequest("a"));
  EXPECT_EQ(host_.incarnations.size(), 2u);
}

TEST_F(ControlPlaneTest, KeepsAStreamThatDoesNotStartAndSaysWhy) {
  host_.start_status = Unavailable("this build has no sink for it");
  EXPECT_THAT(Call("CreateDeliveryStream", CreateRequest("a")), HasSubstr("DeliveryStreamARN"));
  Json description = Describe("a");
  EXPECT_EQ(description["DeliveryStreamStatus"], "CREATING_FAILED");
  EXPECT_EQ(description["FailureDescription"]["Details"], "this build has no sink for it");
  EXPECT_TRUE(host_.refused.contains("a"));  // so that producers send again
  host_.start_status = absl::OkStatus();
  Restart();
  control_->StartStreams();
  description = Describe("a");
  EXPECT_EQ(description["DeliveryStreamStatus"], "ACTIVE");
  EXPECT_FALSE(description.contains("FailureDescription"));
}

TEST_F(ControlPlaneTest, AStreamOfADamagedDefinitionIsNeitherGoneNorMadeAnew) {
  Call("CreateDeliveryStream", CreateRequest("a"));
  std::filesystem::resize_file(dir_.File("catalog") + "/a.json", 5);
  Restart();
  control_->StartStreams();
  EXPECT_TRUE(host_.refused.contains("a"));
  const std::string answer = Call("CreateDeliveryStream", CreateRequest("a"));
  EXPECT_THAT(answer, HasSubstr("ResourceInUseException"));
  EXPECT_THAT(answer, HasSubstr("a.json.damaged"));
}

TEST_F(ControlPlaneTest, ShowsADeletionThatFailedAndTriesAgain) {
  Call("CreateDeliveryStream", CreateRequest("a"));
  EXPECT_EQ(Call("DeleteDeliveryStream", NameOnly("a")), "{}");
  FinishDeletions(Internal("disk is gone"));
  EXPECT_EQ(Describe("a")["DeliveryStreamStatus"], "DELETING_FAILED");
  EXPECT_EQ(Describe("a")["FailureDescription"]["Details"], "disk is gone");
  EXPECT_EQ(Call("DeleteDeliveryStream", NameOnly("a")), "{}");
  FinishDeletions();
  EXPECT_THAT(Call("DescribeDeliveryStream", NameOnly("a")), HasSubstr("ResourceNotFound"));
  EXPECT_THAT(host_.calls, ElementsAre("start a 1", "delete a", "delete a"));
}

TEST_F(ControlPlaneTest, AStreamIsDeletingUntilNothingOfItIsLeft) {
  Call("CreateDeliveryStream", CreateRequest("a"));
  EXPECT_EQ(Call("DeleteDeliveryStream", NameOnly("a")), "{}");
  EXPECT_EQ(Describe("a")["DeliveryStreamStatus"], "DELETING");
  EXPECT_THAT(Call("ListDeliveryStreams", "{}"), HasSubstr(R"(["a"])"));
  EXPECT_EQ(Call("CreateDeliveryStream", CreateRequest("a")),
            "ResourceInUseException: Firehose a under accountId 000000000000 already exists");
  EXPECT_EQ(Call("UpdateDestination", UpdateRequest("a", "1")),
            "ResourceInUseException: Cannot update firehose: a when it is in DELETING status");
  // Others don't wait for it, and a second deletion changes nothing.
  Call("CreateDeliveryStream", CreateRequest("b"));
  EXPECT_EQ(Call("DeleteDeliveryStream", NameOnly("a")), "{}");
  EXPECT_THAT(host_.calls, ElementsAre("start a 1", "delete a", "start b 1"));

  FinishDeletions();
  EXPECT_THAT(Call("DescribeDeliveryStream", NameOnly("a")), HasSubstr("ResourceNotFound"));
  EXPECT_THAT(Call("CreateDeliveryStream", CreateRequest("a")), HasSubstr("DeliveryStreamARN"));
}

TEST_F(ControlPlaneTest, ADeletionMayEndAfterTheControlPlane) {
  Call("CreateDeliveryStream", CreateRequest("a"));
  Call("DeleteDeliveryStream", NameOnly("a"));
  control_.reset();
  host_.FinishDeletions();
  EXPECT_EQ(catalog_->Find("a")->status, StreamStatus::kDeleting);  // finished at the next start
}

TEST_F(ControlPlaneTest, FinishesAtStartWhatACrashCutOff) {
  Call("CreateDeliveryStream", CreateRequest("going"));
  Call("CreateDeliveryStream", CreateRequest("staying"));
  ASSERT_OK(catalog_->MarkDeleting("going"));
  Restart();
  host_.calls.clear();
  control_->StartStreams();
  EXPECT_EQ(Describe("going")["DeliveryStreamStatus"], "DELETING");
  FinishDeletions();
  EXPECT_THAT(Call("ListDeliveryStreams", "{}"), HasSubstr(R"(["staying"])"));
  EXPECT_THAT(host_.calls, ElementsAre("start going 1", "delete going", "start staying 1"));
}

TEST_F(ControlPlaneTest, AConfiguredStreamIsMadeAnewWhenItsOldOneIsDeleted) {
  ASSERT_OK(control_->ApplyConfiguredStream(CreateRequest("a")));
  const std::string old = catalog_->Find("a")->incarnation;
  ASSERT_OK(catalog_->MarkDeleting("a"));
  Restart();
  ASSERT_OK(control_->ApplyConfiguredStream(CreateRequest("a", "new/")));
  control_->StartStreams();
  EXPECT_EQ(Describe("a")["DeliveryStreamStatus"], "DELETING");
  EXPECT_TRUE(host_.refused.contains("a"));  // producers send again
  FinishDeletions();
  EXPECT_EQ(Describe("a")["DeliveryStreamStatus"], "ACTIVE");
  EXPECT_NE(catalog_->Find("a")->incarnation, old);
  EXPECT_EQ(catalog_->Find("a")->s3->object.prefix, "new/");
  EXPECT_THAT(host_.calls, ElementsAre("start a 1", "delete a", "start a 1"));
}

TEST_F(ControlPlaneTest, AConfiguredStreamWhoseDeletionFailedIsDeletedFirst) {
  ASSERT_OK(control_->ApplyConfiguredStream(CreateRequest("a")));
  const std::string old = catalog_->Find("a")->incarnation;
  ASSERT_OK(catalog_->SetStatus("a", StreamStatus::kDeletingFailed, "disk is gone"));
  Restart();
  ASSERT_OK(control_->ApplyConfiguredStream(CreateRequest("a", "new/")));
  control_->StartStreams();
  EXPECT_EQ(Describe("a")["DeliveryStreamStatus"], "DELETING");
  FinishDeletions();
  EXPECT_EQ(Describe("a")["DeliveryStreamStatus"], "ACTIVE");
  EXPECT_NE(catalog_->Find("a")->incarnation, old);
  EXPECT_EQ(catalog_->Find("a")->s3->object.prefix, "new/");
}

TEST_F(ControlPlaneTest, ChangesARunningStreamAndKeepsItsLog) {
  Call("CreateDeliveryStream", CreateRequest("a"));
  EXPECT_FALSE(Describe("a").contains("LastUpdateTimestamp"));
  EXPECT_EQ(Call("UpdateDestination", UpdateRequest("a", "1", R"({"Prefix": "new/"})")), "{}");
  EXPECT_EQ(Describe("a")["VersionId"], "2");
  EXPECT_EQ(Describe("a")["LastUpdateTimestamp"], 1'700'000'000);
  EXPECT_EQ(Describe("a")["DeliveryStreamStatus"], "ACTIVE");
  EXPECT_THAT(host_.calls, ElementsAre("start a 1", "change a 2"));
  EXPECT_EQ(host_.incarnations.size(), 1u);
  EXPECT_EQ(Call("UpdateDestination", UpdateRequest("a", "1")),
            "ConcurrentModificationException: Cannot update firehose: a since the current version "
            "id: 2 and specified version id: 1 do not match");
  Restart();  // it was stored
  EXPECT_EQ(catalog_->Find("a")->s3->object.prefix, "new/");
}

TEST_F(ControlPlaneTest, RefusesAnUpdateThatIsWrongAndChangesNothing) {
  Call("CreateDeliveryStream", CreateRequest("a"));
  EXPECT_THAT(Call("UpdateDestination", NameOnly("a")), HasSubstr("ValidationException"));
  EXPECT_THAT(Call("UpdateDestination", UpdateRequest("a", "1", R"({"Prefix": "!{x:y}"})")),
              HasSubstr("InvalidArgumentException: "));
  EXPECT_EQ(catalog_->Find("a")->version, 1u);
  EXPECT_THAT(host_.calls, ElementsAre("start a 1"));
}

TEST_F(ControlPlaneTest, AStreamIsAsItWasWhenItCantBeChanged) {
  Call("CreateDeliveryStream", CreateRequest("a"));
  host_.change_status = Unavailable("no sink");
  EXPECT_EQ(Call("UpdateDestination", UpdateRequest("a", "1", R"({"Prefix": "new/"})")),
            "InternalFailure: The stream could not be changed.");
  EXPECT_EQ(Describe("a")["VersionId"], "1");
  EXPECT_EQ(catalog_->Find("a")->s3->object.prefix, "p/");
}

TEST_F(ControlPlaneTest, NothingIsChangedThatCantBeStored) {
  Call("CreateDeliveryStream", CreateRequest("a"));
  std::filesystem::remove_all(dir_.File("catalog"));
  EXPECT_THAT(Call("UpdateDestination", UpdateRequest("a", "1")), HasSubstr("InternalFailure"));
  EXPECT_THAT(host_.calls, ElementsAre("start a 1"));
  EXPECT_EQ(catalog_->Find("a")->version, 1u);
}

TEST_F(ControlPlaneTest, NullForOurKeyIsTheSameAsNone) {
  Json request = Json::parse(CreateRequest("a"));
  request["Hydrant"] = {{"quota", "1 GiB"}};
  Call("CreateDeliveryStream", request.dump());
  Json update = Json::parse(UpdateRequest("a", "1"));
  update["Hydrant"] = nullptr;
  EXPECT_EQ(Call("UpdateDestination", update.dump()), "{}");
  EXPECT_EQ(catalog_->Find("a")->hydrant.quota_bytes, 1u << 30);
}

TEST_F(ControlPlaneTest, RefusesAConfiguredStreamThatIsWrong) {
  EXPECT_THAT(control_->ApplyConfiguredStream("{"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(control_->ApplyConfiguredStream(NameOnly("a")),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("Exactly one destination")));
  EXPECT_EQ(catalog_->Find("a"), nullptr);
}

TEST_F(ControlPlaneTest, BringsConfiguredStreamsToWhatTheFileSays) {
  ASSERT_OK(control_->ApplyConfiguredStream(CreateRequest("a")));
  EXPECT_THAT(host_.calls, IsEmpty());  // started with the others
  control_->StartStreams();
  ASSERT_OK(control_->ApplyConfiguredStream(CreateRequest("a")));
  EXPECT_EQ(catalog_->Find("a")->version, 1u);
  const std::string incarnation = catalog_->Find("a")->incarnation;
  ASSERT_OK(control_->ApplyConfiguredStream(CreateRequest("a", "other/")));
  EXPECT_EQ(catalog_->Find("a")->version, 2u);
  EXPECT_EQ(catalog_->Find("a")->incarnation, incarnation);
  EXPECT_EQ(catalog_->Find("a")->s3->object.prefix, "other/");
  EXPECT_THAT(host_.calls, ElementsAre("start a 1", "change a 2"));
  Restart();
  ASSERT_OK(control_->ApplyConfiguredStream(CreateRequest("a", "other/")));
  control_->StartStreams();
  EXPECT_EQ(host_.calls.back(), "start a 2");
}

TEST_F(ControlPlaneTest, RefusesToLoseALogToAChangeOfTheFile) {
  ASSERT_OK(control_->ApplyConfiguredStream(CreateRequest("a")));
  Json request = Json::parse(CreateRequest("a"));
  request["Hydrant"] = {{"durability", "memory"}};
  EXPECT_THAT(control_->ApplyConfiguredStream(request.dump()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("stream a: Hydrant.durab")));
  EXPECT_EQ(catalog_->Find("a")->version, 1u);
}

TEST_F(ControlPlaneTest, RunsCallsOneAfterAnother) {
  std::vector<std::future<ApiReply>> replies;
  for (int i = 0; i < 50; ++i) {
    replies.push_back(boost::asio::co_spawn(
        context_,
        control_->Call(Author("CreateDeliveryStream"), CreateRequest("s" + std::to_string(i % 25))),
        boost::asio::use_future));
  }
  context_.run();
  int created = 0;
  for (auto& reply : replies) created += reply.get().index() == 0 ? 1 : 0;
  EXPECT_EQ(created, 25);
}

}  // namespace
}  // namespace hydrant
