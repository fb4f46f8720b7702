#include "engine/stream/s3_settings.h"

#include "engine/stream/destination_rules.h"
#include "engine/stream/prefix.h"

namespace hydrant {
namespace {

using Json = nlohmann::json;

constexpr uint64_t kMiB = 1 << 20;
// Defaults where more than usual is gathered.
constexpr uint64_t kPartitionedBytes = 64 * kMiB;
constexpr uint64_t kConvertedBytes = 128 * kMiB;

BufferingHints ParseBuffering(const Json& configuration, const S3Processing& processing,
                              const ProblemsBelow& problems) {
  BufferingHints buffering;
  if (processing.partitioned) buffering.size_bytes = kPartitionedBytes;
  if (processing.converted) buffering.size_bytes = kConvertedBytes;
  const Json hints = configuration.value("BufferingHints", Json::object());
  const bool size = hints.contains("SizeInMBs");
  if (size != hints.contains("IntervalInSeconds")) {
    problems.Add(
        "BufferingHints",
        "BufferingHints: SizeInMBs and IntervalInSeconds must be given together or not at all");
  } else if (size) {
    buffering.size_bytes = hints["SizeInMBs"].get<uint64_t>() * kMiB;
    buffering.interval = absl::Seconds(hints["IntervalInSeconds"].get<int64_t>());
  }
  return buffering;
}

void CheckPrefixRules(const ObjectOptions& object, bool partitioned,
                      const ProblemsBelow& problems) {
  const Status status = CheckPrefixes(object.prefix, object.error_output_prefix, partitioned);
  if (status.ok()) return;
  const std::string text(Message(status));
  const bool errors = text.starts_with(std::string(kPrefixRuleIntro) + "ErrorOutputPrefix");
  problems.Add(errors ? "ErrorOutputPrefix" : "Prefix", text);
}

void ParseTimeZone(const std::string& name, ObjectOptions& object, const ProblemsBelow& problems) {
  if (name.empty()) return;
  // Names that would reach a file outside the tz database, or this machine's own zone.
  const bool foreign = name.front() == '/' || name == "localtime";
  if (foreign || !absl::LoadTimeZone(name, &object.time_zone)) {
    problems.Add("CustomTimeZone",
                 "CustomTimeZone " + name + " is not a time zone of the tz database");
  }
}

ObjectOptions ParseObject(const Json& configuration, const S3Processing& processing,
                          const ProblemsBelow& problems) {
  ObjectOptions object;
  object.prefix = configuration.value("Prefix", "");
  object.error_output_prefix = configuration.value("ErrorOutputPrefix", "");
  object.file_extension = configuration.value("FileExtension", "");
  CheckPrefixRules(object, processing.partitioned, problems);
  object.compression =
      *ParseCompressionFormat(configuration.value("CompressionFormat", "UNCOMPRESSED"));
  object.effort = processing.effort;
  ParseTimeZone(configuration.value("CustomTimeZone", ""), object, problems);
  return object;
}

std::string ParseEncryption(const Json& configuration, const ProblemsBelow& problems) {
  const Json encryption = configuration.value("EncryptionConfiguration", Json::object());
  const bool kms = encryption.contains("KMSEncryptionConfig");
  if (kms && encryption.contains("NoEncryptionConfig")) {
    problems.Add(
        "EncryptionConfiguration",
        "EncryptionConfiguration: only one of NoEncryptionConfig and KMSEncryptionConfig may "
        "be given");
  }
  return kms ? encryption["KMSEncryptionConfig"].value("AWSKMSKeyARN", "") : "";
}

}  // namespace

S3Settings ParseS3Settings(const nlohmann::json& configuration, const S3Processing& processing,
                           const ProblemsBelow& problems) {
  S3Settings s3;
  const std::string bucket_arn = configuration.value("BucketARN", "");
  const size_t colons = bucket_arn.find(":::");
  if (colons != std::string::npos) s3.bucket = bucket_arn.substr(colons + 3);
  s3.role_arn = configuration.value("RoleARN", "");
  s3.buffering = ParseBuffering(configuration, processing, problems);
  s3.object = ParseObject(configuration, processing, problems);
  s3.kms_key_arn = ParseEncryption(configuration, problems);
  CheckLoggingRules(configuration, problems);
  return s3;
}

}  // namespace hydrant
