#include "engine/stream/destination_rules.h"

#include "engine/stream/definition_parser.h"
#include "engine/stream/destination_fixture.h"
#include "engine/testing/status_matchers.h"

namespace hydrant {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;

struct Case {
  std::string_view member;  // of the destination, without "DestinationConfiguration"
  const char* patch;        // merged into the smallest one that is right
  const char* refusal;      // part of it; empty: it is taken
  Validation validation = Validation::kRelaxed;
};

std::string Refusal(const Json& request, Validation validation) {
  ParseOptions options;
  options.validation = validation;
  const auto parsed = ParseStreamDefinition(request, options);
  const auto* error = std::get_if<ApiError>(&parsed);
  return error == nullptr ? "" : error->type + ": " + error->message;
}

class DestinationRulesTest : public ::testing::TestWithParam<Case> {};

TEST_P(DestinationRulesTest, AreFirehoses) {
  const Case& c = GetParam();
  const Json request = RequestWith(c.member, Json::parse(c.patch));
  const std::string refusal = Refusal(request, c.validation);
  if (*c.refusal == '\0') {
    EXPECT_EQ(refusal, "") << c.patch;
  } else {
    EXPECT_THAT(refusal, HasSubstr("InvalidArgumentException: ")) << c.patch;
    EXPECT_THAT(refusal, HasSubstr(c.refusal)) << c.patch;
  }
}

constexpr char kSecretManaged[] = R"(, "SecretsManagerConfiguration": {"Enabled": true,
    "SecretARN": "arn:aws:secretsmanager:us-east-1:000000000000:secret:s"}})";

std::string WithSecret(const char* patch) {
  std::string text(patch);
  text.pop_back();
  return text + kSecretManaged;
}
const std::string kRedshiftBySecret = WithSecret(R"({"Username": null, "Password": null})");
const std::string kSplunkBySecret = WithSecret(R"({"HECToken": null})");
const std::string kSnowflakeBySecret = WithSecret(R"({"User": null, "PrivateKey": null})");

INSTANTIATE_TEST_SUITE_P(
    Redshift, DestinationRulesTest,
    ::testing::Values(
        Case{"Redshift", "{}", ""},
        Case{"Redshift", R"({"Username": null})", "Redshift Database Username is required"},
        Case{"Redshift", R"({"Password": null})", "Redshift Database Password is required"},
        Case{"Redshift", kRedshiftBySecret.c_str(), ""},
        Case{"Redshift", R"({"SecretsManagerConfiguration": {"Enabled": true}})",
             "SecretARN is required"},
        Case{"Redshift", R"({"S3Configuration": {"CompressionFormat": "GZIP"}})", ""},
        Case{"Redshift", R"({"S3Configuration": {"CompressionFormat": "Snappy"}})",
             "compression formats are allowed when using Redshift: [UNCOMPRESSED, GZIP]"},
        Case{"Redshift", R"({"S3Configuration": {"CompressionFormat": "HADOOP_SNAPPY"}})",
             "compression formats are allowed when using Redshift: [UNCOMPRESSED, GZIP]"},
        Case{"Redshift", R"({"S3Configuration": {"Prefix": "!{timestamp:yyyy}/",
                             "ErrorOutputPrefix": "e/"}})",
             "Prefix Expressions or ErrorOutputPrefix is currently not supported"},
        Case{"Redshift", R"({"S3Configuration": {"ErrorOutputPrefix": "e/"}})",
             "Prefix Expressions or ErrorOutputPrefix is currently not supported"},
        Case{"Redshift", R"({"S3Configuration": {"Prefix": "p/", "ErrorOutputPrefix": ""}})", ""},
        Case{"Redshift", R"({"ClusterJDBCURL": "jdbc:mysql://db:3306/d"})",
             "ClusterJDBCURL must begin with"},
        Case{"Redshift", R"({"ClusterJDBCURL": "jdbc:postgresql://127.0.0.1:5432/d"})", ""},
        Case{"Redshift", R"({"S3BackupMode": "Enabled"})", "S3 backup destination configuration"},
        Case{"Redshift", R"({"CloudWatchLoggingOptions": {"Enabled": true}})",
             "CloudWatch Log Group Name is required"},
        Case{"Redshift", R"({"S3Configuration": {"CloudWatchLoggingOptions": {"Enabled": true,
                             "LogGroupName": "g"}}})",
             "S3Configuration.CloudWatchLoggingOptions.LogStreamName: CloudWatch Log Stream Name"},
        Case{"Redshift", R"({"S3Configuration": {"BufferingHints": {"SizeInMBs": 5}}})",
             "given together"},
        Case{"Redshift", R"({"RetryOptions": {"DurationInSeconds": 0}})", ""}));

