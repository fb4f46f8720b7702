#include "engine/stream/destination_update.h"

#include "engine/config/node_config.h"
#include "engine/stream/describe.h"
#include "engine/stream/destination_fixture.h"
#include "engine/testing/status_matchers.h"

namespace hydrant {
namespace {

using Json = nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kExtended[] = "ExtendedS3DestinationConfiguration";
constexpr char kExtendedUpdate[] = "ExtendedS3DestinationUpdate";

ParseOptions Options() {
  static const NodeConfig kConfig;
  ParseOptions options;
  options.now = absl::FromUnixSeconds(1'800'000'000);
  options.config = &kConfig;
  return options;
}

// A stream as if `request` had been taken by some build: its rules are not asked.
StreamDefinition Stream(const Json& request) {
  StreamDefinition stream;
  stream.name = "a";
  stream.incarnation = "the-log";
  stream.version = 7;
  stream.created = absl::FromUnixSeconds(1'700'000'000);
  stream.tags = {{"env", "prod"}};
  stream.request_json = request.dump();
  return stream;
}

Json Request(const char* member, const Json& destination) {
  return {{"DeliveryStreamName", "a"}, {member, destination}};
}

Json S3(const char* members = "{}") {
  Json destination = {{"RoleARN", "arn:aws:iam::000000000000:role/firehose"},
                      {"BucketARN", "arn:aws:s3:::logs"}};
  destination.merge_patch(Json::parse(members));
  return destination;
}

Json Update(const char* member, const char* text) {
  return {{"DeliveryStreamName", "a"},
          {"CurrentDeliveryStreamVersionId", "7"},
          {"DestinationId", kDestinationId},
          {member, Json::parse(text)}};
}

// "TYPE: message", or nothing when the update is taken.
std::string Refusal(const StreamDefinition& stream, const Json& update) {
  const auto updated = UpdateDefinition(stream, update, Options());
  const auto* error = std::get_if<ApiError>(&updated);
  return error == nullptr ? "" : error->type + ": " + error->message;
}
std::string Refusal(const char* before, const char* update) {
  return Refusal(Stream(Request(kExtended, S3(before))), Update(kExtendedUpdate, update));
}

StreamDefinition Updated(const Json& request, const Json& update) {
  auto updated = UpdateDefinition(Stream(request), update, Options());
  const auto* error = std::get_if<ApiError>(&updated);
  EXPECT_EQ(error, nullptr) << error->message;
  return error == nullptr ? std::get<StreamDefinition>(updated) : StreamDefinition();
}
// The destination after the update, without the two members that S3() always has.
Json Merged(const char* before, const char* update) {
  const StreamDefinition updated =
      Updated(Request(kExtended, S3(before)), Update(kExtendedUpdate, update));
  Json destination = Json::parse(updated.request_json)[kExtended];
  EXPECT_EQ(destination["BucketARN"], "arn:aws:s3:::logs");
  destination.erase("RoleARN");
  destination.erase("BucketARN");
  return destination;
}

TEST(UpdateDefinitionTest, RefusesAStreamThatIsOnItsWay) {
  StreamDefinition stream = Stream(Request(kExtended, S3()));
  for (const auto status : {StreamStatus::kCreating, StreamStatus::kDeletingFailed}) {
    stream.status = status;
    EXPECT_EQ(Refusal(stream, Update(kExtendedUpdate, "{}")),
              "ResourceInUseException: Cannot update firehose: a when it is in " +
                  std::string(StreamStatusName(status)) + " status");
  }
}

TEST(UpdateDefinitionTest, RefusesAnyVersionButTheCurrentOne) {
  const StreamDefinition stream = Stream(Request(kExtended, S3()));
  for (const char* version : {"6", "8", "07", "99999999999999999999999999"}) {
    Json update = Update(kExtendedUpdate, "{}");
    update["CurrentDeliveryStreamVersionId"] = version;
    EXPECT_EQ(Refusal(stream, update),
              "ConcurrentModificationException: Cannot update firehose: a since the current "
              "version id: 7 and specified version id: " +
                  std::string(version) + " do not match");
  }
}

TEST(UpdateDefinitionTest, SaysEverythingThatIsWrong) {
  Json update = Update(kExtendedUpdate, R"({"Prefix": "!{x:y}", "CustomTimeZone": "Nowhere",
                                            "BufferingHints": {"SizeInMBs": 5}})");
  update["DestinationId"] = "destinationId-000000000002";
  update["Hydrant"] = {{"quota", "much"}, {"durability", "memory"}};
  EXPECT_THAT(Refusal(Stream(Request(kExtended, S3())), update),
              AllOf(StartsWith("InvalidArgumentException: Destination Id "
                               "destinationId-000000000002 not found; "),
                    HasSubstr("!{x:y}"), HasSubstr("Nowhere"), HasSubstr("given together"),
                    HasSubstr("Hydrant.Quota")));
}

TEST(UpdateDefinitionTest, WantsExactlyOneDestination) {
  const StreamDefinition stream = Stream(Request(kExtended, S3()));
  Json update = Update(kExtendedUpdate, "{}");
  update["S3DestinationUpdate"] = Json::object();
  EXPECT_EQ(Refusal(stream, update),
            "InvalidArgumentException: Exactly one destination update is supported for a "
            "Firehose; 2 were given");
  update.erase("S3DestinationUpdate");
  update.erase(kExtendedUpdate);
  EXPECT_THAT(Refusal(stream, update), HasSubstr("; 0 were given"));
}

TEST(UpdateDefinitionTest, RefusesWhatCantBeTakenBack) {
  struct Case {
    const char* before;
    const char* update;
    const char* refusal;
  };
  constexpr char kPartitioning[] =
      "Dynamic partitioning can't be enabled or disabled for a Firehose that exists";
  const Case kCases[] = {
      {R"({"S3BackupMode": "Enabled"})", R"({"S3BackupMode": "Disabled"})",
       "S3BackupMode can't be changed from Enabled to Disabled"},
      {"{}", R"({"S3BackupMode": "Enabled"})",
       "S3 backup destination configuration is required when enabling S3 backup."},
      {"{}", R"({"DynamicPartitioningConfiguration": {"Enabled": true}})", kPartitioning},
      {R"({"DynamicPartitioningConfiguration": {"Enabled": true}})",
       R"({"DynamicPartitioningConfiguration": {"Enabled": false}})", kPartitioning},
  };
  for (const Case& c : kCases) {
    EXPECT_THAT(Refusal(c.before, c.update), HasSubstr(c.refusal)) << c.update;
  }
  EXPECT_THAT(
      Refusal(R"({"DynamicPartitioningConfiguration": {"Enabled": true}})", R"({"Prefix": "p"})"),
      Not(HasSubstr(kPartitioning)));
}

TEST(UpdateDefinitionTest, ABackupModeOfAnotherFamilyGoesOneWayToo) {
  Json splunk = {{"HECEndpoint", "https://splunk"},
                 {"HECEndpointType", "Raw"},
                 {"HECToken", "t"},
                 {"S3BackupMode", "AllEvents"},
                 {"S3Configuration", S3()}};
  EXPECT_THAT(Refusal(Stream(Request("SplunkDestinationConfiguration", splunk)),
                      Update("SplunkDestinationUpdate", R"({"S3BackupMode": "FailedEventsOnly"})")),
              HasSubstr("S3BackupMode can't be changed from AllEvents to FailedEventsOnly"));
  splunk["S3BackupMode"] = "FailedEventsOnly";
  EXPECT_EQ(Refusal(Stream(Request("SplunkDestinationConfiguration", splunk)),
                    Update("SplunkDestinationUpdate", R"({"S3BackupMode": "AllEvents"})")),
            "");
}

TEST(UpdateDefinitionTest, RefusesOpenSearchForOthersAndOthersForIt) {
  const Json open_search = Request("AmazonopensearchserviceDestinationConfiguration",
                                   {{"IndexName", "i"},
                                    {"RoleARN", "arn:aws:iam::000000000000:role/firehose"},
                                    {"DomainARN", "arn:aws:es:us-east-1:000000000000:domain/docs"},
                                    {"S3Configuration", S3()}});
  const std::string away =
      Refusal(Stream(open_search), Update(kExtendedUpdate, S3().dump().c_str()));
  EXPECT_THAT(away, HasSubstr("to or from Amazon OpenSearch Service is not supported"));
  EXPECT_EQ(Refusal(Stream(open_search),
                    Update("AmazonopensearchserviceDestinationUpdate", R"({"IndexName": "j"})")),
            "");
}

TEST(UpdateDefinitionTest, AnotherEndpointTakesThePlaceOfTheOld) {
  const Json open_search = Request("AmazonopensearchserviceDestinationConfiguration",
                                   {{"IndexName", "i"},
                                    {"RoleARN", "arn:aws:iam::000000000000:role/firehose"},
                                    {"DomainARN", "arn:aws:es:us-east-1:000000000000:domain/docs"},
                                    {"S3Configuration", S3()}});
  const StreamDefinition updated = Updated(
      open_search,
      Update("AmazonopensearchserviceDestinationUpdate", R"({"ClusterEndpoint": "https://c"})"));
  const Json destination =
      Json::parse(updated.request_json)["AmazonopensearchserviceDestinationConfiguration"];
  EXPECT_EQ(destination["ClusterEndpoint"], "https://c");
  EXPECT_FALSE(destination.contains("DomainARN"));
}

// What this build lacks: a stream that runs is not given up for it, one that does not run is kept.
TEST(UpdateDefinitionTest, NeverTradesAStreamThatRunsForOneThatCant) {
  constexpr char kLambda[] = R"({"ProcessingConfiguration": {"Enabled": true, "Processors": [
      {"Type": "Lambda", "Parameters": [{"ParameterName": "LambdaArn", "ParameterValue": "a"}]}]}})";
  StreamDefinition stream = Stream(Request(kExtended, S3()));
  EXPECT_EQ(Refusal(stream, Update(kExtendedUpdate, kLambda)),
            "InvalidArgumentException: Processor type Lambda: this build of hydrant has no "
            "transform for it");
  stream.status = StreamStatus::kCreatingFailed;
  stream.missing = "something else";
  auto updated = UpdateDefinition(stream, Update(kExtendedUpdate, kLambda), Options());
  ASSERT_EQ(updated.index(), 0u);
  EXPECT_EQ(ShownStatus(std::get<StreamDefinition>(updated)), StreamStatus::kCreatingFailed);
  EXPECT_THAT(ShownFailure(std::get<StreamDefinition>(updated)), HasSubstr("Lambda"));
  updated = UpdateDefinition(stream, Update(kExtendedUpdate, "{}"), Options());
  ASSERT_EQ(updated.index(), 0u);
  EXPECT_EQ(ShownStatus(std::get<StreamDefinition>(updated)), StreamStatus::kActive);
}

TEST(UpdateDefinitionTest, MergesWhatIsGivenAndKeepsTheRest) {
  struct Case {
    const char* before;
    const char* update;
    const char* after;
  };
  const Case kCases[] = {
      {R"({"Prefix": "p/"})", "{}", R"({"Prefix": "p/"})"},
      {R"({"Prefix": "p/"})", R"({"Prefix": "q/"})", R"({"Prefix": "q/"})"},
      {"{}", R"({"CompressionFormat": "GZIP"})", R"({"CompressionFormat": "GZIP"})"},
      // Options are merged member by member …
      {R"({"CloudWatchLoggingOptions": {"Enabled": true, "LogGroupName": "g"}})",
       R"({"CloudWatchLoggingOptions": {"LogStreamName": "s"}})",
       R"({"CloudWatchLoggingOptions": {"Enabled": true, "LogGroupName": "g",
                                        "LogStreamName": "s"}})"},
      {R"({"S3BackupConfiguration": {"BucketARN": "arn:aws:s3:::b", "RoleARN":
           "arn:aws:iam::000000000000:role/b"}})",
       R"({"S3BackupUpdate": {"BucketARN": "arn:aws:s3:::c"}})",
       R"({"S3BackupConfiguration": {"BucketARN": "arn:aws:s3:::c", "RoleARN":
           "arn:aws:iam::000000000000:role/b"}})"},
      // … what belongs together comes together …
      {R"({"BufferingHints": {"SizeInMBs": 5, "IntervalInSeconds": 60}})",
       R"({"BufferingHints": {"SizeInMBs": 9, "IntervalInSeconds": 0}})",
       R"({"BufferingHints": {"SizeInMBs": 9, "IntervalInSeconds": 0}})"},
      {R"({"EncryptionConfiguration": {"NoEncryptionConfig": "NoEncryption"}})",
       R"({"EncryptionConfiguration": {"KMSEncryptionConfig": {"AWSKMSKeyARN":
           "arn:aws:kms:us-east-1:000000000000:key/k"}}})",
       R"({"EncryptionConfiguration": {"KMSEncryptionConfig": {"AWSKMSKeyARN":
           "arn:aws:kms:us-east-1:000000000000:key/k"}}})"},
      // … and lists are replaced.
      {R"({"ProcessingConfiguration": {"Enabled": false, "Processors":
           [{"Type": "AppendDelimiterToRecord"}, {"Type": "RecordDeAggregation"}]}})",
       R"({"ProcessingConfiguration": {"Processors": [{"Type": "Lambda"}]}})",
       R"({"ProcessingConfiguration": {"Enabled": false, "Processors": [{"Type": "Lambda"}]}})"},
  };
  for (const Case& c : kCases) {
    EXPECT_EQ(Merged(c.before, c.update), Json::parse(c.after)) << c.update;
  }
}

