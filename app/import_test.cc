// Import and export as far as they need no node: what is read, asked of the API, and made.
#include "app/export_report.h"
#include "app/firehose_client.h"
#include "app/import_apply.h"
#include "app/import_input.h"
#include "engine/stream/definition_parser.h"
#include "engine/stream/describe.h"
#include "engine/stream/destination_fixture.h"
#include "engine/testing/status_matchers.h"
#include "engine/testing/temp_dir.h"

#include <fstream>
#include <map>

namespace hydrant {
namespace {

using Json = nlohmann::json;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::StatusIs;

Json Described(Json request) {
  auto parsed = ParseStreamDefinition(request, {});
  EXPECT_EQ(parsed.index(), 0u) << request;
  return DescribeStream(std::get<StreamDefinition>(parsed));
}

Json Request(const std::string& name, std::string_view family = "ExtendedS3",
             const Json& patch = Json::object()) {
  Json request = RequestWith(family, patch);
  request["DeliveryStreamName"] = name;
  return request;
}

HttpReply Answer(int status, const Json& body) { return {status, body.dump(), std::nullopt}; }

// A node that holds streams, without the network.
struct FakeNode {
  std::map<std::string, Json> streams;
  std::map<std::string, Json> tags;
  std::vector<std::string> calls;
  std::vector<absl::Duration> pauses;
  std::vector<StatusOr<HttpReply>> first;  // what it answers before it works
  size_t page = 2;
  std::map<std::string, std::string> failing;  // why they can't run
  int creating = 0;                            // how often it says so first

  template <class Map>
  static std::vector<std::string> NamesAfter(const Map& map, const std::string& start) {
    std::vector<std::string> names;
    for (auto it = map.upper_bound(start); it != map.end(); ++it) names.push_back(it->first);
    return names;
  }

  StatusOr<HttpReply> Post(std::string_view operation, const std::string& body) {
    calls.emplace_back(operation);
    if (!first.empty()) {
      StatusOr<HttpReply> reply = first.front();
      first.erase(first.begin());
      return reply;
    }
    const Json request = Json::parse(body);
    const std::string name = request.value("DeliveryStreamName", "");
    if (operation == "CreateDeliveryStream") {
      streams[name] = request;
      return Answer(200, {{"DeliveryStreamARN", StreamArn("us-east-1", "000000000000", name)}});
    }
    if (operation == "ListDeliveryStreams") {
      auto names = NamesAfter(streams, request.value("ExclusiveStartDeliveryStreamName", ""));
      const bool more = names.size() > page;
      names.resize(std::min(names.size(), page));
      return Answer(200, {{"DeliveryStreamNames", names}, {"HasMoreDeliveryStreams", more}});
    }
    if (!streams.contains(name)) {
      return Answer(400, {{"__type", "x#ResourceNotFoundException"}, {"message", name + "?"}});
    }
    if (operation == "DescribeDeliveryStream") {
      Json description = Described(streams[name]);
      if (creating > 0) {
        --creating;
        description["DeliveryStreamStatus"] = "CREATING";
      } else if (failing.contains(name)) {
        description["DeliveryStreamStatus"] = "CREATING_FAILED";
        description["FailureDescription"] = {{"Type", "UNKNOWN_ERROR"}, {"Details", failing[name]}};
      }
      return Answer(200, {{"DeliveryStreamDescription", description}});
    }
    Json list = Json::array();
    for (const auto& [key, value] : tags[name].items()) {
      if (key > request.value("ExclusiveStartTagKey", "")) {
        list.push_back({{"Key", key}, {"Value", value}});
      }
    }
    const bool more = list.size() > page;
    while (list.size() > page) list.erase(list.size() - 1);
    return Answer(200, {{"Tags", list}, {"HasMoreTags", more}});
  }

