#include "engine/stream/describe.h"

#include "engine/stream/definition_parser.h"
#include "engine/stream/destination_family.h"
#include "engine/stream/destination_secrets.h"
#include "engine/stream/encryption.h"
#include "engine/stream/hydrant_settings.h"
#include "engine/stream/model.h"

#include <string>

namespace hydrant {
namespace {

using Json = nlohmann::json;

// Nobody but AWS knows the network of a subnet, and the shape wants one.
constexpr char kUnknownVpc[] = "unknown";
// FailureDescription.Details.
constexpr size_t kDetailsBytesMax = 1024;

const ModelShape& Shape(std::string_view name) { return *FindModelShape(name); }

double EpochSeconds(absl::Time time) {
  return static_cast<double>(absl::ToUnixMillis(time)) / 1000.0;
}

void SetDefault(Json& object, const char* name, Json value) {
  if (!object.contains(name)) object[name] = std::move(value);
}

void FillHints(Json& description, const BufferingHints& buffering) {
  Json& hints = description["BufferingHints"];
  SetDefault(hints, "SizeInMBs", buffering.size_bytes >> 20);
  SetDefault(hints, "IntervalInSeconds", absl::ToInt64Seconds(buffering.interval));
}

void FillLogging(Json& description) {
  SetDefault(description["CloudWatchLoggingOptions"], "Enabled", false);
}

void FillBucket(Json& s3, const BufferingHints& buffering) {
  FillHints(s3, buffering);
  FillLogging(s3);
  SetDefault(s3, "CompressionFormat", "UNCOMPRESSED");
  Json& encryption = s3["EncryptionConfiguration"];
  if (encryption.is_null() || encryption.empty()) {
    encryption = {{"NoEncryptionConfig", "NoEncryption"}};
  }
}

// What a Lambda processor does when it is not told.
void FillLambda(Json& processor, DestinationFamily family, const Json& role) {
  const std::pair<const char*, Json> kDefaults[] = {
      {"NumberOfRetries", "3"},
      {"RoleArn", role},
      {"BufferSizeInMBs", family == DestinationFamily::kSplunk ? "0.25" : "1"},
      {"BufferIntervalInSeconds", "60"}};
  Json& parameters = processor["Parameters"];
  for (const auto& [name, value] : kDefaults) {
    bool given = value.is_null();
    for (const Json& parameter : parameters) given |= parameter["ParameterName"] == name;
    if (!given) parameters.push_back({{"ParameterName", name}, {"ParameterValue", value}});
  }
}

void FillProcessing(Json& description, DestinationFamily family) {
  const auto found = description.find("ProcessingConfiguration");
  if (found == description.end()) return;
  SetDefault(*found, "Enabled", false);
  SetDefault(*found, "Processors", Json::array());
  // Families whose endpoint takes no role have that of their bucket.
  const Json bucket = description.value("S3DestinationDescription", Json::object());
  const Json role = description.value("RoleARN", bucket.value("RoleARN", Json()));
  for (Json& processor : (*found)["Processors"]) {
    if (processor["Type"] == "Lambda") FillLambda(processor, family, role);
  }
}

// An S3 stream has both descriptions, whichever member it was made with.
Json DescribeS3(const StreamDefinition& definition, const Json& configuration) {
  Json extended = ProjectOnModel(Shape("ExtendedS3DestinationDescription"), configuration);
  // A definition that this build can't read has no settings.
  FillBucket(extended, definition.s3 ? definition.s3->buffering : BufferingHints{});
  SetDefault(extended, "S3BackupMode", FactsOf(DestinationFamily::kS3).backup_default);
  if (extended.contains("S3BackupDescription")) FillBucket(extended["S3BackupDescription"], {});
  if (extended.contains("DataFormatConversionConfiguration")) {
    SetDefault(extended["DataFormatConversionConfiguration"], "Enabled", true);
  }
  if (extended.contains("DynamicPartitioningConfiguration")) {
    Json& partitioning = extended["DynamicPartitioningConfiguration"];
    SetDefault(partitioning, "Enabled", false);
    SetDefault(partitioning["RetryOptions"], "DurationInSeconds", 300);
  }
  FillProcessing(extended, DestinationFamily::kS3);
  return {{"S3DestinationDescription", ProjectOnModel(Shape("S3DestinationDescription"), extended)},
          {"ExtendedS3DestinationDescription", extended}};
}

// One of another family.
Json DescribeOther(DestinationFamily family, const std::string& name, const Json& configuration) {
  const FamilyFacts& facts = FactsOf(family);
  Json description = ProjectOnModel(Shape(name), configuration);
  for (const char* bucket : {"S3DestinationDescription", "S3BackupDescription"}) {
    if (description.contains(bucket)) FillBucket(description[bucket], {});
  }
  FillLogging(description);
  if (facts.buffering) FillHints(description, *facts.buffering);
  SetDefault(description, "S3BackupMode", facts.backup_default);
  SetDefault(description["RetryOptions"], "DurationInSeconds",
             absl::ToInt64Seconds(*facts.retry_duration));
  const Json defaults = Json::parse(facts.defaults);
  for (const auto& [member, value] : defaults.items()) {
    SetDefault(description, member.c_str(), value);
  }
  if (description.contains("VpcConfigurationDescription")) {
    description["VpcConfigurationDescription"]["VpcId"] = kUnknownVpc;
  }
  FillProcessing(description, family);
  return {{name, std::move(description)}};
}

Json DescribeDestination(const StreamDefinition& definition, const Json& request) {
  const std::string member = DestinationMember(request);
  const Json& configuration = request.at(member);
  // Of the request: a definition that this build can't read has none.
  const DestinationFamily family = FamilyOf(member);
  const std::string name = member.substr(0, member.rfind("Configuration")) + "Description";
  Json described;
  if (family == DestinationFamily::kS3) {
    described = DescribeS3(definition, configuration);
  } else {
    described = DescribeOther(family, name, configuration);
  }
  described["DestinationId"] = kDestinationId;
  return described;
}

// Empty for what puts come to, unless it says more.
Json DescribeSource(const StreamDefinition& definition, const Json& request) {
  Json source = ProjectOnModel(Shape("SourceDescription"), request);
  const Json started = EpochSeconds(definition.created);
  for (const char* reader : {"KinesisStreamSourceDescription", "MSKSourceDescription"}) {
    if (source.contains(reader)) source[reader]["DeliveryStartTimestamp"] = started;
  }
  if (source.contains("MSKSourceDescription")) {
    SetDefault(source["MSKSourceDescription"], "ReadFromTimestamp", started);
  }
  return source;
}

std::string Details(std::string_view failure) {
  if (failure.size() <= kDetailsBytesMax) return std::string(failure);
  size_t end = kDetailsBytesMax - 3;
  while ((failure[end] & 0xC0) == 0x80) --end;
  return std::string(failure.substr(0, end)).append("...");
}

}  // namespace

nlohmann::ordered_json DescribeStream(const StreamDefinition& definition) {
  const Json request = Json::parse(definition.request_json);
  nlohmann::ordered_json out = {
      {"DeliveryStreamName", definition.name},
      {"DeliveryStreamARN", definition.arn},
      {"DeliveryStreamStatus", StreamStatusName(ShownStatus(definition))},
  };
  if (const std::string& failure = ShownFailure(definition); !failure.empty()) {
    out["FailureDescription"] = {{"Type", "UNKNOWN_ERROR"}, {"Details", Details(failure)}};
  }
  // Of what reads from a stream or topic Firehose says nothing: the source encrypts.
  const bool asked = definition.encryption || !definition.encryption_failure.empty();
  if (definition.type == kDirectPut || asked) {
    out["DeliveryStreamEncryptionConfiguration"] = DescribeEncryption(definition);
  }
  out["DeliveryStreamType"] = definition.type;
  out["VersionId"] = std::to_string(definition.version);
  out["CreateTimestamp"] = EpochSeconds(definition.created);
  if (definition.version > 1) out["LastUpdateTimestamp"] = EpochSeconds(definition.updated);
  if (Json source = DescribeSource(definition, request); !source.empty()) {
    out["Source"] = std::move(source);
  }
  out["Destinations"] = Json::array({DescribeDestination(definition, request)});
  out["HasMoreDestinations"] = false;
  return out;
}

nlohmann::ordered_json DescribeHydrantSettings(const StreamDefinition& definition) {
  const Json request = Json::parse(definition.request_json);
  const auto found = request.find("Hydrant");
  if (found == request.end()) return nlohmann::ordered_json::object();
  nlohmann::ordered_json shown = {{"Hydrant", WithDocumentedNames(*found)}};
  RemoveSecrets(shown);
  return shown["Hydrant"];
}

}  // namespace hydrant