TEST(UpdateDefinitionTest, HalfOfTheBufferingHintsIsRefusedWhateverTheOthersWere) {
  for (const char* before :
       {"{}", R"({"BufferingHints": {"SizeInMBs": 5, "IntervalInSeconds": 60}})"}) {
    EXPECT_THAT(Refusal(before, R"({"BufferingHints": {"SizeInMBs": 6}})"),
                HasSubstr("given together"));
  }
}

// Its default is another one, but the stream has had its buffer since it was made.
TEST(UpdateDefinitionTest, AStreamThatBeginsOrEndsToConvertKeepsItsBuffer) {
  StreamDefinition plain = Stream(Request(kExtended, S3()));
  plain.s3.emplace();
  EXPECT_THAT(Refusal(plain, Update(kExtendedUpdate, kConversion)),
              HasSubstr("BufferingHints.SizeInMBs must be at least 64 when data format"));
  StreamDefinition converting = Stream(Request(kExtended, S3(kConversion)));
  converting.s3.emplace().buffering = {128 << 20, absl::Seconds(300)};
  const auto updated = UpdateDefinition(
      converting,
      Update(kExtendedUpdate, R"({"DataFormatConversionConfiguration": {"Enabled": false}})"),
      Options());
  ASSERT_EQ(updated.index(), 0u) << std::get<ApiError>(updated).message;
  EXPECT_EQ(std::get<StreamDefinition>(updated).s3->buffering.size_bytes, 128u << 20);
}

