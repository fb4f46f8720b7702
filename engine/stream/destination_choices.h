// What random right destinations are made of, for tests.
// Owner:   constant
#pragma once

#include <nlohmann/json.hpp>

#include <string_view>

namespace hydrant {

// Two values for each member that a family may have beside those of the smallest one.
inline nlohmann::json DestinationChoices() {
  return nlohmann::json::parse(R"({
    "S3": {},
    "ExtendedS3": {
      "FileExtension": [".log", ".txt"], "CustomTimeZone": ["Asia/Tokyo", "Europe/Berlin"],
      "ProcessingConfiguration": [{"Enabled": false, "Processors": []},
        {"Enabled": true, "Processors": [{"Type": "AppendDelimiterToRecord", "Parameters": []}]}],
      "S3BackupConfiguration": [
        {"RoleARN": "arn:aws:iam::000000000000:role/b", "BucketARN": "arn:aws:s3:::backup"},
        {"RoleARN": "arn:aws:iam::000000000000:role/c", "BucketARN": "arn:aws:s3:::other"}],
      "DataFormatConversionConfiguration": [{"Enabled": false}]},
    "Redshift": {
      "RetryOptions": [{"DurationInSeconds": 0}, {"DurationInSeconds": 7200}],
      "CopyCommand": [{"DataTableName": "x", "CopyOptions": "json 'auto'"},
                      {"DataTableName": "y", "DataTableColumns": "a,b"}],
      "S3BackupMode": ["Disabled"]},
    "Elasticsearch": {
      "TypeName": ["", "t"], "IndexRotationPeriod": ["NoRotation", "OneMonth"],
      "RetryOptions": [{"DurationInSeconds": 1}, {"DurationInSeconds": 2}],
      "BufferingHints": [{"SizeInMBs": 100}, {"IntervalInSeconds": 0}],
      "DocumentIdOptions": [{"DefaultDocumentIdFormat": "NO_DOCUMENT_ID"}]},
    "Amazonopensearchservice": {
      "TypeName": ["", "t"], "IndexRotationPeriod": ["OneHour", "OneWeek"],
      "DocumentIdOptions": [{"DefaultDocumentIdFormat": "FIREHOSE_DEFAULT"}]},
    "AmazonOpenSearchServerless": {
      "RetryOptions": [{"DurationInSeconds": 1}], "BufferingHints": [{"SizeInMBs": 1}]},
    "Splunk": {
      "HECAcknowledgmentTimeoutInSeconds": [180, 600], "S3BackupMode": ["AllEvents"],
      "BufferingHints": [{"SizeInMBs": 1}, {"SizeInMBs": 5, "IntervalInSeconds": 0}]},
    "HttpEndpoint": {
      "RequestConfiguration": [{"ContentEncoding": "GZIP"}, {"ContentEncoding": "NONE",
        "CommonAttributes": [{"AttributeName": "a", "AttributeValue": ""}]}],
      "RetryOptions": [{"DurationInSeconds": 0}],
      "BufferingHints": [{"SizeInMBs": 64, "IntervalInSeconds": 900}],
      "S3BackupMode": ["AllData", "FailedDataOnly"]},
    "Snowflake": {
      "SnowflakeRoleConfiguration": [{"Enabled": true, "SnowflakeRole": "r"}, {"Enabled": false}],
      "BufferingHints": [{"SizeInMBs": 1}, {"IntervalInSeconds": 900}],
      "RetryOptions": [{"DurationInSeconds": 60}]},
    "Iceberg": {
      "AppendOnly": [true, false], "RetryOptions": [{"DurationInSeconds": 7200}],
      "SchemaEvolutionConfiguration": [{"Enabled": false}, {"Enabled": true}],
      "BufferingHints": [{"SizeInMBs": 9, "IntervalInSeconds": 9}]}})");
}

// What the bucket of a family's streams may have.
inline nlohmann::json BucketChoices(std::string_view family) {
  nlohmann::json choices = nlohmann::json::parse(R"({
    "Prefix": ["", "p/"], "ErrorOutputPrefix": ["e/"], "CompressionFormat": ["GZIP", "UNCOMPRESSED"],
    "BufferingHints": [{"SizeInMBs": 1, "IntervalInSeconds": 0},
                       {"SizeInMBs": 128, "IntervalInSeconds": 900}],
    "EncryptionConfiguration": [{"NoEncryptionConfig": "NoEncryption"}, {"KMSEncryptionConfig":
      {"AWSKMSKeyARN": "arn:aws:kms:us-east-1:000000000000:key/k"}}],
    "CloudWatchLoggingOptions": [{"Enabled": true, "LogGroupName": "g", "LogStreamName": "s"}]})");
  if (family == "Redshift") choices.erase("ErrorOutputPrefix");
  return choices;
}

}  // namespace hydrant
