#include "engine/stream/describe.h"

#include "engine/config/node_config.h"
#include "engine/stream/definition_parser.h"
#include "engine/stream/destination_fixture.h"
#include "engine/testing/status_matchers.h"

namespace hydrant {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

StreamDefinition Parsed(const Json& request) {
  ParseOptions options;
  options.now = absl::FromUnixMillis(1'700'000'000'250);
  auto parsed = ParseStreamDefinition(request, options);
  const auto* error = std::get_if<ApiError>(&parsed);
  EXPECT_EQ(error, nullptr) << error->message;
  return error == nullptr ? std::get<StreamDefinition>(parsed) : StreamDefinition();
}

Json Described(const Json& request) { return DescribeStream(Parsed(request)); }

Json Destination(std::string_view family, const Json& patch = Json::object()) {
  return Described(RequestWith(
      family, patch))["Destinations"][0][std::string(family) + "DestinationDescription"];
}

Json S3(const char* patch = "{}") { return RequestWith("ExtendedS3", Json::parse(patch)); }

// Every member of `part` is in `whole`, as deep as it goes.
void ExpectHolds(const Json& whole, const Json& part, const std::string& path) {
  for (const auto& [name, value] : part.items()) {
    ASSERT_TRUE(whole.contains(name)) << path << "." << name;
    if (value.is_object()) {
      ExpectHolds(whole[name], value, path + "." + name);
    } else {
      EXPECT_EQ(whole[name], value) << path << "." << name;
    }
  }
}

constexpr char kBucket[] = R"({"S3DestinationDescription": {
    "RoleARN": "arn:aws:iam::000000000000:role/r", "BucketARN": "arn:aws:s3:::b",
    "BufferingHints": {"SizeInMBs": 5, "IntervalInSeconds": 300},
    "CompressionFormat": "UNCOMPRESSED", "CloudWatchLoggingOptions": {"Enabled": false},
    "EncryptionConfiguration": {"NoEncryptionConfig": "NoEncryption"}},
    "CloudWatchLoggingOptions": {"Enabled": false}})";

TEST(DescribeStreamTest, FillsInWhatAwsFillsIn) {
  const Json description = DescribeStream(Parsed(S3(R"({"Prefix": "p/"})")));
  const Json s3 = Json::parse(R"({
    "RoleARN": "arn:aws:iam::000000000000:role/r", "BucketARN": "arn:aws:s3:::b",
    "Prefix": "p/", "BufferingHints": {"SizeInMBs": 5, "IntervalInSeconds": 300},
    "CompressionFormat": "UNCOMPRESSED", "CloudWatchLoggingOptions": {"Enabled": false},
    "EncryptionConfiguration": {"NoEncryptionConfig": "NoEncryption"}})");
  Json extended = s3;
  extended["S3BackupMode"] = "Disabled";
  EXPECT_EQ(description,
            Json({{"DeliveryStreamName", "a"},
                  {"DeliveryStreamARN", "arn:aws:firehose:us-east-1:000000000000:deliverystream/a"},
                  {"DeliveryStreamStatus", "ACTIVE"},
                  {"DeliveryStreamEncryptionConfiguration", {{"Status", "DISABLED"}}},
                  {"DeliveryStreamType", "DirectPut"},
                  {"VersionId", "1"},
                  {"CreateTimestamp", 1700000000.25},
                  {"Destinations", Json::array({{{"DestinationId", "destinationId-000000000001"},
                                                 {"S3DestinationDescription", s3},
                                                 {"ExtendedS3DestinationDescription", extended}}})},
                  {"HasMoreDestinations", false}}));
}

