#include "engine/stream/definition_parser.h"

#include "engine/config/node_config.h"
#include "engine/stream/json_text.h"
#include "engine/testing/status_matchers.h"

namespace hydrant {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

ParseOptions Options() {
  ParseOptions options;
  options.now = absl::FromUnixMillis(1'700'000'000'250);
  options.support.has_processor = [](std::string_view type) {
    return type == "AppendDelimiterToRecord";
  };
  return options;
}

// A request with an extended S3 destination, and `members` (JSON) merged into that.
Json Extended(const char* members = "{}") {
  Json destination = {{"RoleARN", "arn:aws:iam::000000000000:role/firehose"},
                      {"BucketARN", "arn:aws:s3:::logs"}};
  destination.merge_patch(Json::parse(members));
  return {{"DeliveryStreamName", "a"}, {"ExtendedS3DestinationConfiguration", destination}};
}

// "" when the request is accepted.
std::string Refusal(const Json& request, const ParseOptions& options = Options()) {
  const auto parsed = ParseStreamDefinition(request, options);
  const auto* error = std::get_if<ApiError>(&parsed);
  return error == nullptr ? "" : error->type + ": " + error->message;
}

// What the build lacks for a request that nothing is wrong with.
std::string Missing(const Json& request, const ParseOptions& options) {
  EXPECT_EQ(Refusal(request, options), "");
  auto parsed = ParseStreamDefinition(request, options);
  return parsed.index() == 0 ? std::get<StreamDefinition>(parsed).missing : "";
}

StreamDefinition Parsed(const Json& request) {
  auto parsed = ParseStreamDefinition(request, Options());
  const auto* error = std::get_if<ApiError>(&parsed);
  EXPECT_EQ(error, nullptr) << error->message;
  return error == nullptr ? std::get<StreamDefinition>(parsed) : StreamDefinition();
}

TEST(ParseStreamDefinitionTest, RefusesWhatBreaksARuleOfS3) {
  const std::pair<const char*, const char*> kCases[] = {
      {R"({"BufferingHints": {"SizeInMBs": 5}})", "must be given together"},
      {R"({"BufferingHints": {"IntervalInSeconds": 60}})", "must be given together"},
      {R"({"Prefix": "!{timestamp:yyyy}/"})",
       "ErrorOutputPrefix cannot be null or empty when Prefix contains expressions"},
      {R"({"Prefix": "!{timestamp:bbb}/", "ErrorOutputPrefix": "e/"})",
       "Prefix: expression !{timestamp:bbb}: Unknown pattern letter: b"},
      {R"({"Prefix": "!{partitionKeyFromQuery:k}/",
           "ErrorOutputPrefix": "!{firehose:error-output-type}/"})",
       "unless dynamic partitioning is enabled"},
      {R"({"CustomTimeZone": "Mars/Olympus_Mons"})", "is not a time zone"},
      {R"({"CustomTimeZone": "/etc/passwd"})", "is not a time zone"},
      {R"({"CustomTimeZone": "localtime"})", "is not a time zone"},
      {R"({"EncryptionConfiguration": {"NoEncryptionConfig": "NoEncryption", "KMSEncryptionConfig":
           {"AWSKMSKeyARN": "arn:aws:kms:us-east-1:000000000000:key/k"}}})",
       "only one of NoEncryptionConfig and KMSEncryptionConfig"},
      {R"({"S3BackupMode": "Enabled"})",
       "S3 backup destination configuration is required when enabling S3 backup."},
      {R"({"DynamicPartitioningConfiguration": {"Enabled": true},
           "BufferingHints": {"SizeInMBs": 5, "IntervalInSeconds": 60}})",
       "SizeInMBs must be at least 64"},
      {R"({"DynamicPartitioningConfiguration": {"Enabled": true}})",
       "S3 Prefix should contain Dynamic Partitioning namespaces"},
  };
  for (const auto& [members, message] : kCases) {
    EXPECT_THAT(Refusal(Extended(members)),
                AllOf(HasSubstr("InvalidArgumentException: "), HasSubstr(message)))
        << members;
  }
}