TEST(UpdateDefinitionTest, S3HasTwoSpellings) {
  struct Case {
    const char* before;
    const char* update;
    const char* after;
  };
  constexpr char kPlain[] = "S3DestinationConfiguration";
  constexpr char kPlainUpdate[] = "S3DestinationUpdate";
  const Case kCases[] = {{kPlain, kPlainUpdate, kPlain},
                         {kPlain, kExtendedUpdate, kExtended},
                         {kExtended, kPlainUpdate, kExtended},
                         {kExtended, kExtendedUpdate, kExtended}};
  for (const Case& c : kCases) {
    const StreamDefinition updated = Updated(Request(c.before, S3(R"({"Prefix": "p/"})")),
                                             Update(c.update, R"({"CompressionFormat": "ZIP"})"));
    EXPECT_EQ(Json::parse(updated.request_json),
              Request(c.after, S3(R"({"Prefix": "p/", "CompressionFormat": "ZIP"})")))
        << c.before << " " << c.update;
  }
}

TEST(UpdateDefinitionTest, AnotherTypeOfDestinationTakesNothingFromTheOldOne) {
  const Json http = Request("HttpEndpointDestinationConfiguration",
                            {{"EndpointConfiguration", {{"Url", "https://collector"}}},
                             {"CloudWatchLoggingOptions", {{"Enabled", true}}},
                             {"S3Configuration", S3(R"({"Prefix": "failed/"})")}});
  const StreamDefinition updated =
      Updated(http, Update(kExtendedUpdate, S3(R"({"Prefix": "p/"})").dump().c_str()));
  EXPECT_EQ(updated.family, DestinationFamily::kS3);
  EXPECT_EQ(Json::parse(updated.request_json), Request(kExtended, S3(R"({"Prefix": "p/"})")));
  // So everything must be given.
  EXPECT_THAT(Refusal(Stream(http), Update(kExtendedUpdate, R"({"Prefix": "p/"})")),
              AllOf(StartsWith("ValidationException"), HasSubstr("bucketARN")));

  const StreamDefinition back = Updated(
      Request(kExtended, S3(R"({"Prefix": "p/"})")),
      Update("HttpEndpointDestinationUpdate",
             Json{{"EndpointConfiguration", {{"Url", "https://collector"}}}, {"S3Update", S3()}}
                 .dump()
                 .c_str()));
  EXPECT_EQ(back.family, DestinationFamily::kHttpEndpoint);
  EXPECT_EQ(
      Json::parse(back.request_json)["HttpEndpointDestinationConfiguration"]["S3Configuration"],
      S3());
}

