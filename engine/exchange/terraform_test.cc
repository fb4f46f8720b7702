#include "engine/exchange/terraform.h"

#include "engine/exchange/exchange_fixture.h"
#include "engine/testing/source_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hydrant {
namespace {

using Json = nlohmann::ordered_json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Json Resource(const Json& request) {
  const Json document = Json::parse(TerraformDocument({request}).text);
  return document["resource"]["aws_kinesis_firehose_delivery_stream"].front();
}

TEST(TerraformTest, HasOnlyArgumentsThatThereAre) {
  const std::set<std::string> known =
      ReadLines(hydrant::testing::SourceFile("engine/exchange/testdata/terraform_arguments.txt"));
  ASSERT_GT(known.size(), 300u);
  for (const std::string family : kAllFamilies) {
    std::set<std::string> paths;
    CollectPaths(Resource(FullRequest(family)), "", paths);
    EXPECT_GT(paths.size(), 30u);
    for (const std::string& path : paths) {
      const bool mapped =
          path.starts_with("tags.") || path.find("key_mappings.") != std::string::npos;
      EXPECT_TRUE(mapped || known.contains(path)) << family << ": " << path;
    }
  }
}

TEST(TerraformTest, SaysWhatHasNoPlace) {
  Json request = FullRequest("Iceberg");
  request["Hydrant"] = {{"Quota", "1 GiB"}};
  std::set<std::string> lacking;
  for (const std::string& remark : TerraformDocument({request}).remarks) {
    EXPECT_TRUE(remark.starts_with("my.logs: ")) << remark;
    lacking.insert(remark.substr(9, remark.find(' ', 9) - 9));
  }
  EXPECT_EQ(lacking, (std::set<std::string>{
                         "DatabaseSourceConfiguration", "DirectPutSourceConfiguration", "Hydrant",
                         "IcebergDestinationConfiguration.AppendOnly",
                         "IcebergDestinationConfiguration.CatalogConfiguration.WarehouseLocation",
                         "IcebergDestinationConfiguration.DestinationTableConfigurationList[0]."
                         "PartitionSpec",
                         "IcebergDestinationConfiguration.SchemaEvolutionConfiguration",
                         "IcebergDestinationConfiguration.TableCreationConfiguration"}));
  const Json nothing = {
      {"DeliveryStreamName", "logs"},
      {"IcebergDestinationConfiguration",
       {{"AppendOnly", false}, {"SchemaEvolutionConfiguration", {{"Enabled", false}}}}}};
  EXPECT_THAT(TerraformDocument({nothing}).remarks, IsEmpty());
}

TEST(TerraformTest, WritesWhatIsCalledOtherwise) {
  const Json request = Json::parse(R"({
    "DeliveryStreamName": "my.logs", "DeliveryStreamType": "DirectPut",
    "DeliveryStreamEncryptionConfigurationInput": {"KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": "k"},
    "Tags": [{"Key": "team", "Value": "one"}, {"Key": "bare"}],
    "ExtendedS3DestinationConfiguration": {
      "BucketARN": "b", "Prefix": "${x}%{y}!{z}", "BufferingHints": {"SizeInMBs": 5, "IntervalInSeconds": 60},
      "EncryptionConfiguration": {"KMSEncryptionConfig": {"AWSKMSKeyARN": "k"}},
      "ProcessingConfiguration": {"Enabled": true, "Processors": [{"Type": "Lambda",
        "Parameters": [{"ParameterName": "LambdaArn", "ParameterValue": "a"}]}]}}})");
  EXPECT_EQ(nlohmann::json(Resource(request)), nlohmann::json::parse(R"({
    "name": "my.logs", "destination": "extended_s3",
    "server_side_encryption": {"enabled": true, "key_type": "CUSTOMER_MANAGED_CMK", "key_arn": "k"},
    "tags": {"team": "one", "bare": ""},
    "extended_s3_configuration": {
      "bucket_arn": "b", "prefix": "$${x}%%{y}!{z}", "buffering_size": 5, "buffering_interval": 60,
      "kms_key_arn": "k",
      "processing_configuration": {"enabled": true, "processors": [{"type": "Lambda",
        "parameters": [{"parameter_name": "LambdaArn", "parameter_value": "a"}]}]}}})"));
}

TEST(TerraformTest, SecretsAreSensitiveVariables) {
  const Json request = {{"DeliveryStreamName", "my.logs"},
                        {"SplunkDestinationConfiguration", {{"HECToken", "very-secret"}}}};
  const Exported exported = TerraformDocument({request});
  EXPECT_THAT(exported.text, Not(HasSubstr("very-secret")));
  const Json document = Json::parse(exported.text);
  EXPECT_EQ(document["variable"]["my_logs_hec_token"]["sensitive"], true);
  const Json& streams = document["resource"]["aws_kinesis_firehose_delivery_stream"];
  EXPECT_EQ(streams["my_logs"]["splunk_configuration"]["hec_token"], "${var.my_logs_hec_token}");
  ASSERT_EQ(exported.secrets.size(), 1u);
  EXPECT_EQ(exported.secrets[0].path, "SplunkDestinationConfiguration.HECToken");
  EXPECT_EQ(Json::parse(TerraformDocument({}).text), Json::object());
}

}  // namespace
}  // namespace hydrant