TEST(ParseStreamDefinitionTest, LeavesRangesAndPatternsToTheModel) {
  const std::pair<const char*, const char*> kCases[] = {
      {R"({"BufferingHints": {"SizeInMBs": 0, "IntervalInSeconds": 901}})",
       "2 validation errors detected"},
      {R"({"BufferingHints": {"SizeInMBs": 129, "IntervalInSeconds": 0}})",
       "less than or equal to 128"},
      {R"({"FileExtension": "log"})", "extendedS3DestinationConfiguration.fileExtension"},
      {R"({"BucketARN": "logs"})", "extendedS3DestinationConfiguration.bucketARN"},
      {R"({"RoleARN": null})", "extendedS3DestinationConfiguration.roleARN"},
      {R"({"CompressionFormat": "BZIP2"})", "enum value set: [UNCOMPRESSED, GZIP, "},
  };
  for (const auto& [members, message] : kCases) {
    EXPECT_THAT(Refusal(Extended(members)),
                AllOf(HasSubstr("ValidationException: "), HasSubstr(message)))
        << members;
  }
}

TEST(ParseStreamDefinitionTest, RefusesAllBrokenRulesAtOnce) {
  EXPECT_THAT(Refusal(Extended(R"({"BufferingHints": {"SizeInMBs": 5},
                                   "CustomTimeZone": "Nowhere"})")),
              AllOf(HasSubstr("must be given together"), HasSubstr("is not a time zone")));
}

TEST(ParseStreamDefinitionTest, WantsExactlyOneDestination) {
  EXPECT_THAT(Refusal({{"DeliveryStreamName", "a"}}), HasSubstr("Exactly one destination"));
  Json both = Extended();
  both["S3DestinationConfiguration"] = both["ExtendedS3DestinationConfiguration"];
  EXPECT_THAT(Refusal(both), HasSubstr("2 were given"));
}

TEST(ParseStreamDefinitionTest, WantsTheSourceThatTheTypeNames) {
  Json request = Extended();
  request["DeliveryStreamType"] = "KinesisStreamAsSource";
  EXPECT_THAT(Refusal(request), HasSubstr("KinesisSourceStreamConfig is mandatory"));
  request["KinesisStreamSourceConfiguration"] = {
      {"KinesisStreamARN", "arn:aws:kinesis:us-east-1:000000000000:stream/s"},
      {"RoleARN", "arn:aws:iam::000000000000:role/firehose"}};
  EXPECT_EQ(Refusal(request), "");
  request["DeliveryStreamType"] = "DirectPut";  // Firehose ignores the source then
  EXPECT_THAT(Parsed(request).request_json, Not(HasSubstr("KinesisStreamSourceConfiguration")));
  Json hinted = Extended();
  hinted["DirectPutSourceConfiguration"] = {{"ThroughputHintInMBs", 5}};
  EXPECT_EQ(Refusal(hinted), "");
  hinted["DeliveryStreamType"] = "MSKAsSource";
  EXPECT_THAT(Refusal(hinted), AllOf(HasSubstr("DirectPutSourceConfiguration is only allowed"),
                                     HasSubstr("MSKSourceConfig is mandatory")));
}

// Changes of a database go to tables, in Firehose; here they may go anywhere.
TEST(ParseStreamDefinitionTest, WantsTablesForADatabaseWhereItIsStrict) {
  Json request = Extended();
  request["DeliveryStreamType"] = "DatabaseAsSource";
  request["DatabaseSourceConfiguration"] = Json::parse(R"({
      "Type": "MySQL", "Endpoint": "db", "Port": 3306, "SnapshotWatermarkTable": "a.w",
      "Databases": {"Include": ["a"]}, "Tables": {"Include": ["a.t"]},
      "DatabaseSourceAuthenticationConfiguration":
        {"SecretsManagerConfiguration": {"Enabled": false}},
      "DatabaseSourceVPCConfiguration": {"VpcEndpointServiceName":
        "com.amazonaws.vpce.us-east-1.vpce-svc-01234567890123456"}})");
  EXPECT_EQ(Refusal(request), "");
  ParseOptions strict = Options();
  strict.validation = Validation::kStrict;
  EXPECT_EQ(Refusal(request, strict),
            "InvalidArgumentException: IcebergDestinationConfiguration must be specified for "
            "Database as Source.");
}

Json WithProcessor(const char* processor) {
  return Extended((std::string(R"({"ProcessingConfiguration": {"Enabled": true, "Processors": [)") +
                   processor + "]}}")
                      .c_str());
}