TEST(DescribeStreamTest, ShowsTheBackupWithItsDefaults) {
  const Json request = S3(R"({"S3BackupMode": "Enabled", "S3BackupConfiguration": {"RoleARN":
      "arn:aws:iam::000000000000:role/r", "BucketARN": "arn:aws:s3:::b", "Prefix": "raw/"}})");
  const Json destination = DescribeStream(Parsed(request))["Destinations"][0];
  const Json& s3 = destination["ExtendedS3DestinationDescription"];
  EXPECT_EQ(s3["S3BackupMode"], "Enabled");
  EXPECT_EQ(s3["S3BackupDescription"], Json::parse(R"({
    "RoleARN": "arn:aws:iam::000000000000:role/r", "BucketARN": "arn:aws:s3:::b",
    "Prefix": "raw/", "BufferingHints": {"SizeInMBs": 5, "IntervalInSeconds": 300},
    "CompressionFormat": "UNCOMPRESSED", "CloudWatchLoggingOptions": {"Enabled": false},
    "EncryptionConfiguration": {"NoEncryptionConfig": "NoEncryption"}})"));
  EXPECT_FALSE(destination["S3DestinationDescription"].contains("S3BackupMode"));
}

TEST(DescribeStreamTest, ShowsBothDescriptionsOfTheOldSpelling) {
  Json request = S3();
  request["S3DestinationConfiguration"] = request["ExtendedS3DestinationConfiguration"];
  request.erase("ExtendedS3DestinationConfiguration");
  const Json destination = DescribeStream(Parsed(request))["Destinations"][0];
  EXPECT_TRUE(destination.contains("S3DestinationDescription"));
  EXPECT_TRUE(destination.contains("ExtendedS3DestinationDescription"));
}

TEST(DescribeStreamTest, SaysWhyAStreamFailed) {
  StreamDefinition definition = Parsed(S3());
  definition.status = StreamStatus::kCreatingFailed;
  definition.failure = "no sink for it";
  const Json description = DescribeStream(definition);
  EXPECT_EQ(description["DeliveryStreamStatus"], "CREATING_FAILED");
  EXPECT_EQ(description["FailureDescription"],
            Json({{"Type", "UNKNOWN_ERROR"}, {"Details", "no sink for it"}}));
}

TEST(DescribeStreamTest, FillsInTheDefaultsOfEachFamily) {
  const std::pair<const char*, const char*> kCases[] = {
      {"Redshift", R"({"RetryOptions": {"DurationInSeconds": 3600}, "S3BackupMode": "Disabled"})"},
      {"Elasticsearch",
       R"({"IndexRotationPeriod": "OneDay", "S3BackupMode": "FailedDocumentsOnly",
           "BufferingHints": {"SizeInMBs": 5, "IntervalInSeconds": 300},
           "RetryOptions": {"DurationInSeconds": 300}})"},
      {"Amazonopensearchservice",
       R"({"IndexRotationPeriod": "OneDay", "S3BackupMode": "FailedDocumentsOnly",
           "BufferingHints": {"SizeInMBs": 5, "IntervalInSeconds": 300},
           "RetryOptions": {"DurationInSeconds": 300}})"},
      {"AmazonOpenSearchServerless",
       R"({"S3BackupMode": "FailedDocumentsOnly", "RetryOptions": {"DurationInSeconds": 300},
           "BufferingHints": {"SizeInMBs": 5, "IntervalInSeconds": 300}})"},
      {"Splunk",
       R"({"HECAcknowledgmentTimeoutInSeconds": 180, "HECToken": "the-token",
           "S3BackupMode": "FailedEventsOnly", "RetryOptions": {"DurationInSeconds": 3600},
           "BufferingHints": {"SizeInMBs": 5, "IntervalInSeconds": 60}})"},
      {"HttpEndpoint",
       R"({"S3BackupMode": "FailedDataOnly", "RetryOptions": {"DurationInSeconds": 300},
           "EndpointConfiguration": {"Url": "https://collector/", "Name": "c"},
           "BufferingHints": {"SizeInMBs": 5, "IntervalInSeconds": 300}})"},
      {"Snowflake",
       R"({"DataLoadingOption": "JSON_MAPPING", "S3BackupMode": "FailedDataOnly",
           "BufferingHints": {"SizeInMBs": 128, "IntervalInSeconds": 0},
           "RetryOptions": {"DurationInSeconds": 60}})"},
      {"Iceberg",
       R"({"AppendOnly": false, "S3BackupMode": "FailedDataOnly",
           "BufferingHints": {"SizeInMBs": 5, "IntervalInSeconds": 300},
           "RetryOptions": {"DurationInSeconds": 300}})"},
  };
  for (const auto& [family, defaults] : kCases) {
    const Json described = Destination(family);
    ExpectHolds(described, Json::parse(defaults), family);
    ExpectHolds(described, Json::parse(kBucket), family);
  }
}

