#include "engine/stream/describe.h"

#include "engine/stream/definition_parser.h"
#include "engine/stream/delivery_rules.h"
#include "engine/stream/model.h"

#include <string>

namespace hydrant {
namespace {

using Json = nlohmann::json;

const ModelShape& Shape(std::string_view name) { return *FindModelShape(name); }

double EpochSeconds(absl::Time time) {
  return static_cast<double>(absl::ToUnixMillis(time)) / 1000.0;
}

void SetDefault(Json& object, const char* name, Json value) {
  if (!object.contains(name)) object[name] = std::move(value);
}

void FillS3Defaults(Json& s3, const BufferingHints& buffering) {
  Json& hints = s3["BufferingHints"];
  if (hints.is_null() || hints.empty()) {
    hints = {{"SizeInMBs", buffering.size_bytes >> 20},
             {"IntervalInSeconds", absl::ToInt64Seconds(buffering.interval)}};
  }
  SetDefault(s3, "CompressionFormat", "UNCOMPRESSED");
  Json& encryption = s3["EncryptionConfiguration"];
  if (encryption.is_null() || encryption.empty()) {
    encryption = {{"NoEncryptionConfig", "NoEncryption"}};
  }
  Json& logging = s3["CloudWatchLoggingOptions"];
  if (logging.is_null()) logging = Json::object();
  SetDefault(logging, "Enabled", false);
}

void FillProcessingDefaults(Json& description) {
  const auto found = description.find("ProcessingConfiguration");
  if (found == description.end()) return;
  SetDefault(*found, "Enabled", false);
  SetDefault(*found, "Processors", Json::array());
}

// An S3 stream has both descriptions, whichever member it was made with.
Json DescribeS3(const StreamDefinition& definition, const Json& configuration) {
  Json extended = ProjectOnModel(Shape("ExtendedS3DestinationDescription"), configuration);
  // A definition that this build can't read any more (CREATING_FAILED) has no settings.
  FillS3Defaults(extended, definition.s3 ? definition.s3->buffering : BufferingHints{});
  SetDefault(extended, "S3BackupMode", "Disabled");
  if (extended.contains("S3BackupDescription")) {
    FillS3Defaults(extended["S3BackupDescription"], BufferingHints{});
  }
  FillProcessingDefaults(extended);
  return {{"S3DestinationDescription", ProjectOnModel(Shape("S3DestinationDescription"), extended)},
          {"ExtendedS3DestinationDescription", extended}};
}

// One of another family.
Json DescribeOther(DestinationFamily family, const std::string& name, const Json& configuration) {
  Json description = ProjectOnModel(Shape(name), configuration);
  for (const char* bucket : {"S3DestinationDescription", "S3BackupDescription"}) {
    if (description.contains(bucket)) FillS3Defaults(description[bucket], BufferingHints{});
  }
  SetDefault(description, "S3BackupMode", BackupDefaultMode(family));
  if (const auto duration = DefaultRetryDuration(family)) {
    SetDefault(description["RetryOptions"], "DurationInSeconds", absl::ToInt64Seconds(*duration));
  }
  FillProcessingDefaults(description);
  return {{name, std::move(description)}};
}

Json DescribeDestination(const StreamDefinition& definition, const Json& request) {
  const std::string member = DestinationMember(request);
  const Json& configuration = request.at(member);
  // Of the request: a definition that this build can't read any more has none.
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

}  // namespace

nlohmann::ordered_json DescribeStream(const StreamDefinition& definition) {
  const Json request = Json::parse(definition.request_json);
  nlohmann::ordered_json out = {
      {"DeliveryStreamName", definition.name},
      {"DeliveryStreamARN", definition.arn},
      {"DeliveryStreamStatus", StreamStatusName(definition.status)},
  };
  if (!definition.failure.empty()) {
    out["FailureDescription"] = {{"Type", "UNKNOWN_ERROR"}, {"Details", definition.failure}};
  }
  out["DeliveryStreamEncryptionConfiguration"] = {{"Status", "DISABLED"}};
  out["DeliveryStreamType"] = definition.type;
  out["VersionId"] = std::to_string(definition.version);
  out["CreateTimestamp"] = EpochSeconds(definition.created);
  if (definition.version > 1) out["LastUpdateTimestamp"] = EpochSeconds(definition.updated);
  if (Json source = ProjectOnModel(Shape("SourceDescription"), request); !source.empty()) {
    out["Source"] = std::move(source);
  }
  out["Destinations"] = Json::array({DescribeDestination(definition, request)});
  out["HasMoreDestinations"] = false;
  return out;
}

}  // namespace hydrant