TEST(ParseStreamDefinitionTest, RefusesProcessorsByName) {
  const std::pair<const char*, const char*> kCases[] = {
      {R"({"Type": "Lambda"})", "LambdaArn is required when Lambda processor is used."},
      {R"({"Type": "Lambda", "Parameters":
           [{"ParameterName": "LambdaArn", "ParameterValue": "arn"},
            {"ParameterName": "BufferSizeInMBs", "ParameterValue": "1"}]})",
       "Both BufferSizeInMBs and BufferIntervalInSeconds are required"},
      {R"({"Type": "Lambda", "Parameters":
           [{"ParameterName": "LambdaArn", "ParameterValue": "a"}]}, {"Type": "Lambda",
           "Parameters": [{"ParameterName": "LambdaArn", "ParameterValue": "b"}]})",
       "Cannot have more than 1 Lambda processor."},
      {R"({"Type": "CloudWatchLogProcessing", "Parameters":
           [{"ParameterName": "DataMessageExtraction", "ParameterValue": "True"}]})",
       "CloudWatchLogProcessingProcessor can only be enabled with DecompressionProcessor"},
      {R"({"Type": "MetadataExtraction", "Parameters":
           [{"ParameterName": "MetadataExtractionQuery", "ParameterValue": "{a: .a}"},
            {"ParameterName": "JsonParsingEngine", "ParameterValue": "JQ-1.6"}]})",
       "MetadataExtractionProcessor can only be present when Dynamic Partitioning is enabled."},
      {R"({"Type": "RecordDeAggregation", "Parameters":
           [{"ParameterName": "SubRecordType", "ParameterValue": "JSON"}]})",
       "RecordDeAggregationProcessor can only be present when Dynamic Partitioning is enabled."},
      {"", "A maximum of 5 and a minimum of 1 processor needs to be supplied"},
      {R"({"Type": "AppendDelimiterToRecord", "Parameters":
           [{"ParameterName": "LambdaArn", "ParameterValue": "x"}]})",
       "parameter LambdaArn is not allowed"},
      {R"({"Type": "AppendDelimiterToRecord", "Parameters":
           [{"ParameterName": "Delimiter", "ParameterValue": "a"},
            {"ParameterName": "Delimiter", "ParameterValue": "b"}]})",
       "parameter Delimiter is given twice"},
      {R"({"Type": "MetadataExtraction", "Parameters":
           [{"ParameterName": "JsonParsingEngine", "ParameterValue": "JQ-1.7"}]})",
       "MetaDataExtraction JSON Parsing Engine has to be one of JQ-1.6"},
      {R"({"Type": "Lambda", "Parameters":
           [{"ParameterName": "NumberOfRetries", "ParameterValue": "nan"}]})",
       "Number of retries for lambda must be between 0 and 300."},
      {R"({"Type": "RecordDeAggregation", "Parameters":
           [{"ParameterName": "SubRecordType", "ParameterValue": "DELIMITED"}]})",
       "Delimiter should be present for DELIMITED"},
      {R"({"Type": "Decompression"})",
       "CompressionFormat of the Decompression processor has to be GZIP"},
  };
  for (const auto& [processor, message] : kCases) {
    EXPECT_THAT(Refusal(WithProcessor(processor)), HasSubstr(message)) << processor;
  }
}

TEST(ParseStreamDefinitionTest, TakesProcessorsInTheirOrder) {
  const StreamDefinition definition = Parsed(WithProcessor(
      R"({"Type": "AppendDelimiterToRecord", "Parameters":
          [{"ParameterName": "Delimiter", "ParameterValue": "\\n"}]},
         {"Type": "AppendDelimiterToRecord", "Parameters": null})"));
  ASSERT_EQ(definition.processors.size(), 2u);
  EXPECT_EQ(definition.processors[0].Parameter("Delimiter"), "\\n");
  EXPECT_EQ(definition.processors[1].Parameter("Delimiter"), std::nullopt);
}

TEST(ParseStreamDefinitionTest, DropsProcessorsThatAreNotEnabled) {
  const char* disabled =
      R"({"ProcessingConfiguration": {"Enabled": false, "Processors": [{"Type": "Lambda"}]}})";
  EXPECT_TRUE(Parsed(Extended(disabled)).processors.empty());
}