TEST(DescribeStreamTest, KeepsWhatIsGiven) {
  const Json given = Json::parse(R"({
      "BufferingHints": {"SizeInMBs": 2}, "RetryOptions": {"DurationInSeconds": 0},
      "HECAcknowledgmentTimeoutInSeconds": 600, "S3BackupMode": "AllEvents"})");
  const Json described = Destination("Splunk", given);
  ExpectHolds(described, given, "Splunk");
  EXPECT_EQ(described["BufferingHints"]["IntervalInSeconds"], 60);  // the other half is filled in
}

TEST(DescribeStreamTest, ShowsNoSecretAndHoldsToTheModel) {
  const ModelShape& shape = *FindModelShape("DeliveryStreamDescription");
  const Json families = SmallestDestinations();
  for (const auto& [family, destination] : families.items()) {
    const Json description = Described(RequestWith(family, Json::object()));
    EXPECT_THAT(description.dump(), Not(HasSubstr("very-secret"))) << family;
    EXPECT_THAT(description.dump(), Not(HasSubstr("verysecret"))) << family;
    const auto error = ToApiError(CheckModel(shape, description, Validation::kRelaxed));
    EXPECT_FALSE(error.has_value()) << family << ": " << error->message;
    EXPECT_TRUE(UnknownMembers(shape, description).empty()) << description;
    EXPECT_EQ(description["HasMoreDestinations"], false);
  }
}

TEST(DescribeStreamTest, FillsInWhatALambdaProcessorIsNotTold) {
  const Json processing = Json::parse(R"({"ProcessingConfiguration": {"Enabled": true,
      "Processors": [{"Type": "Lambda", "Parameters": [
          {"ParameterName": "LambdaArn", "ParameterValue": "arn"},
          {"ParameterName": "NumberOfRetries", "ParameterValue": "0"}]}]}})");
  const auto parameters = [&](const char* family) {
    Json found = Json::object();
    const Json described = Destination(family, processing)["ProcessingConfiguration"];
    for (const Json& parameter : described["Processors"][0]["Parameters"]) {
      found[parameter["ParameterName"].get<std::string>()] = parameter["ParameterValue"];
    }
    return found;
  };
  EXPECT_EQ(parameters("ExtendedS3"),
            Json::parse(R"({"LambdaArn": "arn", "NumberOfRetries": "0", "BufferSizeInMBs": "1",
                            "BufferIntervalInSeconds": "60",
                            "RoleArn": "arn:aws:iam::000000000000:role/r"})"));
  EXPECT_EQ(parameters("Splunk")["BufferSizeInMBs"], "0.25");
  EXPECT_EQ(parameters("Splunk")["RoleArn"], "arn:aws:iam::000000000000:role/r");
}

TEST(DescribeStreamTest, FillsInWhatConversionAndPartitioningChange) {
  const Json converted = Destination("ExtendedS3", Json::parse(kConversion));
  EXPECT_EQ(converted["BufferingHints"]["SizeInMBs"], 128);
  EXPECT_EQ(converted["DataFormatConversionConfiguration"]["Enabled"], true);
  const Json not_partitioned =
      Destination("ExtendedS3", {{"DynamicPartitioningConfiguration", Json::object()}});
  EXPECT_EQ(not_partitioned["DynamicPartitioningConfiguration"],
            Json::parse(R"({"Enabled": false, "RetryOptions": {"DurationInSeconds": 300}})"));
}

// AWS looks the network up; nobody else can.
TEST(DescribeStreamTest, ANetworkIsSaidToBeUnknown) {
  const Json patch = {{"VpcConfiguration",
                       {{"SubnetIds", {"subnet-1"}},
                        {"RoleARN", "arn:aws:iam::000000000000:role/r"},
                        {"SecurityGroupIds", {"sg-1"}}}}};
  EXPECT_EQ(Destination("Elasticsearch", patch)["VpcConfigurationDescription"],
            Json::parse(R"({"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"],
                            "RoleARN": "arn:aws:iam::000000000000:role/r", "VpcId": "unknown"})"));
}