  FirehoseClient Client() {
    return FirehoseClient({[this](std::string_view operation, const std::string& body) {
                             return Post(operation, body);
                           },
                           [this](absl::Duration pause) { pauses.push_back(pause); }});
  }
};

TEST(FirehoseClientTest, ReadsListsPageByPage) {
  FakeNode node;
  for (const char* name : {"a", "b", "c", "d", "e"}) node.streams[name] = Request(name);
  node.tags["a"] = {{"k1", "1"}, {"k2", "2"}, {"k3", "3"}};
  FirehoseClient client = node.Client();
  EXPECT_EQ(*client.ListStreams(), (std::vector<std::string>{"a", "b", "c", "d", "e"}));
  EXPECT_EQ(node.calls.size(), 3u);
  const StatusOr<Json> tags = client.ListTags("a");
  ASSERT_OK(tags);
  EXPECT_EQ(tags->size(), 3u);
  EXPECT_EQ((*tags)[2], Json({{"Key", "k3"}, {"Value", "3"}}));
  EXPECT_EQ(*client.ListTags("b"), Json::array());
}

TEST(FirehoseClientTest, ErrorsSayHowToMend) {
  FakeNode node;
  FirehoseClient client = node.Client();
  EXPECT_THAT(client.Describe("x"), StatusIs(absl::StatusCode::kNotFound,
                                             "DescribeDeliveryStream: "
                                             "ResourceNotFoundException: x?"));
  node.first = {Unavailable("refused")};
  EXPECT_THAT(client.Describe("x"),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("--endpoint names another")));
  node.first = {Answer(403, {{"__type", "AccessDeniedException"}, {"Message", "no"}})};
  EXPECT_THAT(client.Describe("x"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("AccessDeniedException: no"), Not(HasSubstr("HYDRANT_")))));
  node.first = {Answer(400, {{"__type", "UnrecognizedClientException"}, {"message", "invalid"}})};
  EXPECT_THAT(client.Describe("x"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("HYDRANT_SECRET_ACCESS_KEY")));
  for (const HttpReply& odd : {Answer(200, {{"Other", 1}}), Answer(200, 1), Answer(404, "x"),
                               HttpReply{200, "<html>", {}}, HttpReply{500, "", {}}}) {
    node.first = {odd};
    EXPECT_THAT(client.Describe("x"),
                StatusIs(absl::StatusCode::kUnavailable, HasSubstr("--endpoint must name")))
        << odd.body;
  }
}

TEST(FirehoseClientTest, WaitsOutThrottling) {
  FakeNode node;
  const HttpReply slow = Answer(400, {{"__type", "ThrottlingException"}, {"message", "Rate"}});
  node.first = {slow, Answer(503, {{"__type", "ServiceUnavailableException"}})};
  EXPECT_OK(node.Client().ListStreams());
  EXPECT_EQ(node.pauses.size(), 2u);
  node.first.assign(100, slow);
  EXPECT_THAT(node.Client().ListStreams(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("ThrottlingException")));
  EXPECT_LT(node.pauses.size(), 20u);
}

TEST(ReadDescriptionsTest, TakesEveryFormThatPeopleHave) {
  const Json a = Described(Request("a"));
  const Json b = Described(Request("b", "Splunk", {{"HECEndpoint", "https://s\"{[\\/x"}}));
  const Json answer = {{"DeliveryStreamDescription", b}, {"ResponseMetadata", {{"x", 1}}}};
  const auto names = [](const std::string& text) {
    std::vector<std::string> found;
    const auto streams = ReadDescriptions(text, "f");
    EXPECT_OK(streams);
    for (const ImportedStream& s : *streams) found.push_back(s.request["DeliveryStreamName"]);
    return found;
  };
  EXPECT_THAT(names(a.dump()), ElementsAre("a"));
  EXPECT_THAT(names(answer.dump(2)), ElementsAre("b"));
  EXPECT_THAT(names("\n" + answer.dump(2) + "\n\n" + a.dump() + "\n"), ElementsAre("b", "a"));
  EXPECT_THAT(names(a.dump() + answer.dump()), ElementsAre("a", "b"));
  EXPECT_THAT(names(Json::array({a, answer}).dump()), ElementsAre("a", "b"));
}