TEST(ParseStreamDefinitionTest, FillsInTheDefaults) {
  const StreamDefinition definition = Parsed(Extended());
  EXPECT_EQ(definition.name, "a");
  EXPECT_EQ(definition.arn, "arn:aws:firehose:us-east-1:000000000000:deliverystream/a");
  EXPECT_EQ(definition.type, "DirectPut");
  EXPECT_EQ(definition.version, 1u);
  EXPECT_EQ(definition.family, DestinationFamily::kS3);
  ASSERT_TRUE(definition.s3.has_value());
  EXPECT_EQ(definition.s3->bucket, "logs");
  EXPECT_EQ(definition.s3->buffering.size_bytes, 5u << 20);
  EXPECT_EQ(definition.s3->buffering.interval, absl::Seconds(300));
  EXPECT_EQ(definition.s3->object.compression, CompressionFormat::kUncompressed);
  EXPECT_EQ(definition.s3->kms_key_arn, "");
}

TEST(ParseStreamDefinitionTest, ReadsEverySettingOfS3) {
  const StreamDefinition definition = Parsed(Extended(R"({
    "Prefix": "p/!{timestamp:yyyy}/", "ErrorOutputPrefix": "e/!{firehose:error-output-type}/",
    "BufferingHints": {"SizeInMBs": 128, "IntervalInSeconds": 0},
    "CompressionFormat": "HADOOP_SNAPPY", "CustomTimeZone": "Asia/Tokyo", "FileExtension": ".x",
    "EncryptionConfiguration": {"KMSEncryptionConfig":
        {"AWSKMSKeyARN": "arn:aws:kms:us-east-1:000000000000:key/k"}}})"));
  EXPECT_EQ(definition.s3->object.prefix, "p/!{timestamp:yyyy}/");
  EXPECT_EQ(definition.s3->object.error_output_prefix, "e/!{firehose:error-output-type}/");
  EXPECT_EQ(definition.s3->buffering.size_bytes, 128u << 20);
  EXPECT_EQ(definition.s3->buffering.interval, absl::ZeroDuration());
  EXPECT_EQ(definition.s3->object.compression, CompressionFormat::kHadoopSnappy);
  EXPECT_EQ(definition.s3->object.time_zone.name(), "Asia/Tokyo");
  EXPECT_EQ(definition.s3->object.file_extension, ".x");
  EXPECT_EQ(definition.s3->kms_key_arn, "arn:aws:kms:us-east-1:000000000000:key/k");
}

TEST(ParseStreamDefinitionTest, KeepsOnlyWhatItKnows) {
  Json request = Extended(R"({"Nonsense": {"deep": []}, "Prefix": null})");
  request["Junk"] = 1;
  const Json kept = Json::parse(Parsed(request).request_json);
  EXPECT_EQ(kept, Extended());
}

Json HttpRequest() {
  return Json::parse(R"({"DeliveryStreamName": "h", "HttpEndpointDestinationConfiguration": {
    "EndpointConfiguration": {"Url": "http://127.0.0.1:1/", "AccessKey": "very-secret"},
    "S3Configuration": {"RoleARN": "arn:aws:iam::000000000000:role/r",
                        "BucketARN": "arn:aws:s3:::backup"}}})");
}

TEST(ParseStreamDefinitionTest, KeepsTheOtherFamiliesForTheirSinks) {
  const StreamDefinition definition = Parsed(HttpRequest());
  EXPECT_EQ(definition.family, DestinationFamily::kHttpEndpoint);
  ASSERT_TRUE(definition.s3.has_value());
  EXPECT_EQ(definition.s3->bucket, "backup");
  ParseOptions strict = Options();
  strict.validation = Validation::kStrict;
  EXPECT_THAT(Refusal(HttpRequest(), strict), HasSubstr("ValidationException"));
}

// The paths of the rules that are told of a request with something wrong in it for the model too.
std::vector<std::string> RulesBeside(const Json& request, const ParseOptions& options = Options()) {
  const ModelShape& shape = *FindModelShape("CreateDeliveryStreamInput");
  const ModelCheck check = CheckModel(shape, request, Validation::kRelaxed);
  EXPECT_TRUE(ToApiError(check).has_value()) << request;
  std::vector<std::string> paths;
  for (const DefinitionProblem& problem : CheckDefinitionRules(request, check, options)) {
    if (!problem.missing) paths.push_back(problem.path);
  }
  return paths;
}