TEST(UpdateDefinitionTest, MergesOurOwnKey) {
  Json request = Request(kExtended, S3());
  request["Hydrant"] = {{"quota", "1 GiB"}, {"retention", "1h"}};
  Json update = Update(kExtendedUpdate, "{}");
  update["Hydrant"] = {{"Quota", nullptr},
                       {"delivery_workers_max", 9}};  // one name, however it is written
  const StreamDefinition updated = Updated(request, update);
  EXPECT_EQ(updated.hydrant.quota_bytes, std::nullopt);
  EXPECT_EQ(updated.hydrant.retention_time, absl::Hours(1));
  EXPECT_EQ(updated.hydrant.delivery_workers_max, 9);
  update["Hydrant"] = "fast";
  EXPECT_THAT(Refusal(Stream(request), update), HasSubstr("Hydrant must be a map"));
}

TEST(UpdateDefinitionTest, CompressionKeepsSomethingToBeFor) {
  Json request = Request(kExtended, S3());
  request[kExtended]["CompressionFormat"] = "GZIP";
  request["Hydrant"] = {{"Compression", "small"}};
  Json update = Update(kExtendedUpdate, R"({"CompressionFormat": "Snappy"})");
  EXPECT_THAT(Refusal(Stream(request), update), HasSubstr("Hydrant.Compression: only GZIP"));
  update["Hydrant"] = {{"compression", nullptr}};
  EXPECT_EQ(Updated(request, update).s3->object.effort, CompressionEffort::kFast);
  update = Update(kExtendedUpdate, R"({"CompressionFormat": "ZIP"})");
  EXPECT_EQ(Updated(request, update).s3->object.effort, CompressionEffort::kSmall);
}