TEST(ReadDescriptionsTest, SaysWhereWhatIsWrong) {
  const std::string good = Described(Request("a")).dump();
  const auto wrong = [](const std::string& text) {
    return std::string(Message(ReadDescriptions(text, "f.json").status()));
  };
  EXPECT_EQ(wrong(""), "f.json: there is no description of a stream");
  EXPECT_EQ(wrong(" \n[]"), "f.json: there is no description of a stream");
  EXPECT_EQ(wrong("\n\nDeliveryStreams:"), "f.json:3: what begins here is no JSON document");
  EXPECT_EQ(wrong(good + "\n{"), "f.json:2: what begins here is no JSON document");
  EXPECT_EQ(wrong(good + "\n\"x"), "f.json:2: what begins here is no JSON document");
  EXPECT_EQ(wrong("}"), "f.json:1: what begins here is no JSON document");
  EXPECT_EQ(wrong(std::string(100000, '[')), "f.json:1: what begins here is no JSON document");
  EXPECT_THAT(wrong("[[]]"), HasSubstr("f.json:1: a list in a list"));
  EXPECT_THAT(wrong(R"([{}, {"DeliveryStreamName": "a"}])"),
              HasSubstr("f.json:1[0]: not what describe-delivery-stream prints: it has no"));
  EXPECT_THAT(wrong(R"({"Tags": [], "HasMoreTags": false})"), HasSubstr("DeliveryStreamName"));
  EXPECT_THAT(wrong(R"({"DeliveryStreamDescription": 1})"), HasSubstr("DeliveryStreamName"));
}

TEST(ReadImportFileTest, SaysWhatItCantRead) {
  testing::TempDir dir;
  std::ofstream(dir.File("x.json")) << "text";
  EXPECT_EQ(*ReadImportFile(dir.File("x.json")), "text");
  EXPECT_THAT(ReadImportFile(dir.File("no.json")),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("no.json")));
  EXPECT_FALSE(ReadImportFile(dir.path()).ok());
}

TEST(MissingForTest, NamesEveryStreamThatANodeOfThisBuildDoesNotStartWith) {
  StreamRequests requests;
  std::vector<::testing::Matcher<std::string>> wanted;
  const Json families = SmallestDestinations();
  for (const auto& [name, destination] : families.items()) {
    requests.push_back(ImportDescription(Described(Request("of-" + name, name)))->request);
    if (name.ends_with("S3")) continue;
    wanted.push_back(AllOf(::testing::StartsWith("of-" + name + ": "), HasSubstr("has no sink"),
                           HasSubstr("does not start")));
  }
  EXPECT_THAT(MissingFor(requests), ::testing::ElementsAreArray(wanted));
}

class ApplyImportTest : public ::testing::Test {
 protected:
  StatusOr<ImportOutcome> Apply(const std::vector<Json>& described) {
    StreamRequests requests;
    for (const Json& request : described) {
      requests.push_back(ImportDescription(Described(request))->request);
    }
    said_.clear();
    FirehoseClient client = node_.Client();
    return ApplyImport(
        requests, client,
        [&](const std::string& name) -> std::optional<std::string> {
          const auto found = environment_.find(name);
          if (found == environment_.end()) return std::nullopt;
          return found->second;
        },
        [&](const std::string& line) { said_.push_back(line); });
  }

  FakeNode node_;
  std::map<std::string, std::string> environment_;
  std::vector<std::string> said_;
};

TEST_F(ApplyImportTest, MakesWhatIsNotThereAndLeavesTheRestAlone) {
  node_.streams["same"] = Request("same", "Redshift");
  node_.streams["other"] = Request("other", "ExtendedS3", {{"Prefix", "x/"}});
  const Json other = node_.streams["other"];
  const auto outcome =
      Apply({Request("same", "Redshift"),
             Request("other", "ExtendedS3", {{"CompressionFormat", "GZIP"}}), Request("fresh")});
  ASSERT_OK(outcome);
  EXPECT_THAT(said_, ElementsAre("same: exists and is equal",
                                 "other: exists and differs in "
                                 "ExtendedS3DestinationConfiguration.CompressionFormat, "
                                 "ExtendedS3DestinationConfiguration.Prefix; not touched",
                                 "fresh: created"));
  EXPECT_EQ(outcome->created, 1);
  EXPECT_EQ(outcome->equal, 1);
  EXPECT_EQ(outcome->different, 1);
  EXPECT_EQ(node_.streams["other"], other);
  EXPECT_OK(Apply({Request("fresh")}));
  EXPECT_THAT(said_, ElementsAre("fresh: exists and is equal"));
}