INSTANTIATE_TEST_SUITE_P(
    OpenSearch, DestinationRulesTest,
    ::testing::Values(Case{"Elasticsearch", "{}", ""}, Case{"Amazonopensearchservice", "{}", ""},
                      Case{"Elasticsearch", R"({"DomainARN": null})",
                           "Provide either the Elasticsearch cluster endpoint or domain arn."},
                      Case{"Amazonopensearchservice", R"({"ClusterEndpoint": "https://c"})",
                           "Cannot provide both Elasticsearch cluster endpoint and domain ARN."},
                      Case{"Amazonopensearchservice",
                           R"({"ClusterEndpoint": "http://127.0.0.1:9200", "DomainARN": null})",
                           ""},
                      Case{"Elasticsearch", R"({"BufferingHints": {"SizeInMBs": 100}})", ""},
                      Case{"AmazonOpenSearchServerless", "{}", ""},
                      Case{"Elasticsearch", R"({"ClusterEndpoint": "es:9200", "DomainARN": null})",
                           "ClusterEndpoint must begin with"},
                      Case{"AmazonOpenSearchServerless", R"({"CollectionEndpoint": "c.aoss"})",
                           "CollectionEndpoint must begin with"},
                      Case{"AmazonOpenSearchServerless", R"({"CollectionEndpoint": null})",
                           "CollectionEndpoint is required"}));

INSTANTIATE_TEST_SUITE_P(
    Splunk, DestinationRulesTest,
    ::testing::Values(Case{"Splunk", "{}", ""},
                      Case{"Splunk", R"({"HECToken": null})", "HECToken is required"},
                      Case{"Splunk", kSplunkBySecret.c_str(),
                           "SecretsManagerConfiguration.RoleARN is required"},
                      Case{"Splunk", R"({"HECEndpoint": "http://127.0.0.1:8088"})", ""},
                      Case{"Splunk", R"({"HECEndpoint": "http://127.0.0.1:8088"})",
                           "Invalid HECEndpoint.", Validation::kStrict}));

INSTANTIATE_TEST_SUITE_P(
    HttpEndpoint, DestinationRulesTest,
    ::testing::Values(
        Case{"HttpEndpoint", "{}", ""},
        Case{"HttpEndpoint", R"({"EndpointConfiguration": {"Url": "http://127.0.0.1/"}})", ""},
        Case{"HttpEndpoint", R"({"EndpointConfiguration": {"Url": "ftp://h/"}})",
             "EndpointConfiguration.Url must begin with"},
        Case{"HttpEndpoint", R"({"BufferingHints": {"IntervalInSeconds": 5}})", "given together"},
        Case{"HttpEndpoint", R"({"RequestConfiguration": {"CommonAttributes": [
                 {"AttributeName": "a", "AttributeValue": "1"},
                 {"AttributeName": "b", "AttributeValue": "1"}]}})",
             ""},
        Case{"HttpEndpoint", R"({"RequestConfiguration": {"CommonAttributes": [
                 {"AttributeName": "a", "AttributeValue": "1"},
                 {"AttributeName": "a", "AttributeValue": "2"}]}})",
             "Http Endpoint Common Attributes have duplicate name"}));

INSTANTIATE_TEST_SUITE_P(
    Snowflake, DestinationRulesTest,
    ::testing::Values(
        Case{"Snowflake", "{}", ""},
        Case{"Snowflake", R"({"User": null})", "User must be provided."},
        Case{"Snowflake", R"({"PrivateKey": null})", "PrivateKey must be provided."},
        Case{"Snowflake", kSnowflakeBySecret.c_str(), ""},
        Case{"Snowflake", R"({"SnowflakeRoleConfiguration": {"Enabled": true}})",
             "Must provide SnowflakeRole when SnowflakeRoleConfiguration is enabled."},
        Case{"Snowflake", R"({"ContentColumnName": "c"})", "Can't configure ContentColumnName"},
        Case{"Snowflake", R"({"MetaDataColumnName": "m"})", "Can't configure MetaDataColumnName"},
        Case{"Snowflake", R"({"DataLoadingOption": "VARIANT_CONTENT_MAPPING"})",
             "Must provide ContentColumnName"},
        Case{"Snowflake", R"({"DataLoadingOption": "VARIANT_CONTENT_MAPPING",
                              "ContentColumnName": "c"})",
             ""},
        Case{"Snowflake", R"({"DataLoadingOption": "VARIANT_CONTENT_AND_METADATA_MAPPING",
                              "ContentColumnName": "c"})",
             "Must provide ContentColumnName and MetadataColumnName"}));