TEST(CheckDefinitionRulesTest, AsksWhatTheModelLeavesStanding) {
  using ::testing::ElementsAre;
  const std::string s3 = "ExtendedS3DestinationConfiguration.";
  EXPECT_THAT(RulesBeside(Extended(R"({"FileExtension": "json", "Prefix": "!{timestamp:",
                                       "CustomTimeZone": "Mars/Phobos"})")),
              ElementsAre(s3 + "Prefix", s3 + "CustomTimeZone"));
  EXPECT_THAT(RulesBeside(Extended(R"({"CustomTimeZone": "Mars/Phobos", "BucketARN": null,
                        "BufferingHints": {"SizeInMBs": 500, "IntervalInSeconds": 5}})")),
              ElementsAre(s3 + "CustomTimeZone"));
  EXPECT_THAT(RulesBeside({{"DeliveryStreamName", "no spaces"}}), ElementsAre(""));
  Json ignored = Extended(R"({"FileExtension": "json"})");  // by Firehose, with DirectPut
  ignored["KinesisStreamSourceConfiguration"] = {
      {"KinesisStreamARN", "arn:aws:kinesis:us-east-1:000000000000:stream/s"},
      {"RoleARN", "arn:aws:iam::000000000000:role/firehose"}};
  EXPECT_THAT(RulesBeside(ignored), ElementsAre("KinesisStreamSourceConfiguration"));
}

// What was wrong there is taken out before; a rule that misses it would only confuse.
TEST(CheckDefinitionRulesTest, SaysNothingOfWhatIsWrongAlready) {
  using ::testing::IsEmpty;
  for (const char* changes : {
           R"({"Prefix": 5, "DynamicPartitioningConfiguration": {"Enabled": true},
               "ProcessingConfiguration": {"Enabled": true, "Processors": 5}})",
           R"({"Prefix": "!{partitionKeyFromQuery:a}/", "ErrorOutputPrefix": "e/",
               "DynamicPartitioningConfiguration": {"Enabled": "yes"}})",
           R"({"Prefix": "!{timestamp:yyyy}/", "ErrorOutputPrefix": []})",
           R"({"BufferingHints": {"SizeInMBs": 5, "IntervalInSeconds": "x"}})",
           R"({"BufferingHints": 5})",
           R"({"ProcessingConfiguration": {"Enabled": true, "Processors": [{"Type": "No"}]}})",
       }) {
    EXPECT_THAT(RulesBeside(Extended(changes)), IsEmpty()) << changes;
  }
  const Json destination = {{"DeliveryStreamName", "a"},
                            {"ExtendedS3DestinationConfiguration", "arn:aws:s3:::logs"}};
  EXPECT_THAT(RulesBeside(destination), IsEmpty());
  Json source = Extended();
  source["DeliveryStreamType"] = "KinesisAsSource";
  source["KinesisStreamSourceConfiguration"] = {{"KinesisStreamARN", 5}};
  EXPECT_THAT(RulesBeside(source), IsEmpty());
}

TEST(ParseJsonTextTest, RefusesWhatIsNotBoundedJson) {
  EXPECT_FALSE(ParseJsonText("").has_value());
  EXPECT_FALSE(ParseJsonText("{").has_value());
  EXPECT_FALSE(ParseJsonText("{} x").has_value());
  EXPECT_FALSE(ParseJsonText("\"\xff\"").has_value());
  EXPECT_FALSE(ParseJsonText(std::string(1'000'000, '[')).has_value());
  EXPECT_FALSE(ParseJsonText(std::string(70, '[') + std::string(70, ']')).has_value());
  EXPECT_TRUE(ParseJsonText(std::string(60, '[') + std::string(60, ']')).has_value());
}

