// DescribeStream backwards: what is described, imported and made again is described the same.
#include "engine/stream/description_import.h"

#include "engine/config/node_config.h"
#include "engine/stream/definition_parser.h"
#include "engine/stream/describe.h"
#include "engine/stream/destination_choices.h"
#include "engine/stream/destination_fixture.h"
#include "engine/stream/destination_secrets.h"
#include "engine/testing/status_matchers.h"

#include <algorithm>
#include <cstdlib>
#include <random>
#include <set>

namespace hydrant {
namespace {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

StreamDefinition Made(const Json& request) {
  NodeConfig config;
  config.log.on_encrypted_disk = true;
  ParseOptions options;
  options.config = &config;
  options.now = absl::FromUnixMillis(1'700'000'000'250);
  options.support.has_processor = [](std::string_view) { return true; };
  auto parsed = ParseStreamDefinition(request, options);
  const auto* error = std::get_if<ApiError>(&parsed);
  EXPECT_EQ(error, nullptr) << error->message << "\n" << request;
  return error == nullptr ? std::get<StreamDefinition>(parsed) : StreamDefinition();
}

Json Described(const Json& request) { return DescribeStream(Made(request)); }

ImportedStream Imported(const Json& description) {
  StatusOr<ImportedStream> imported = ImportDescription(description);
  EXPECT_OK(imported);
  return imported.ok() ? *std::move(imported) : ImportedStream();
}

// What is missing comes from where the request had it.
Json WithSecretsOf(const Json& request, OrderedJson imported) {
  const OrderedJson given = request;
  for (const SecretPlace& place : SecretPlaces(imported)) {
    if (given.contains(place.at)) imported[place.at] = given[place.at];
  }
  return imported;
}

void ExpectComesBack(const Json& request) {
  const Json described = Described(request);
  const ImportedStream imported = Imported(described);
  EXPECT_EQ(Described(WithSecretsOf(request, imported.request)), described) << imported.request;
}

constexpr const char* kFamilies[] = {
    "S3",     "ExtendedS3",   "Redshift",  "Elasticsearch", "Amazonopensearchservice",
    "Splunk", "HttpEndpoint", "Snowflake", "Iceberg",       "AmazonOpenSearchServerless"};

TEST(ImportDescriptionTest, RandomStreamsOfAllFamiliesComeBack) {
  const char* given = std::getenv("HYDRANT_TEST_SEED");
  const auto seed = given == nullptr ? std::random_device()() : std::strtoul(given, nullptr, 10);
  std::mt19937_64 random(seed);
  const auto some = [&](const Json& choices) {
    Json chosen = Json::object();
    for (const auto& [name, values] : choices.items()) {
      if (random() % 2 == 0) chosen[name] = values[random() % values.size()];
    }
    return chosen;
  };
  for (int round = 0; round < 400 && !::testing::Test::HasFailure(); ++round) {
    const std::string family = kFamilies[random() % std::size(kFamilies)];
    Json patch = some(DestinationChoices()[family]);
    const Json bucket = some(BucketChoices(family));
    if (family.ends_with("S3")) {
      patch.update(bucket);
    } else {
      patch["S3Configuration"] = bucket;
    }
    SCOPED_TRACE("HYDRANT_TEST_SEED=" + std::to_string(seed) + " round " + std::to_string(round));
    ExpectComesBack(RequestWith(family, patch));
  }
}

TEST(ImportDescriptionTest, WhatFewStreamsHaveComesBack) {
  const Json vpc = Json::parse(R"({"VpcConfiguration": {"SubnetIds": ["subnet-1"],
      "RoleARN": "arn:aws:iam::000000000000:role/r", "SecurityGroupIds": ["sg-1"]}})");
  for (const char* family :
       {"Elasticsearch", "Amazonopensearchservice", "AmazonOpenSearchServerless"}) {
    ExpectComesBack(RequestWith(family, vpc));
  }
  const Json managed = Json::parse(R"({"SecretsManagerConfiguration": {"Enabled": true,
      "SecretARN": "arn:aws:secretsmanager:us-east-1:000000000000:secret:s-AbCdEf",
      "RoleARN": "arn:aws:iam::000000000000:role/r"}, "HECToken": null, "PrivateKey": null,
      "KeyPassphrase": null, "User": null, "Username": null, "Password": null})");
  for (const char* family : {"Redshift", "Splunk", "Snowflake"}) {
    Json patch = managed;
    const Json given = SmallestDestinations()[family];
    for (const auto& [name, value] : managed.items()) {
      if (value.is_null() && !given.contains(name)) patch.erase(name);
    }
    ExpectComesBack(RequestWith(family, patch));
  }
  ExpectComesBack(RequestWith("ExtendedS3", Json::parse(kConversion)));
  ExpectComesBack(RequestWith("ExtendedS3", Json::parse(R"({"ProcessingConfiguration": {
      "Enabled": true, "Processors": [{"Type": "Lambda", "Parameters": [
          {"ParameterName": "LambdaArn", "ParameterValue": "arn"}]}]}})")));
}