INSTANTIATE_TEST_SUITE_P(
    Iceberg, DestinationRulesTest,
    ::testing::Values(Case{"Iceberg", "{}", ""},
                      Case{"Iceberg", R"({"S3BackupMode": "AllData"})",
                           "S3BackupMode.AllData is not supported for Iceberg as destination."},
                      Case{"Iceberg", R"({"BufferingHints": {"SizeInMBs": 5}})", "given together"},
                      Case{"Iceberg", R"({"DestinationTableConfigurationList": []})",
                           "A single default destination table configuration must be provided"},
                      Case{"Iceberg", R"({"DestinationTableConfigurationList": [],
                            "ProcessingConfiguration": {"Enabled": true, "Processors": [
               {"Type": "MetadataExtraction", "Parameters": [
                {"ParameterName": "MetadataExtractionQuery", "ParameterValue": "{t: .t}"},
                {"ParameterName": "JsonParsingEngine", "ParameterValue": "JQ-1.6"}]}]}})",
                           ""},
                      Case{"Iceberg", R"({"SchemaEvolutionConfiguration": {"Enabled": true},
                            "TableCreationConfiguration": {"Enabled": true}})",
                           "WarehouseLocation is required"}));

INSTANTIATE_TEST_SUITE_P(
    FormatConversion, DestinationRulesTest,
    ::testing::Values(
        Case{"ExtendedS3", kConversion, ""},
        Case{"ExtendedS3", R"({"DataFormatConversionConfiguration": {"Enabled": false},
                               "CompressionFormat": "GZIP"})",
             ""},
        Case{"ExtendedS3", R"({"DataFormatConversionConfiguration": {}})",
             "InputFormatConfiguration must not be null; OutputFormatConfiguration must not be "
             "null; SchemaConfiguration must not be null"},
        Case{"ExtendedS3", R"({"CompressionFormat": "GZIP",
                               "DataFormatConversionConfiguration": {"Enabled": true}})",
             "compression format must be set to UNCOMPRESSED when data format conversion"},
        Case{"ExtendedS3", R"({"BufferingHints": {"SizeInMBs": 63, "IntervalInSeconds": 60},
                               "DataFormatConversionConfiguration": {"Enabled": true}})",
             "BufferingHints.SizeInMBs must be at least 64 when data format conversion is enabled"},
        Case{"ExtendedS3", R"({"DataFormatConversionConfiguration": {
               "InputFormatConfiguration": {"Deserializer": {}},
               "OutputFormatConfiguration": {}, "SchemaConfiguration": {"RoleARN": "r"}}})",
             "Deserializer must not be null; Serializer must not be null; "
             "SchemaConfiguration.DatabaseName must not be null or empty; "
             "SchemaConfiguration.TableName must not be null or empty"},
        Case{"ExtendedS3", R"({"DataFormatConversionConfiguration": {
               "InputFormatConfiguration":
                 {"Deserializer": {"OpenXJsonSerDe": {}, "HiveJsonSerDe": {}}},
               "OutputFormatConfiguration": {"Serializer": {"OrcSerDe": {}, "ParquetSerDe": {}}},
               "SchemaConfiguration": {"RoleARN": "r", "DatabaseName": "d", "TableName": "t"}}})",
             "More than one deserializer specified. Only one may be chosen.; More than one "
             "serializer specified. Only one may be chosen."}));

// What the model refuses is not said a second time, and in other words.
TEST(DestinationRulesTest, SayNothingOfWhatTheModelRefuses) {
  const Json request = RequestWith("Snowflake", {{"User", 5}, {"DataLoadingOption", "NONE"}});
  const ModelCheck check =
      CheckModel(*FindModelShape("CreateDeliveryStreamInput"), request, Validation::kRelaxed);
  ASSERT_TRUE(ToApiError(check).has_value());
  EXPECT_TRUE(CheckDefinitionRules(request, check, {}).empty());
}

}  // namespace
}  // namespace hydrant
