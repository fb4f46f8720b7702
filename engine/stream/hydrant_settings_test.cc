#include "engine/stream/hydrant_settings.h"

#include "engine/config/node_config.h"
#include "engine/config/values.h"
#include "engine/stream/definition_parser.h"
#include "engine/stream/destination_family.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hydrant {
namespace {

using Json = nlohmann::json;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Json Bucket(const char* name) {
  return {{"RoleARN", "arn:aws:iam::000000000000:role/firehose"},
          {"BucketARN", std::string("arn:aws:s3:::") + name}};
}

Json Request(const Json& hydrant) {
  return {{"DeliveryStreamName", "a"},
          {"ExtendedS3DestinationConfiguration", Bucket("logs")},
          {"Hydrant", hydrant}};
}

// A sink for S3 only, which takes no bucket named "bad".
ParseOptions Options() {
  static const NodeConfig config;
  ParseOptions options;
  options.config = &config;
  options.support.has_processor = [](std::string_view) { return true; };
  options.support.check_destination =
      [](const StreamDefinition& stream,
         const NodeConfig&) -> std::optional<std::vector<DefinitionProblem>> {
    if (stream.family != DestinationFamily::kS3) return std::nullopt;
    if (stream.s3->bucket != "bad") return std::vector<DefinitionProblem>{};
    return std::vector<DefinitionProblem>{{"BucketARN", "BucketARN is bad"}};
  };
  return options;
}

// "" when the request is accepted.
std::string Refusal(const Json& request) {
  const auto parsed = ParseStreamDefinition(request, Options());
  const auto* error = std::get_if<ApiError>(&parsed);
  return error == nullptr ? "" : error->message;
}

StreamDefinition Parsed(const Json& request) {
  auto parsed = ParseStreamDefinition(request, Options());
  const auto* error = std::get_if<ApiError>(&parsed);
  EXPECT_EQ(error, nullptr) << error->message;
  return error == nullptr ? std::get<StreamDefinition>(parsed) : StreamDefinition();
}

TEST(HydrantSettings, ReadsAllMembersInAnySpelling) {
  for (const Json& hydrant : {
           Json::parse(R"({"Durability": "os", "Retention": "1h30m", "Quota": "2 GiB",
                           "RetentionBytes": 1000, "DeliveryWorkersMin": 2,
                           "DeliveryWorkersMax": 8, "TransformWorkersMin": 3,
                           "TransformWorkersMax": 5})"),
           Json::parse(R"({"durability": "os", "retention": "1h30m", "quota": "2 GiB",
                           "retention_bytes": "1000", "delivery_workers_min": "2",
                           "delivery_workers_max": 8, "transformworkersmin": 3,
                           "TRANSFORM_WORKERS_MAX": 5})"),
       }) {
    const HydrantSettings settings = Parsed(Request(hydrant)).hydrant;
    EXPECT_EQ(settings.durability, Durability::kOs);
    EXPECT_EQ(settings.retention_time, absl::Minutes(90));
    EXPECT_EQ(settings.quota_bytes, uint64_t{2} << 30);
    EXPECT_EQ(settings.retention_bytes, 1000u);
    EXPECT_EQ(settings.delivery_workers_min, 2);
    EXPECT_EQ(settings.delivery_workers_max, 8);
    EXPECT_EQ(settings.transform_workers_min, 3);
    EXPECT_EQ(settings.transform_workers_max, 5);
  }
}

TEST(HydrantSettings, TheDefaultMinimumGivesWayToTheMaximum) {
  const HydrantSettings settings = Parsed(Request({{"DeliveryWorkersMax", 2}})).hydrant;
  EXPECT_EQ(settings.delivery_workers_min, 2);
}