TEST(ImportDescriptionTest, SourcesComeBack) {
  const char* kSources[] = {
      R"({"DirectPutSourceConfiguration": {"ThroughputHintInMBs": 5}})",
      R"({"DeliveryStreamType": "KinesisStreamAsSource", "KinesisStreamSourceConfiguration": {
          "KinesisStreamARN": "arn:aws:kinesis:us-east-1:000000000000:stream/s",
          "RoleARN": "arn:aws:iam::000000000000:role/r"}})",
      R"({"DeliveryStreamType": "MSKAsSource", "MSKSourceConfiguration": {"TopicName": "t",
          "MSKClusterARN": "arn:aws:kafka:us-east-1:000000000000:cluster/c/0-1",
          "AuthenticationConfiguration": {"RoleARN": "arn:aws:iam::000000000000:role/r",
          "Connectivity": "PRIVATE"}}})",
      R"({"DeliveryStreamType": "MSKAsSource", "MSKSourceConfiguration": {"TopicName": "t",
          "MSKClusterARN": "arn:aws:kafka:us-east-1:000000000000:cluster/c/0-1",
          "AuthenticationConfiguration": {"RoleARN": "arn:aws:iam::000000000000:role/r",
          "Connectivity": "PUBLIC"}, "ReadFromTimestamp": 1600000000.5}})",
  };
  for (const char* source : kSources) {
    Json request = RequestWith("ExtendedS3", Json::object());
    request.update(Json::parse(source));
    ExpectComesBack(request);
  }
}

TEST(ImportDescriptionTest, AStreamReadsFromWhereItIsMadeUnlessToldOtherwise) {
  Json request = RequestWith("ExtendedS3", Json::object());
  request.update(Json::parse(R"({"DeliveryStreamType": "MSKAsSource", "MSKSourceConfiguration": {
      "MSKClusterARN": "arn:aws:kafka:us-east-1:000000000000:cluster/c/0-1", "TopicName": "t",
      "AuthenticationConfiguration": {"RoleARN": "arn:aws:iam::000000000000:role/r",
      "Connectivity": "PRIVATE"}}})"));
  Json description = Described(request);
  const auto from = [&] { return Imported(description).request["MSKSourceConfiguration"]; };
  EXPECT_FALSE(from().contains("ReadFromTimestamp"));
  Json& source = description["Source"]["MSKSourceDescription"];
  source["DeliveryStartTimestamp"] = "2026-11-21T09:30:00.500000+01:00";  // as the AWS CLI prints
  source["ReadFromTimestamp"] = "2026-11-21 08:30:00.500000+00:00";       // as Python does
  EXPECT_FALSE(from().contains("ReadFromTimestamp"));
  source["ReadFromTimestamp"] = "2026-11-21T08:30:01Z";
  EXPECT_EQ(from()["ReadFromTimestamp"], 1795249801.0);
}

