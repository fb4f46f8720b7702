#include "engine/exchange/cloudformation.h"

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

Json Written(const StreamRequests& requests) {
  return Json::parse(CloudFormationTemplate(requests).text);
}

TEST(CloudFormationTest, HasOnlyPropertiesThatThereAre) {
  std::set<std::string> known = ReadLines(
      hydrant::testing::SourceFile("engine/exchange/testdata/cloudformation_properties.txt"));
  ASSERT_GT(known.size(), 300u);
  for (const std::string family : kAllFamilies) {
    const Json document = Written({FullRequest(family)});
    std::set<std::string> paths;
    CollectPaths(document["Resources"]["MyLogsStream"]["Properties"], "", paths);
    EXPECT_GT(paths.size(), 30u);
    for (const std::string& path : paths) {
      const bool reference = path.ends_with(".Ref");
      const bool mapped = path.find("ColumnToJsonKeyMappings.") != path.npos;
      EXPECT_TRUE(reference || mapped || known.contains(path)) << path;
    }
  }
}

TEST(CloudFormationTest, SecretsAreParametersThatAreNotEchoed) {
  const Json request = {{"DeliveryStreamName", "logs"},
                        {"RedshiftDestinationConfiguration", {{"Password", "very-secret"}}}};
  const Exported exported = CloudFormationTemplate({request});
  EXPECT_THAT(exported.text, Not(HasSubstr("very-secret")));
  const Json document = Json::parse(exported.text);
  EXPECT_EQ(document["Parameters"]["LogsPassword"]["Type"], "String");
  EXPECT_EQ(document["Parameters"]["LogsPassword"]["NoEcho"], true);
  const Json& resource = document["Resources"]["LogsStream"];
  EXPECT_EQ(resource["Type"], "AWS::KinesisFirehose::DeliveryStream");
  EXPECT_EQ(resource["Properties"]["RedshiftDestinationConfiguration"]["Password"],
            Json({{"Ref", "LogsPassword"}}));
  ASSERT_EQ(exported.secrets.size(), 1u);
  EXPECT_EQ(exported.secrets[0].name, "LogsPassword");
}

TEST(CloudFormationTest, WhatIsOursIsMetadataWithoutSecrets) {
  Json request = {{"DeliveryStreamName", "logs"}};
  request["Hydrant"] = {
      {"Quota", "1 GiB"},
      {"Failover",
       {{"Destinations", {{{"SplunkDestinationConfiguration", {{"HECToken", "very-secret"}}}}}}}}};
  const Exported exported = CloudFormationTemplate({request});
  EXPECT_THAT(exported.text, Not(HasSubstr("very-secret")));
  const Json resource = Json::parse(exported.text)["Resources"]["LogsStream"];
  EXPECT_EQ(resource["Metadata"]["Hydrant"]["Quota"], "1 GiB");
  EXPECT_FALSE(resource["Properties"].contains("Hydrant"));
  EXPECT_THAT(exported.secrets, IsEmpty());
  EXPECT_THAT(exported.remarks, ElementsAre(HasSubstr("logs: Hydrant.Failover.Destinations[0].")));
}

TEST(CloudFormationTest, NamesAreUniqueAndTimesAreTexts) {
  const Json document =
      Written({{{"DeliveryStreamName", "a.b"}},
               {{"DeliveryStreamName", "a-b"},
                {"MSKSourceConfiguration", {{"ReadFromTimestamp", 1'600'000'000.5}}}}});
  EXPECT_TRUE(document["Resources"].contains("ABStream"));
  EXPECT_EQ(document["Resources"]["ABStream2"]["Properties"]["MSKSourceConfiguration"]
                    ["ReadFromTimestamp"],
            "2020-09-13T12:26:40.5Z");
  EXPECT_FALSE(document.contains("Parameters"));
}

}  // namespace
}  // namespace hydrant
