#include "engine/stream/control_plane_fixture.h"

#include <filesystem>

namespace hydrant {
namespace {

using ::testing::HasSubstr;

class TagsTest : public ControlPlaneFixture {
 protected:
  TagsTest() { Call("CreateDeliveryStream", CreateRequest("a")); }

  std::string Tag(const Json& tags) {
    return Call("TagDeliveryStream", Json{{"DeliveryStreamName", "a"}, {"Tags", tags}}.dump());
  }
  std::string Untag(const Json& keys) {
    return Call("UntagDeliveryStream", Json{{"DeliveryStreamName", "a"}, {"TagKeys", keys}}.dump());
  }
  Json List(const char* more = "{}") {
    Json request = {{"DeliveryStreamName", "a"}};
    request.merge_patch(Json::parse(more));
    return Json::parse(Call("ListTagsForDeliveryStream", request.dump()));
  }
  static Json Tags(int from, int count) {
    Json tags = Json::array();
    for (int i = from; i < from + count; ++i) {
      tags.push_back({{"Key", "k" + std::to_string(i)}, {"Value", "v"}});
    }
    return tags;
  }
};

TEST_F(TagsTest, AreOfAStreamThatIsThere) {
  for (const char* request :
       {"TagDeliveryStream", "UntagDeliveryStream", "ListTagsForDeliveryStream"}) {
    EXPECT_THAT(Call(request, R"({"DeliveryStreamName": "b", "Tags": [{"Key": "k"}],
                                  "TagKeys": ["k"]})"),
                HasSubstr("ResourceNotFoundException"))
        << request;
  }
}

TEST_F(TagsTest, HoldToTheModel) {
  for (const Json& tags :
       {Json::array(), Tags(0, 51), Json::array({{{"Key", ""}}}), Json::array({{{"Key", "aws:x"}}}),
        Json::array({{{"Key", std::string(129, 'k')}}}), Json::array({{{"Key", "a;b"}}}),
        Json::array({{{"Key", "k"}, {"Value", std::string(257, 'v')}}}),
        Json::array({{{"Value", "v"}}})}) {
    EXPECT_THAT(Tag(tags), HasSubstr("ValidationException")) << tags;
  }
  EXPECT_THAT(Untag(Json::array()), HasSubstr("ValidationException"));
  EXPECT_THAT(Tag({{{"Key", "k"}, {"Value", "1"}}, {{"Key", "k"}, {"Value", "2"}}}),
              HasSubstr("InvalidArgumentException"));
  EXPECT_EQ(List(), Json::parse(R"({"Tags": [], "HasMoreTags": false})"));
}

TEST_F(TagsTest, AreAddedReplacedAndRemoved) {
  EXPECT_EQ(Tag({{{"Key", "team"}, {"Value", "logs"}}, {{"Key", "bare"}}}), "{}");
  EXPECT_EQ(Tag({{{"Key", "team"}, {"Value", "\u00fcber all/1=2"}}}), "{}");
  EXPECT_EQ(List()["Tags"], Json::parse(R"([{"Key": "bare"},
                                            {"Key": "team", "Value": "über all/1=2"}])"));
  EXPECT_EQ(Untag({"bare", "never there"}), "{}");
  EXPECT_EQ(List()["Tags"].size(), 1u);
  EXPECT_EQ(Describe("a")["VersionId"], "1");  // they are no part of the definition
  Restart();
  EXPECT_EQ(List()["Tags"][0]["Key"], "team");
}

TEST_F(TagsTest, AreFiftyAtMost) {
  EXPECT_EQ(Tag(Tags(0, 50)), "{}");
  EXPECT_THAT(Tag(Tags(50, 1)), HasSubstr("LimitExceededException"));
  EXPECT_EQ(Tag(Tags(49, 1)), "{}");
  EXPECT_EQ(List()["Tags"].size(), 50u);
  EXPECT_EQ(Untag({"k0"}), "{}");
  EXPECT_EQ(Tag(Tags(50, 1)), "{}");
}

TEST_F(TagsTest, AreListedInPages) {
  Tag(Tags(1, 5));
  Json page = List(R"({"Limit": 2})");
  EXPECT_EQ(page["Tags"][1]["Key"], "k2");
  EXPECT_EQ(page["HasMoreTags"], true);
  page = List(R"({"Limit": 3, "ExclusiveStartTagKey": "k2"})");
  EXPECT_EQ(page["Tags"][0]["Key"], "k3");
  EXPECT_EQ(page["Tags"].size(), 3u);
  EXPECT_EQ(page["HasMoreTags"], false);
  EXPECT_EQ(List(R"({"ExclusiveStartTagKey": "z"})")["Tags"].size(), 0u);
}

TEST_F(TagsTest, ComeWithTheStreamAndSurviveItsUpdates) {
  Json request = Json::parse(CreateRequest("b"));
  request["Tags"] = Tags(0, 2);
  Call("CreateDeliveryStream", request.dump());
  const auto count = [&] {
    return Json::parse(Call("ListTagsForDeliveryStream", NameOnly("b")))["Tags"].size();
  };
  EXPECT_EQ(count(), 2u);
  EXPECT_EQ(Call("UpdateDestination", UpdateRequest("b", "1", R"({"Prefix": "q/"})")), "{}");
  EXPECT_EQ(count(), 2u);
  EXPECT_EQ(Describe("b").contains("Tags"), false);
}

TEST_F(TagsTest, OfAConfiguredStreamAreWhatTheFileSays) {
  Json request = Json::parse(CreateRequest("c"));
  request["Tags"] = Tags(0, 1);
  ASSERT_OK(control_->ApplyConfiguredStream(request.dump()));
  request["Tags"] = Tags(1, 1);
  ASSERT_OK(control_->ApplyConfiguredStream(request.dump()));
  EXPECT_EQ(catalog_->Find("c")->tags, (StreamTags{{"k1", "v"}}));
  EXPECT_EQ(catalog_->Find("c")->version, 1u);
  request.erase("Tags");  // a file without tags leaves those of the API
  ASSERT_OK(control_->ApplyConfiguredStream(request.dump()));
  EXPECT_EQ(catalog_->Find("c")->tags.size(), 1u);
}

TEST_F(TagsTest, DoNotChangeWhenTheyCantBeStored) {
  std::filesystem::remove_all(dir_.File("catalog"));
  EXPECT_THAT(Tag(Tags(0, 1)), HasSubstr("InternalFailure"));
  EXPECT_EQ(List()["Tags"].size(), 0u);
}

TEST_F(TagsTest, AreNotPutOnAStreamThatGoes) {
  Call("DeleteDeliveryStream", NameOnly("a"));
  EXPECT_THAT(Tag(Tags(0, 1)), HasSubstr("ResourceInUseException"));
}

}  // namespace
}  // namespace hydrant