TEST(ImportDescriptionTest, EncryptionThatIsEnabledIsAskedFor) {
  Json request = RequestWith("ExtendedS3", Json::object());
  request["DeliveryStreamEncryptionConfigurationInput"] = {{"KeyType", "AWS_OWNED_CMK"}};
  ExpectComesBack(request);
  Json description = Described(request);
  EXPECT_EQ(Imported(description).request["DeliveryStreamEncryptionConfigurationInput"],
            OrderedJson({{"KeyType", "AWS_OWNED_CMK"}}));
  description["DeliveryStreamEncryptionConfiguration"]["Status"] = "ENABLING_FAILED";
  const ImportedStream failed = Imported(description);
  EXPECT_FALSE(failed.request.contains("DeliveryStreamEncryptionConfigurationInput"));
  EXPECT_THAT(failed.remarks, ElementsAre(HasSubstr("encryption is \"ENABLING_FAILED\"")));
}

TEST(ImportDescriptionTest, SaysWhatIsLeftOut) {
  Json description = Described(RequestWith("ExtendedS3", Json::object()));
  EXPECT_THAT(Imported(description).remarks, IsEmpty());
  description["DeliveryStreamStatus"] = "CREATING_FAILED";
  description["FailureDescription"] = {{"Type", "UNKNOWN_ERROR"}, {"Details", "no such role"}};
  description["Destinations"][0]["ExtendedS3DestinationDescription"]["Shiny"] = 1;
  EXPECT_THAT(
      Imported(description).remarks,
      ElementsAre(
          "its status is CREATING_FAILED: no such role",
          HasSubstr("Destinations[0].ExtendedS3DestinationDescription.Shiny is not known")));
}

TEST(ImportDescriptionTest, RefusesWhatIsNoDescription) {
  const Json good = Described(RequestWith("ExtendedS3", Json::object()));
  const auto refusal = [](const Json& description) {
    return std::string(Message(ImportDescription(description).status()));
  };
  for (const char* none : {"1", "null", "[]", "{}", R"("x")"}) {
    EXPECT_THAT(refusal(Json::parse(none)), HasSubstr("no DeliveryStreamName")) << none;
  }
  for (const char* wrong : {"null", "{}", "[]", "[{}, {}]", "1"}) {
    Json description = good;
    description["Destinations"] = Json::parse(wrong);
    EXPECT_THAT(refusal(description), HasSubstr("a list of one destination")) << wrong;
  }
  for (const char* unknown : {"[{}]", "[1]", R"([{"NewDestinationDescription": {}}])"}) {
    Json description = good;
    description["Destinations"] = Json::parse(unknown);
    EXPECT_THAT(refusal(description), HasSubstr("no destination that is known")) << unknown;
  }
  Json description = good;
  description["Destinations"][0]["ExtendedS3DestinationDescription"]["BucketARN"] = 7;
  EXPECT_THAT(refusal(description), HasSubstr("bucketARN"));
  description = good;
  description["Destinations"][0]["ExtendedS3DestinationDescription"] = "x";
  EXPECT_THAT(refusal(description), HasSubstr("extendedS3DestinationConfiguration"));
  description = good;
  description["Source"] = {{"MSKSourceDescription", 1}};
  EXPECT_THAT(refusal(description), HasSubstr("mSKSourceConfiguration"));
}

// Members of configurations that no description has: only they can't be imported.
void CollectLost(const ModelShape& given, const ModelShape& described, const std::string& path,
                 std::set<std::string>& lost) {
  for (const ModelMember& member : given.members) {
    const std::string name(member.name);
    const ModelMember* found = described.FindMember(name);
    const size_t stem = name.rfind("Configuration");
    if (found == nullptr && stem != name.npos) {
      const std::string other = name == "S3Configuration"    ? "S3DestinationDescription"
                                : name == "VpcConfiguration" ? "VpcConfigurationDescription"
                                                             : name.substr(0, stem) + "Description";
      found = described.FindMember(other);
    }
    if (found == nullptr) {
      lost.insert(path + "." + name);
    } else if (ModelShapeAt(member.shape).kind == ModelKind::kStructure) {
      CollectLost(ModelShapeAt(member.shape), ModelShapeAt(found->shape), path + "." + name, lost);
    }
  }
}