TEST(HydrantSettings, RefusesWhatIsWrong) {
  const std::pair<const char*, const char*> kCases[] = {
      {R"([])", "Hydrant must be a map"},
      {R"({"durability": "yes"})", "Hydrant.durability: must be fsync, os or memory, not \"yes\""},
      {R"({"Compression": "smal"})",
       "Hydrant.Compression: must be fast, balanced or small, not \"smal\""},
      {R"({"Compression": 9})", "Hydrant.Compression: must be fast, balanced or small, not 9"},
      {R"({"Compression": null})", "Hydrant.Compression: must be"},
      {R"({"retention": "-1s"})", "Hydrant.retention: must be a number of seconds"},
      {R"({"retention": {"a": "hunter2"}})", "Hydrant.retention"},
      {R"({"quota": "12 XB"})", "Hydrant.quota: must be a number of bytes"},
      {R"({"quota": "99999999999 TiB"})", "Hydrant.quota"},
      {R"({"DeliveryWorkersMax": 0})", "must be a whole number from 1 to 1024"},
      {R"({"delivery_workers_min": 20})",
       "Hydrant.delivery_workers_min: DeliveryWorkersMin must be at most DeliveryWorkersMax, "
       "which is 16, not 20"},
      {R"({"TransformWorkersMin": 3, "TransformWorkersMax": 2})", "which is 2, not 3"},
      {R"({"Quota": 1, "quota": 2})", "Hydrant.quota is given twice, as Quota too"},
      {R"({"durabilty": "os"})", "Hydrant.durabilty is not known; there are Durability, "},
      {R"({"Failover": 5})", "Hydrant.Failover must be a map"},
      {R"({"Failover": {}})", "Hydrant.Failover: Destinations is required"},
      {R"({"failover": {"destinations": []}})",
       "Hydrant.failover.destinations must be a list of 1 to 8 destinations"},
      {R"({"Failover": {"Destinations": [{"NoDestination": {}}]}})",
       "Hydrant.Failover.Destinations[0]: must be a map of one destination"},
      {R"({"Failover": {"Destinations": [5]}})", "must be a map of one destination"},
      {R"({"Failover": {"After": "0s"}})", "Hydrant.Failover.After: must be 1s to 1d, not \"0s\""},
      {R"({"Failover": {"LagMax": "2d"}})", "Hydrant.Failover.LagMax: must be 1s to 1d"},
      {R"({"Failover": {"HoldDown": "soon"}})", "Hydrant.Failover.HoldDown: must be a number"},
      {R"({"Failover": {"Drain": "maybe"}})", "Hydrant.Failover.Drain"},
      {R"({"Failover": {"Afterwards": 1}})",
       "Hydrant.Failover.Afterwards is not known; there are Destinations, After, "},
  };
  for (const auto& [settings, message] : kCases) {
    const std::string refusal = Refusal(Request(Json::parse(settings)));
    EXPECT_THAT(refusal, AllOf(HasSubstr(message), Not(HasSubstr("hunter2")))) << settings;
  }
}

Json CompressedRequest(const char* format, const Json& effort) {
  Json request = Request({{"compression", effort}});
  request["ExtendedS3DestinationConfiguration"]["CompressionFormat"] = format;
  return request;
}

TEST(Compression, NeedsABucketThatCanBeMadeSmaller) {
  for (const char* const format : {"UNCOMPRESSED", "Snappy", "HADOOP_SNAPPY"}) {
    for (const char* const effort : {"balanced", "small"}) {
      Json request = CompressedRequest(format, effort);
      EXPECT_THAT(Refusal(request),
                  ::testing::StartsWith("Hydrant.compression: only GZIP and ZIP can be made"));
      const auto problems = CheckDefinitionRules(request, {}, Options());
      ASSERT_EQ(problems.size(), 1u);
      EXPECT_EQ(problems[0].path, "Hydrant.compression");
    }
    EXPECT_EQ(Refusal(CompressedRequest(format, "fast")), "");
  }
  EXPECT_THAT(Refusal(Request({{"Compression", "small"}})), HasSubstr("CompressionFormat"));
  // What is wrong is the format: nothing is known of what was meant.
  const Json misspelt = CompressedRequest("gzip", "small");
  EXPECT_THAT(Refusal(misspelt), Not(HasSubstr("Hydrant")));
  const ModelCheck check =
      CheckModel(*FindModelShape("CreateDeliveryStreamInput"), misspelt, Validation::kRelaxed);
  EXPECT_THAT(CheckDefinitionRules(misspelt, check, Options()), IsEmpty());
}