TEST(DescribeStreamTest, SaysWhereRecordsComeFrom) {
  struct Case {
    const char* type;
    const char* source;
    const char* described;
  };
  const Case kCases[] = {
      {"DirectPut", R"({"DirectPutSourceConfiguration": {"ThroughputHintInMBs": 5}})",
       R"({"DirectPutSourceDescription": {"ThroughputHintInMBs": 5}})"},
      {"KinesisStreamAsSource",
       R"({"KinesisStreamSourceConfiguration": {
           "KinesisStreamARN": "arn:aws:kinesis:us-east-1:000000000000:stream/s",
           "RoleARN": "arn:aws:iam::000000000000:role/r"}})",
       R"({"KinesisStreamSourceDescription": {
           "KinesisStreamARN": "arn:aws:kinesis:us-east-1:000000000000:stream/s",
           "RoleARN": "arn:aws:iam::000000000000:role/r",
           "DeliveryStartTimestamp": 1700000000.25}})"},
      {"MSKAsSource",
       R"({"MSKSourceConfiguration": {"MSKClusterARN": "arn:c", "TopicName": "t",
           "ReadFromTimestamp": 0, "AuthenticationConfiguration": {"Connectivity": "PRIVATE",
           "RoleARN": "arn:aws:iam::000000000000:role/r"}}})",
       R"({"MSKSourceDescription": {"MSKClusterARN": "arn:c", "TopicName": "t",
           "ReadFromTimestamp": 0, "DeliveryStartTimestamp": 1700000000.25,
           "AuthenticationConfiguration": {"Connectivity": "PRIVATE",
           "RoleARN": "arn:aws:iam::000000000000:role/r"}}})"},
      {"DatabaseAsSource",
       R"({"DatabaseSourceConfiguration": {"Type": "MySQL", "Endpoint": "db", "Port": 3306,
           "Databases": {"Include": ["a"]}, "Tables": {"Include": ["a.t"]},
           "SnapshotWatermarkTable": "a.w",
           "DatabaseSourceAuthenticationConfiguration": {
             "SecretsManagerConfiguration": {"Enabled": false}},
           "DatabaseSourceVPCConfiguration": {"VpcEndpointServiceName":
             "com.amazonaws.vpce.us-east-1.vpce-svc-01234567890123456"}}})",
       R"({"DatabaseSourceDescription": {"Type": "MySQL", "Endpoint": "db", "Port": 3306,
           "Databases": {"Include": ["a"]}, "Tables": {"Include": ["a.t"]},
           "SnapshotWatermarkTable": "a.w"}})"},
  };
  for (const Case& c : kCases) {
    Json request = RequestWith("ExtendedS3", Json::object());
    request["DeliveryStreamType"] = c.type;
    request.merge_patch(Json::parse(c.source));
    const Json described = Described(request);
    EXPECT_EQ(described["DeliveryStreamType"], c.type);
    const ModelShape& shape = *FindModelShape("DeliveryStreamDescription");
    const auto error = ToApiError(CheckModel(shape, described, Validation::kRelaxed));
    EXPECT_FALSE(error.has_value()) << c.type << ": " << error->message;
    ExpectHolds(described["Source"], Json::parse(c.described), c.type);
    EXPECT_EQ(described.contains("DeliveryStreamEncryptionConfiguration"),
              c.type == std::string_view("DirectPut"));
  }
}

TEST(DescribeStreamTest, CutsAReasonThatIsTooLongForItsShape) {
  StreamDefinition definition = Parsed(RequestWith("ExtendedS3", Json::object()));
  definition.missing = std::string(1020, 'x') + "\u00e4\u00e4\u00e4";
  const Json description = DescribeStream(definition);
  EXPECT_EQ(description["DeliveryStreamStatus"], "CREATING_FAILED");
  const std::string details = description["FailureDescription"]["Details"];
  EXPECT_EQ(details, std::string(1020, 'x') + "...");
}

}  // namespace
}  // namespace hydrant
