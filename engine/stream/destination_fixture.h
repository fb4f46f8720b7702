// The smallest right destination of each family, for tests.
// Owner:   constant
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace hydrant {

// Of each family, without its bucket. Secrets begin with "very-secret" or "verysecret".
inline nlohmann::json SmallestDestinations() {
  const std::string private_key = "very-secret" + std::string(249, 'A');
  nlohmann::json all = nlohmann::json::parse(R"({
    "S3": {},
    "ExtendedS3": {},
    "Redshift": {
      "ClusterJDBCURL": "jdbc:redshift://c.x.us-east-1.redshift.amazonaws.com:5439/db",
      "CopyCommand": {"DataTableName": "t"}, "Username": "u", "Password": "very-secret-password"},
    "Elasticsearch": {
      "DomainARN": "arn:aws:es:us-east-1:000000000000:domain/docs", "IndexName": "i"},
    "Amazonopensearchservice": {
      "DomainARN": "arn:aws:es:us-east-1:000000000000:domain/docs", "IndexName": "i"},
    "AmazonOpenSearchServerless": {
      "CollectionEndpoint": "https://c.us-east-1.aoss.amazonaws.com", "IndexName": "i"},
    "Splunk": {
      "HECEndpoint": "https://splunk:8088", "HECEndpointType": "Raw", "HECToken": "the-token"},
    "HttpEndpoint": {
      "EndpointConfiguration": {
        "Url": "https://collector/", "Name": "c", "AccessKey": "very-secret-key"}},
    "Snowflake": {
      "AccountUrl": "https://account.snowflakecomputing.com", "User": "u", "Database": "d",
      "Schema": "s", "Table": "t", "KeyPassphrase": "very-secret-phrase"},
    "Iceberg": {
      "CatalogConfiguration": {"CatalogARN": "arn:aws:glue:us-east-1:000000000000:catalog"},
      "DestinationTableConfigurationList": [
        {"DestinationTableName": "t", "DestinationDatabaseName": "d"}]}})");
  all["Snowflake"]["PrivateKey"] = "verysecret" + std::string(246, 'A');  // base64
  return all;
}

// A create request for the stream "a" with the smallest right destination of a family ("Splunk"), changed by a
// JSON merge patch.
inline nlohmann::json RequestWith(std::string_view family, const nlohmann::json& patch) {
  const nlohmann::json bucket = {{"RoleARN", "arn:aws:iam::000000000000:role/r"},
                                 {"BucketARN", "arn:aws:s3:::b"}};
  nlohmann::json destination = SmallestDestinations()[std::string(family)];
  if (family.ends_with("S3")) {
    destination = bucket;
  } else {
    destination["S3Configuration"] = bucket;
    if (family != "Splunk") destination["RoleARN"] = bucket["RoleARN"];
  }
  destination.merge_patch(patch);
  const std::string member = std::string(family) + "DestinationConfiguration";
  return {{"DeliveryStreamName", "a"}, {member, destination}};
}

// A patch of ExtendedS3 that converts to Parquet.
inline constexpr char kConversion[] = R"({"DataFormatConversionConfiguration": {
    "InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": {}}},
    "OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {}}},
    "SchemaConfiguration": {"RoleARN": "r", "DatabaseName": "d", "TableName": "t"}}})";

}  // namespace hydrant