TEST(Compression, IsForEveryBucketOfTheStream) {
  for (const char* const format : {"GZIP", "ZIP"}) {
    const auto effort = [&](const char* name) {
      return Parsed(CompressedRequest(format, name)).s3->object.effort;
    };
    EXPECT_EQ(effort("fast"), CompressionEffort::kFast);
    EXPECT_EQ(effort("balanced"), CompressionEffort::kBalanced);
    EXPECT_EQ(effort("small"), CompressionEffort::kSmall);
  }
  Json gzip = Bucket("other");
  gzip["CompressionFormat"] = "GZIP";
  Json backup = Request({{"Compression", "small"}});
  backup["ExtendedS3DestinationConfiguration"]["S3BackupMode"] = "Enabled";
  backup["ExtendedS3DestinationConfiguration"]["S3BackupConfiguration"] = gzip;
  EXPECT_EQ(Parsed(backup).backup->s3->object.effort, CompressionEffort::kSmall);
  const Json failover =
      Request({{"Compression", "balanced"},
               {"Failover", {{"Destinations", {{{"ExtendedS3DestinationConfiguration", gzip}}}}}}});
  EXPECT_EQ(Parsed(failover).failover.destinations[0]->s3->object.effort,
            CompressionEffort::kBalanced);
}

// What the documentation says is what holds.
TEST(HydrantSettings, DocumentedDefaultsHold) {
  const Json none = Json::object();
  const StreamDefinition defaults = Parsed(Request(none));
  const Json failover = {{"Destinations", {{{"S3DestinationConfiguration", Bucket("b")}}}}};
  for (const bool of_failover : {false, true}) {
    for (const HydrantMember& member : of_failover ? FailoverMembers() : HydrantMembers()) {
      const std::string name(member.name);
      const bool is_value =
          member.type.find("integer") == 0 || member.type.find("boolean") == 0 ||
          (member.type.find("choice") == 0 && member.unset[0] != '`') ||
          (member.type.find("duration") == 0 && member.unset != "never" && member.unset[0] != '`');
      if (!is_value) continue;
      Json hydrant = {{"Failover", failover}};
      (of_failover ? hydrant["Failover"] : hydrant)[name] = std::string(member.unset);
      const StreamDefinition said = Parsed(Request(hydrant));
      EXPECT_EQ(said.hydrant.delivery_workers_min, defaults.hydrant.delivery_workers_min);
      EXPECT_EQ(said.hydrant.delivery_workers_max, defaults.hydrant.delivery_workers_max);
      EXPECT_EQ(said.hydrant.transform_workers_min, defaults.hydrant.transform_workers_min);
      EXPECT_EQ(said.hydrant.transform_workers_max, defaults.hydrant.transform_workers_max);
      EXPECT_EQ(said.hydrant.compression, defaults.hydrant.compression);
      EXPECT_EQ(said.failover.after, FailoverSettings().after);
      EXPECT_EQ(said.failover.hold_down, FailoverSettings().hold_down);
      EXPECT_EQ(said.failover.when_breaker_opens, FailoverSettings().when_breaker_opens);
      EXPECT_EQ(said.failover.drain, FailoverSettings().drain);
      EXPECT_EQ(said.failover.copy_back, FailoverSettings().copy_back);
    }
  }
}