TEST(ParseStreamDefinitionTest, AsksTheSinkOfTheDestination) {
  const NodeConfig config;
  ParseOptions options = Options();
  options.config = &config;
  options.support.check_destination =
      [](const StreamDefinition& stream,
         const NodeConfig&) -> std::optional<std::vector<DefinitionProblem>> {
    if (stream.family != DestinationFamily::kS3) return std::nullopt;
    if (stream.s3->bucket == "logs") return std::vector<DefinitionProblem>{};
    return std::vector<DefinitionProblem>{{"BucketARN", "BucketARN is bad"},
                                          {"Prefix", "Prefix is"}};
  };
  EXPECT_EQ(Refusal(Extended(), options), "");
  const Json bad = Extended(R"({"BucketARN": "arn:aws:s3:::.."})");
  EXPECT_EQ(Refusal(bad, options), "InvalidArgumentException: BucketARN is bad; Prefix is");
  const auto problems = CheckDefinitionRules(bad, {}, options);
  ASSERT_EQ(problems.size(), 2U);
  EXPECT_EQ(problems[1].path, "ExtendedS3DestinationConfiguration.Prefix");

  const Json splunk = {{"DeliveryStreamName", "a"},
                       {"SplunkDestinationConfiguration",
                        {{"HECEndpoint", "https://h"},
                         {"HECEndpointType", "Raw"},
                         {"HECToken", "very-secret"},
                         {"S3Configuration", Extended()["ExtendedS3DestinationConfiguration"]}}}};
  EXPECT_EQ(Missing(splunk, options),
            "SplunkDestinationConfiguration: this build of hydrant has no sink for it");
  EXPECT_EQ(Missing(splunk, Options()), "");  // not asked

  Json kinesis = Extended();
  kinesis["DeliveryStreamType"] = "KinesisStreamAsSource";
  kinesis["KinesisStreamSourceConfiguration"] = {
      {"KinesisStreamARN", "arn:aws:kinesis:us-east-1:000000000000:stream/s"},
      {"RoleARN", "arn:aws:iam::000000000000:role/firehose"}};
  EXPECT_EQ(Missing(kinesis, options),
            "DeliveryStreamType KinesisStreamAsSource: this build of hydrant has no source for it");
}

// What is missing is no error; what is wrong beside it is.
TEST(ParseStreamDefinitionTest, TellsWhatTheBuildLacksApartFromWhatIsWrong) {
  const char* partitioned = R"({
      "Prefix": "!{partitionKeyFromQuery:k}/",
      "ErrorOutputPrefix": "e/!{firehose:error-output-type}/",
      "DynamicPartitioningConfiguration": {"Enabled": true},
      "ProcessingConfiguration": {"Enabled": true, "Processors": [{"Type": "MetadataExtraction",
        "Parameters": [{"ParameterName": "MetadataExtractionQuery", "ParameterValue": "{k: .k}"},
                       {"ParameterName": "JsonParsingEngine", "ParameterValue": "JQ-1.6"}]}]}})";
  EXPECT_EQ(Missing(Extended(partitioned), Options()),
            "Processor type MetadataExtraction: this build of hydrant has no transform for it; "
            "DynamicPartitioningConfiguration: this build of hydrant has no partitioner for it");
  const StreamDefinition definition = Parsed(Extended(partitioned));
  EXPECT_EQ(definition.status, StreamStatus::kCreatingFailed);
  EXPECT_EQ(definition.s3->buffering.size_bytes, 64u << 20);
  Json unused = Extended(partitioned);
  unused["ExtendedS3DestinationConfiguration"]["ProcessingConfiguration"]["Processors"][0]
        ["Parameters"][0]["ParameterValue"] = "{k: .k, unused: .u}";
  EXPECT_EQ(Refusal(unused),
            "InvalidArgumentException: MetaDataExtraction JQ Query can't contain keys that are not "
            "present in the S3 Prefix expression");
  Json wrong = Extended(partitioned);
  wrong["ExtendedS3DestinationConfiguration"]["CustomTimeZone"] = "Nowhere";
  EXPECT_EQ(Refusal(wrong),
            "InvalidArgumentException: CustomTimeZone Nowhere is not a time zone of the tz "
            "database");
}

TEST(ParseStreamDefinitionTest, ReadsTagsOnceAKey) {
  Json request = Extended();
  request["Tags"] = {{{"Key", "env"}, {"Value", "prod"}}, {{"Key", "bare"}}};
  const StreamDefinition definition = Parsed(request);
  EXPECT_EQ(definition.tags, (StreamTags{{"env", "prod"}, {"bare", std::nullopt}}));
  EXPECT_EQ(Json::parse(definition.request_json), Extended());
  request["Tags"].push_back({{"Key", "env"}, {"Value", "test"}});
  EXPECT_THAT(Refusal(request), HasSubstr("the key env is given twice"));
  request["Tags"] = Json::array({{{"Key", "aws:cloudformation"}}});
  EXPECT_THAT(Refusal(request), HasSubstr("ValidationException"));
}

}  // namespace
}  // namespace hydrant
