#include "engine/exchange/streams_yaml.h"

#include "engine/config/stream_json.h"
#include "engine/exchange/exchange_fixture.h"
#include "engine/exchange/export_names.h"
#include "engine/testing/status_matchers.h"

#include <variant>

namespace hydrant {
namespace {

using Json = nlohmann::ordered_json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Json Stream(const std::string& name, Json more = Json::object()) {
  Json request = {{"DeliveryStreamName", name}};
  request.update(more);
  return request;
}

// What hydrant.yaml makes of the text; each variable's value is its name in angle brackets.
nlohmann::json ReadBack(const std::string& text) {
  const auto parsed = ParseYaml(text);
  EXPECT_EQ(parsed.index(), 0u) << text;
  const YamlNode* streams = std::get<YamlNode>(parsed).Find("streams");
  ValueSources sources = ValueSources::System();
  sources.environment = [](const std::string& name) { return "<" + name + ">"; };
  nlohmann::json list = nlohmann::json::array();
  for (const YamlNode& node : streams->items) {
    std::vector<ConfigError> errors;
    const RequestJson request = ToRequestJson(node, "streams", sources, errors);
    EXPECT_TRUE(errors.empty()) << text;
    list.push_back(nlohmann::json::parse(request.text, nullptr, false));
  }
  return list;
}

TEST(StreamsYamlTest, IsReadAsItWasMeant) {
  const Json texts = {"",
                      " ",
                      "a b",
                      "a: b",
                      "- a",
                      "#",
                      "12",
                      "1e3",
                      "true",
                      "No",
                      "~",
                      "null",
                      "a#b",
                      "'",
                      "\"",
                      "\\",
                      "a\nb",
                      "\t",
                      "\u00e4\u20ac",
                      "{a}",
                      "[",
                      "!{x:y}",
                      "${HOME}",
                      "$${A}",
                      "$$${",
                      "$",
                      "a:",
                      "@x",
                      "%x",
                      "*x",
                      "&x",
                      "x,y",
                      "0x1f",
                      "2026-11-21",
                      "arn:aws:s3:::b",
                      "\x01",
                      "yes",
                      "=",
                      "<<",
                      "file"};
  Json list = Json::array();
  for (const Json& text : texts) list.push_back({{"AttributeName", text}, {"AttributeValue", "v"}});
  const Json request =
      Stream("logs", {{"HttpEndpointDestinationConfiguration",
                       {{"SecretsManagerConfiguration", {{"Enabled", true}}},
                        {"RequestConfiguration", {{"CommonAttributes", list}}},
                        {"BufferingHints", {{"SizeInMBs", 5}, {"IntervalInSeconds", 0}}},
                        {"Empty", Json::object()},
                        {"None", Json::array()}}},
                      {"Hydrant",
                       {{"Quota", "64 MiB"},
                        {"DeliveryWorkersMax", 7},
                        {"Retention", "90"},
                        {"Failover", {{"Drain", false}, {"Odd", texts}}}}}});
  const Exported exported = StreamsYaml({request, Stream("b")});
  EXPECT_EQ(ReadBack(exported.text), nlohmann::json(Json{request, Stream("b")})) << exported.text;
  EXPECT_THAT(exported.secrets, IsEmpty());
  EXPECT_THAT(exported.remarks, IsEmpty());
}

TEST(StreamsYamlTest, ReadsLikeWrittenByHand) {
  const Json request = Stream(
      "logs", {{"ExtendedS3DestinationConfiguration",
                {{"BucketARN", "arn:aws:s3:::logs"},
                 {"Prefix", "!{timestamp:yyyy}/"},
                 {"BufferingHints", {{"SizeInMBs", 5}}},
                 {"ProcessingConfiguration",
                  {{"Enabled", true},
                   {"Processors", {{{"Type", "Lambda"}, {"Parameters", Json::array()}}}}}}}}});
  EXPECT_EQ(StreamsYaml({request}).text, R"(streams:
  - DeliveryStreamName: logs
    ExtendedS3DestinationConfiguration:
      BucketARN: arn:aws:s3:::logs
      Prefix: "!{timestamp:yyyy}/"
      BufferingHints:
        SizeInMBs: 5
      ProcessingConfiguration:
        Enabled: true
        Processors:
          - Type: Lambda
            Parameters: []
)");
  EXPECT_EQ(StreamsYaml({}).text, "streams: []\n");
}

TEST(StreamsYamlTest, SecretsAreVariables) {
  const Json splunk = {{"SplunkDestinationConfiguration", {{"HECToken", "very-secret"}}}};
  const Json snowflake = {{"SnowflakeDestinationConfiguration", {{"User", "u"}}}};
  Json failover = Stream("b");
  failover["Hydrant"]["Failover"]["Destinations"] = Json::array({snowflake});
  const Exported exported =
      StreamsYaml({Stream("a.b", splunk), Stream("a-b", splunk), Stream("1", splunk), failover});
  EXPECT_THAT(exported.text, Not(HasSubstr("very-secret")));
  std::vector<std::string> names;
  for (const SecretToFill& secret : exported.secrets) names.push_back(secret.name);
  EXPECT_THAT(names, ElementsAre("A_B_HEC_TOKEN", "A_B_HEC_TOKEN_2", "STREAM_1_HEC_TOKEN",
                                 "B_FAILOVER_1_PRIVATE_KEY", "B_FAILOVER_1_KEY_PASSPHRASE"));
  EXPECT_FALSE(exported.secrets[0].optional);
  EXPECT_TRUE(exported.secrets[4].optional);
  EXPECT_EQ(exported.secrets[1].stream, "a-b");
  const nlohmann::json read = ReadBack(exported.text);
  EXPECT_EQ(read[1]["SplunkDestinationConfiguration"]["HECToken"], "<A_B_HEC_TOKEN_2>");
  const nlohmann::json& further =
      read[3]["Hydrant"]["Failover"]["Destinations"][0]["SnowflakeDestinationConfiguration"];
  EXPECT_EQ(further["PrivateKey"], "<B_FAILOVER_1_PRIVATE_KEY>");
  EXPECT_THAT(StreamsJson({Stream("a", splunk)}).text,
              HasSubstr(R"("HECToken": "${A_HEC_TOKEN}")"));
}

TEST(StreamsYamlTest, SaysWhatItCantSay) {
  Json request = Stream("logs", {{"ColumnToJsonKeyMappings", {{"file", "x"}}}});
  EXPECT_THAT(StreamsYaml({request}).remarks,
              ElementsAre(HasSubstr("logs.ColumnToJsonKeyMappings: a map with the only key")));
  request["ColumnToJsonKeyMappings"]["other"] = "y";
  EXPECT_THAT(StreamsYaml({request}).remarks, IsEmpty());
  const Json large = Stream("logs", {{"Prefix", std::string(5 << 20, 'x')}});
  EXPECT_THAT(StreamsYaml({large}).remarks, ElementsAre(HasSubstr("larger than the 4 MiB")));
}

TEST(StreamsYamlTest, EverythingThereIsComesBack) {
  for (const std::string family : kAllFamilies) {
    Json request = FullRequest(family);
    RemoveSecrets(request);
    const nlohmann::json read = ReadBack(StreamsYaml({request}).text);
    std::set<std::string> wanted;
    std::set<std::string> got;
    CollectPaths(request, "", wanted);
    CollectPaths(Json(read[0]), "", got);
    EXPECT_EQ(got, wanted) << family;
  }
}

}  // namespace
}  // namespace hydrant