TEST(Failover, ReadsItsSettings) {
  Json request = Request({{"Failover",
                           {{"Destinations",
                             {{{"ExtendedS3DestinationConfiguration", Bucket("second")}},
                              {{"S3DestinationConfiguration", Bucket("third")}}}},
                            {"After", 10},
                            {"WhenBreakerOpens", true},
                            {"LagMax", "5m"},
                            {"HoldDown", "2m"},
                            {"Drain", false},
                            {"CopyBack", "true"}}},
                          {"Quota", "1 GiB"}});
  Json& own = request["ExtendedS3DestinationConfiguration"];
  own["ProcessingConfiguration"] =
      Json::parse(R"({"Enabled": true, "Processors": [{"Type": "AppendDelimiterToRecord"}]})");
  own["S3BackupMode"] = "Enabled";
  own["S3BackupConfiguration"] = Bucket("backup");
  const StreamDefinition stream = Parsed(request);
  const FailoverSettings& failover = stream.failover;
  EXPECT_EQ(failover.after, absl::Seconds(10));
  EXPECT_TRUE(failover.when_breaker_opens);
  EXPECT_EQ(failover.lag_max, absl::Minutes(5));
  EXPECT_EQ(failover.hold_down, absl::Minutes(2));
  EXPECT_FALSE(failover.drain);
  EXPECT_TRUE(failover.copy_back);
  ASSERT_EQ(failover.destinations.size(), 2u);
  EXPECT_EQ(failover.destinations[1]->s3->bucket, "third");
  for (const StreamDefinitionPtr& further : failover.destinations) {
    EXPECT_EQ(further->name, "a");
    EXPECT_EQ(further->arn, stream.arn);
    EXPECT_EQ(further->hydrant.quota_bytes, uint64_t{1} << 30);
    EXPECT_EQ(further->processors.size(), 1u) << "records come processed as the stream's";
    EXPECT_THAT(further->failover.destinations, IsEmpty());
    EXPECT_EQ(further->backup, nullptr);
    const Json kept = Json::parse(further->request_json);
    EXPECT_EQ(DestinationMember(kept), further == failover.destinations[0]
                                           ? "ExtendedS3DestinationConfiguration"
                                           : "S3DestinationConfiguration");
  }
}

TEST(Failover, TellsAllThatIsWrongOfItsDestinationsAtOnce) {
  Json destinations = Json::array();
  destinations.push_back({{"ExtendedS3DestinationConfiguration", Bucket("bad")}});
  Json second = Bucket("x");
  second["CompressionFormat"] = "BZIP2";
  second["Prefixx"] = "p";
  second["CustomTimeZone"] = "Mars/Phobos";
  second["BufferingHints"] = {{"SizeInMBs", "five"}};
  second["S3BackupMode"] = "Enabled";
  second["ProcessingConfiguration"] = {{"Enabled", false}};
  second.erase("RoleARN");
  destinations.push_back({{"ExtendedS3DestinationConfiguration", second}});
  const Json splunk = {{"HECEndpoint", "https://h"},
                       {"HECEndpointType", "Raw"},
                       {"HECToken", "hunter2"},
                       {"S3Configuration", Bucket("bad")}};
  destinations.push_back({{"SplunkDestinationConfiguration", splunk}});
  const Json request = Request({{"Failover", {{"Destinations", destinations}}}});
  const std::string path = "Hydrant.Failover.Destinations";
  const std::string s3 = path + "[1].ExtendedS3DestinationConfiguration.";
  std::vector<std::string> paths;
  for (const DefinitionProblem& problem : CheckDefinitionRules(request, {}, Options())) {
    paths.push_back(problem.path);
    EXPECT_THAT(problem.text, ::testing::StartsWith(problem.path));
  }
  EXPECT_THAT(paths, ::testing::UnorderedElementsAre(
                         path + "[0].ExtendedS3DestinationConfiguration.BucketARN", s3 + "Prefixx",
                         s3 + "BufferingHints.SizeInMBs", s3 + "CompressionFormat", s3 + "RoleARN",
                         s3 + "CustomTimeZone", s3 + "S3BackupMode", s3 + "ProcessingConfiguration",
                         path + "[2].SplunkDestinationConfiguration.S3Configuration.BucketARN",
                         path + "[2].SplunkDestinationConfiguration"));
  EXPECT_THAT(Refusal(request),
              AllOf(HasSubstr("Prefixx: is not known; did you mean "), HasSubstr("'BZIP2'"),
                    HasSubstr("must be an Integer"), HasSubstr("Member must not be null"),
                    HasSubstr("Mars/Phobos is not a time zone"), Not(HasSubstr("hunter2"))));
}