TEST_F(ApplyImportTest, WithoutItsSecretsNothingIsMade) {
  const std::vector<Json> streams = {Request("plain"), Request("shop", "Redshift"),
                                     Request("web", "HttpEndpoint"), Request("snow", "Snowflake")};
  environment_ = {{"SHOP_PASSWORD", ""}};  // a password is never empty
  const auto missing = Apply(streams);
  EXPECT_THAT(missing,
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("SHOP_PASSWORD  shop: RedshiftDestinationConfiguration."),
                             HasSubstr("WEB_ACCESS_KEY  web: "), HasSubstr("SNOW_PRIVATE_KEY"),
                             HasSubstr("SNOW_KEY_PASSPHRASE"), HasSubstr("set it empty"),
                             Not(HasSubstr("plain")))));
  EXPECT_TRUE(node_.streams.empty());
  EXPECT_THAT(said_, IsEmpty());
  environment_ = {{"SHOP_PASSWORD", "pass-Word-1"},
                  {"WEB_ACCESS_KEY", ""},
                  {"SNOW_PRIVATE_KEY", std::string(256, 'A')},
                  {"SNOW_KEY_PASSPHRASE", "a phrase"}};
  const auto made = Apply(streams);
  ASSERT_OK(made);
  EXPECT_EQ(made->created, 4);
  EXPECT_EQ(node_.streams["shop"]["RedshiftDestinationConfiguration"]["Password"], "pass-Word-1");
  EXPECT_FALSE(node_.streams["web"]["HttpEndpointDestinationConfiguration"]["EndpointConfiguration"]
                   .contains("AccessKey"));
  environment_.clear();  // they are there now: no secret is needed to compare
  const auto again = Apply(streams);
  ASSERT_OK(again);
  EXPECT_EQ(again->equal, 4);
}

TEST_F(ApplyImportTest, ASecretThatTheDescriptionShowsIsUsed) {
  ASSERT_OK(Apply({Request("logs", "Splunk")}));
  EXPECT_EQ(node_.streams["logs"]["SplunkDestinationConfiguration"]["HECToken"], "the-token");
  node_.streams.clear();
  environment_ = {{"LOGS_HEC_TOKEN", "mine"}};
  ASSERT_OK(Apply({Request("logs", "Splunk")}));
  EXPECT_EQ(node_.streams["logs"]["SplunkDestinationConfiguration"]["HECToken"], "mine");
}

TEST_F(ApplyImportTest, WhatCantRunIsToldAndTheRestIsMade) {
  node_.failing["logs"] = "no sink for it";
  for (const char* verb : {"created", "exists and is equal"}) {
    const auto outcome = Apply({Request("logs"), Request("fine")});
    ASSERT_OK(outcome);
    EXPECT_THAT(said_, ElementsAre(std::string("logs: ") + verb + "; it can't run: no sink for it",
                                   std::string("fine: ") + verb));
    EXPECT_EQ(outcome->failing, 1);
  }
}

TEST_F(ApplyImportTest, WaitsAShortWhileForWhatIsCreating) {
  const auto made = [&](int creating) {
    node_.streams.clear();
    node_.creating = creating;
    EXPECT_OK(Apply({Request("slow")}));
    return said_;
  };
  node_.failing["slow"] = "no sink for it";
  EXPECT_THAT(made(3), ElementsAre("slow: created; it can't run: no sink for it"));
  EXPECT_THAT(node_.pauses, ::testing::SizeIs(3));
  EXPECT_THAT(made(1'000'000), ElementsAre("slow: created; it is still CREATING"));
  EXPECT_LT(node_.pauses.size(), 100u);
}

TEST_F(ApplyImportTest, ARefusalIsToldAndTheRestGoesOn) {
  FakeNode refusing;
  refusing.streams["b"] = Request("b");
  StreamRequests requests = {ImportDescription(Described(Request("a")))->request,
                             ImportDescription(Described(Request("b")))->request};
  int creates = 0;
  FirehoseClient client({[&](std::string_view operation, const std::string& body) {
                           if (operation != "CreateDeliveryStream") {
                             return refusing.Post(operation, body);
                           }
                           ++creates;
                           return StatusOr<HttpReply>(Answer(
                               400, {{"__type", "InvalidArgumentException"}, {"message", "bad"}}));
                         },
                         [](absl::Duration) {}});
  std::vector<std::string> said;
  const auto outcome = ApplyImport(
      requests, client, [](const std::string&) { return std::nullopt; },
      [&](const std::string& line) { said.push_back(line); });
  ASSERT_OK(outcome);
  EXPECT_EQ(outcome->refused, 1);
  EXPECT_EQ(creates, 1);
  EXPECT_THAT(said, ElementsAre("a: not created: CreateDeliveryStream: "
                                "InvalidArgumentException: bad",
                                "b: exists and is equal"));
}

}  // namespace
}  // namespace hydrant