TEST(UpdateDefinitionTest, ALogOnDiskIsNotGivenUpForOneInMemory) {
  StreamDefinition stream = Stream(Request(kExtended, S3()));
  Json update = Update(kExtendedUpdate, "{}");
  update["Hydrant"] = {{"durability", "memory"}};
  EXPECT_THAT(Refusal(stream, update), HasSubstr("can't be changed to or from memory"));
  update["Hydrant"] = {{"durability", "os"}};
  EXPECT_EQ(Refusal(stream, update), "");
  stream.hydrant.durability = Durability::kMemory;
  EXPECT_THAT(Refusal(stream, update), HasSubstr("can't be changed to or from memory"));
}

TEST(UpdateDefinitionTest, IsTheNextVersionOfTheSameStream) {
  const StreamDefinition updated =
      Updated(Request(kExtended, S3()), Update(kExtendedUpdate, R"({"Prefix": "p/"})"));
  EXPECT_EQ(updated.name, "a");
  EXPECT_EQ(updated.incarnation, "the-log");
  EXPECT_EQ(updated.version, 8u);
  EXPECT_EQ(updated.created, absl::FromUnixSeconds(1'700'000'000));
  EXPECT_EQ(updated.updated, absl::FromUnixSeconds(1'800'000'000));
  EXPECT_EQ(updated.status, StreamStatus::kActive);
  EXPECT_EQ(updated.tags, (StreamTags{{"env", "prod"}}));
  EXPECT_EQ(updated.s3->object.prefix, "p/");
}

}  // namespace
}  // namespace hydrant