TEST(SecretPlacesTest, AreTheMembersThatDescriptionsLack) {
  std::set<std::string> lost;
  std::set<std::string> known;
  for (const std::string family : kFamilies) {
    const std::string name = family + "DestinationConfiguration";
    CollectLost(*FindModelShape(name), *FindModelShape(family + "DestinationDescription"), name,
                lost);
    for (const SecretPlace& place : SecretPlaces({{name, OrderedJson::object()}})) {
      known.insert(place.path);
    }
  }
  lost.insert("SplunkDestinationConfiguration.HECToken");  // which AWS shows
  EXPECT_EQ(known, lost);
}

TEST(SecretPlacesTest, StandInTheFailoverToo) {
  OrderedJson request = RequestWith("Splunk", Json::object());
  request["Hydrant"]["Failover"]["Destinations"] = {
      {{"ExtendedS3DestinationConfiguration", OrderedJson::object()}},
      {{"RedshiftDestinationConfiguration", {{"Username", "u"}, {"Password", "p"}}}}};
  std::vector<std::string> paths;
  for (const SecretPlace& place : SecretPlaces(request)) paths.push_back(place.path);
  EXPECT_THAT(paths,
              ElementsAre("SplunkDestinationConfiguration.HECToken",
                          "Hydrant.Failover.Destinations[1].RedshiftDestinationConfiguration."
                          "Password"));
  EXPECT_THAT(SecretPlaces(request)[1].words, ElementsAre("FAILOVER", "2", "PASSWORD"));
  RemoveSecrets(request);
  EXPECT_FALSE(request["SplunkDestinationConfiguration"].contains("HECToken"));
  EXPECT_EQ(request["Hydrant"]["Failover"]["Destinations"][1],
            OrderedJson({{"RedshiftDestinationConfiguration", {{"Username", "u"}}}}));
}

TEST(SecretPlacesTest, OddRequestsHaveNone) {
  for (
      const char* odd :
      {"{}", "[]", "1", R"({"SplunkDestinationConfiguration": 1})",
       R"({"Hydrant": {"Failover": {"Destinations": [1, {}, {"SplunkDestinationConfiguration": []}]}}})",
       R"({"Hydrant": 1})"}) {
    EXPECT_THAT(SecretPlaces(OrderedJson::parse(odd)), IsEmpty()) << odd;
  }
}

TEST(DescribeHydrantSettingsTest, ShowsDocumentedNamesAndNoSecret) {
  Json request = RequestWith("ExtendedS3", Json::object());
  EXPECT_EQ(DescribeHydrantSettings(Made(request)), OrderedJson::object());
  Json further =
      RequestWith("HttpEndpoint", Json::object())["HttpEndpointDestinationConfiguration"];
  request["Hydrant"] = {
      {"delivery_workers_max", 7},
      {"failover",
       {{"after", "30s"},
        {"destinations", {{{"HttpEndpointDestinationConfiguration", further}}}}}}};
  const Json shown = DescribeHydrantSettings(Made(request));
  EXPECT_EQ(shown["DeliveryWorkersMax"], 7);
  EXPECT_EQ(shown["Failover"]["After"], "30s");
  const Json& endpoint =
      shown["Failover"]["Destinations"][0]["HttpEndpointDestinationConfiguration"];
  EXPECT_EQ(endpoint["EndpointConfiguration"],
            Json::parse(R"({"Url": "https://collector/", "Name": "c"})"));
  EXPECT_EQ(shown.dump().find("very-secret"), std::string::npos);
}

TEST(ComparableRequestTest, DefaultsAndSecretsMakeNoDifference) {
  for (const std::string family : kFamilies) {
    const Json request = RequestWith(family, Json::object());
    const auto described = ComparableRequest(Imported(Described(request)).request);
    ASSERT_OK(described);
    const auto plain = ComparableRequest(request);
    ASSERT_OK(plain);
    EXPECT_EQ(*plain, *described);
    const Json other =
        RequestWith(family, {{"CloudWatchLoggingOptions",
                              {{"Enabled", true}, {"LogGroupName", "g"}, {"LogStreamName", "s"}}}});
    EXPECT_NE(*ComparableRequest(other), *described);
  }
}

}  // namespace
}  // namespace hydrant