TEST(Backup, IsTheStreamWithAnotherBucket) {
  Json request = Request({{"Quota", "1 GiB"}});
  Json& own = request["ExtendedS3DestinationConfiguration"];
  own["ProcessingConfiguration"] =
      Json::parse(R"({"Enabled": true, "Processors": [{"Type": "AppendDelimiterToRecord"}]})");
  own["S3BackupConfiguration"] = Bucket("backup");
  own["S3BackupConfiguration"]["Prefix"] = "source/";
  EXPECT_EQ(Parsed(request).backup, nullptr) << "the mode says whether";
  own["S3BackupMode"] = "Disabled";
  EXPECT_EQ(Parsed(request).backup, nullptr);
  own["S3BackupMode"] = "Enabled";
  const StreamDefinition stream = Parsed(request);
  ASSERT_NE(stream.backup, nullptr);
  EXPECT_EQ(stream.s3->bucket, "logs");
  EXPECT_EQ(stream.backup->s3->bucket, "backup");
  EXPECT_EQ(stream.backup->s3->object.prefix, "source/");
  EXPECT_EQ(stream.backup->name, "a");
  EXPECT_EQ(stream.backup->retry_duration, std::nullopt);
  EXPECT_THAT(stream.backup->processors, IsEmpty()) << "records as they came in";

  own["S3BackupConfiguration"] = Bucket("bad");
  own["S3BackupConfiguration"]["Prefix"] = "!{timestamp:yyyy}/";
  EXPECT_THAT(Refusal(request),
              AllOf(HasSubstr("ExtendedS3DestinationConfiguration.S3BackupConfiguration.BucketARN: "
                              "BucketARN is bad"),
                    HasSubstr("ExtendedS3DestinationConfiguration.S3BackupConfiguration."
                              "ErrorOutputPrefix: ")));
}

Json Http(const Json& changes) {
  Json http = {{"EndpointConfiguration", {{"Url", "http://127.0.0.1:1/"}}},
               {"S3Configuration", Bucket("failures")}};
  http.merge_patch(changes);
  return {{"DeliveryStreamName", "h"}, {"HttpEndpointDestinationConfiguration", http}};
}

// What is stored already is read without asking whether there is a sink.
StreamDefinition Restored(const Json& request) {
  auto parsed = ParseStreamDefinition(request, {});
  EXPECT_TRUE(std::holds_alternative<StreamDefinition>(parsed));
  return std::get<StreamDefinition>(std::move(parsed));
}

TEST(Backup, OfTheOtherFamiliesGoesWhereTheirFailuresGo) {
  EXPECT_EQ(Restored(Http(Json::object())).backup, nullptr);
  EXPECT_EQ(Restored(Http({{"S3BackupMode", "FailedDataOnly"}})).backup, nullptr);
  const StreamDefinition stream = Restored(Http({{"S3BackupMode", "AllData"}}));
  ASSERT_NE(stream.backup, nullptr);
  EXPECT_EQ(stream.backup->family, DestinationFamily::kS3);
  EXPECT_EQ(stream.backup->s3->bucket, "failures");
  EXPECT_EQ(stream.s3->bucket, "failures");
}

TEST(RetryDuration, IsTheFamiliesOrTheRequests) {
  EXPECT_EQ(Parsed(Request(Json::object())).retry_duration, std::nullopt);
  EXPECT_EQ(Restored(Http(Json::object())).retry_duration, absl::Seconds(300));
  for (int seconds : {0, 7200}) {
    const Json changes = {{"RetryOptions", {{"DurationInSeconds", seconds}}}};
    EXPECT_EQ(Restored(Http(changes)).retry_duration, absl::Seconds(seconds));
  }
  EXPECT_THAT(Refusal(Http({{"RetryOptions", {{"DurationInSeconds", 7201}}}})),
              HasSubstr("less than or equal to 7200"));
}

TEST(Share, GivesThePartsTheVersionOfTheStream) {
  Json request = Request(
      {{"Failover", {{"Destinations", {{{"S3DestinationConfiguration", Bucket("second")}}}}}}});
  request["ExtendedS3DestinationConfiguration"]["S3BackupMode"] = "Enabled";
  request["ExtendedS3DestinationConfiguration"]["S3BackupConfiguration"] = Bucket("backup");
  StreamDefinition stream = Parsed(request);
  stream.incarnation = "i";
  stream.version = 7;
  const StreamDefinitionPtr shared = Share(std::move(stream));
  for (const StreamDefinitionPtr& part : {shared->backup, shared->failover.destinations[0]}) {
    EXPECT_EQ(part->incarnation, "i");
    EXPECT_EQ(part->version, 7u);
  }
  EXPECT_EQ(shared->backup->s3->bucket, "backup");
}

}  // namespace
}  // namespace hydrant
