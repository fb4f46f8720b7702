#include "engine/stream/definition_parser.h"

#include "engine/stream/hydrant_settings.h"
#include "engine/stream/prefix.h"
#include "engine/stream/processors.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace hydrant {
namespace {

using Json = nlohmann::json;

constexpr uint64_t kMiB = 1 << 20;
constexpr uint64_t kPartitionedSizeMin = 64 * kMiB;

struct FamilyRow {
  std::string_view member;
  DestinationFamily family;
};
constexpr FamilyRow kFamilies[] = {
    {"S3DestinationConfiguration", DestinationFamily::kS3},
    {"ExtendedS3DestinationConfiguration", DestinationFamily::kS3},
    {"RedshiftDestinationConfiguration", DestinationFamily::kRedshift},
    {"ElasticsearchDestinationConfiguration", DestinationFamily::kElasticsearch},
    {"AmazonopensearchserviceDestinationConfiguration", DestinationFamily::kOpenSearch},
    {"AmazonOpenSearchServerlessDestinationConfiguration",
     DestinationFamily::kOpenSearchServerless},
    {"SplunkDestinationConfiguration", DestinationFamily::kSplunk},
    {"HttpEndpointDestinationConfiguration", DestinationFamily::kHttpEndpoint},
    {"SnowflakeDestinationConfiguration", DestinationFamily::kSnowflake},
    {"IcebergDestinationConfiguration", DestinationFamily::kIceberg},
};

struct SourceRow {
  std::string_view type;
  std::string_view member;
};
constexpr SourceRow kSources[] = {
    {"KinesisStreamAsSource", "KinesisStreamSourceConfiguration"},
    {"MSKAsSource", "MSKSourceConfiguration"},
    {"DatabaseAsSource", "DatabaseSourceConfiguration"},
};

// An empty object where there is no such member.
const Json& Member(const Json& object, std::string_view name) {
  static const Json kNothing = Json::object();
  const auto found = object.find(name);
  return found == object.end() ? kNothing : *found;
}

bool IsEnabled(const Json& configuration) { return configuration.value("Enabled", false); }

// Checks the rules beyond the model and fills in the definition. The request has passed the model
// and holds only what the model knows.
class Parser {
 public:
  Parser(const Json& request, const ParseOptions& options, StreamDefinition& out)
      : request_(request), options_(options), out_(out) {}

  std::vector<std::string> Parse() {
    ParseIdentity();
    ParseSource();
    ParseDestination();
    ParseHydrant();
    if (IsEnabled(Member(request_, "DeliveryStreamEncryptionConfigurationInput")) ||
        request_.contains("DeliveryStreamEncryptionConfigurationInput")) {
      Unsupported("DeliveryStreamEncryptionConfigurationInput");
    }
    return std::move(problems_);
  }

 private:
  void Problem(std::string text) { problems_.push_back(std::move(text)); }
  void Unsupported(std::string_view what) {
    Problem(std::string(what) + " is not supported by this build of hydrant");
  }

  void ParseIdentity() {
    out_.name = request_.value("DeliveryStreamName", "");
    out_.arn = StreamArn(options_.region, options_.account_id, out_.name);
    out_.type = request_.value("DeliveryStreamType", "DirectPut");
    out_.created = out_.updated = options_.now;
  }

  void ParseSource() {
    for (const SourceRow& row : kSources) {
      const bool given = request_.contains(row.member);
      if (given == (out_.type == row.type)) continue;
      Problem(std::string(row.member) +
              (given ? " is only allowed when DeliveryStreamType is "
                     : " is required when DeliveryStreamType is ") +
              std::string(row.type));
    }
  }

  void ParseDestination() {
    std::vector<const FamilyRow*> given;
    for (const FamilyRow& row : kFamilies) {
      if (request_.contains(row.member)) given.push_back(&row);
    }
    if (given.size() != 1) {
      return Problem("Exactly one destination configuration is supported for a Firehose; " +
                     std::to_string(given.size()) + " were given");
    }
    out_.family = given[0]->family;
    const Json& destination = Member(request_, given[0]->member);
    if (out_.family == DestinationFamily::kS3) {
      ParseS3(destination);
    } else if (destination.contains("S3Configuration")) {
      out_.s3 = ParseS3Settings(Member(destination, "S3Configuration"), false);
    }
  }

  void ParseS3(const Json& destination) {
    const bool partitioned = IsEnabled(Member(destination, "DynamicPartitioningConfiguration"));
    out_.s3 = ParseS3Settings(destination, partitioned);
    out_.processors = ParseProcessors(Member(destination, "ProcessingConfiguration"),
                                      options_.has_processor, problems_);
    if (partitioned) CheckPartitioning(destination);
    if (IsEnabled(Member(destination, "DataFormatConversionConfiguration"))) {
      Unsupported("DataFormatConversionConfiguration");
    }
    if (destination.value("S3BackupMode", "Disabled") != "Disabled") {
      if (!destination.contains("S3BackupConfiguration")) {
        Problem("S3BackupConfiguration is required when S3BackupMode is Enabled");
      }
      Unsupported("S3BackupMode Enabled");
    }
  }

  void CheckPartitioning(const Json& destination) {
    if (destination.contains("BufferingHints") &&
        out_.s3->buffering.size_bytes < kPartitionedSizeMin) {
      Problem("BufferingHints.SizeInMBs must be at least 64 when dynamic partitioning is enabled");
    }
    const auto prefix = PrefixExpression::Parse(out_.s3->object.prefix);
    if (prefix.ok() && !prefix->has_partition_keys()) {
      Problem("Prefix must contain partition keys when dynamic partitioning is enabled");
    }
    const auto makes_keys = [](const ProcessorSettings& processor) {
      return processor.type == "MetadataExtraction" || processor.type == "Lambda";
    };
    if (std::none_of(out_.processors.begin(), out_.processors.end(), makes_keys)) {
      Problem(
          "A MetadataExtraction or Lambda processor is required when dynamic partitioning is "
          "enabled");
    }
  }

  S3Settings ParseS3Settings(const Json& configuration, bool partitioned) {
    S3Settings s3;
    const std::string bucket_arn = configuration.value("BucketARN", "");
    s3.bucket = bucket_arn.substr(bucket_arn.find(":::") + 3);
    s3.role_arn = configuration.value("RoleARN", "");
    s3.buffering = ParseBuffering(Member(configuration, "BufferingHints"), partitioned);
    s3.object = ParseObject(configuration, partitioned);
    s3.kms_key_arn = ParseEncryption(Member(configuration, "EncryptionConfiguration"));
    return s3;
  }

  BufferingHints ParseBuffering(const Json& hints, bool partitioned) {
    BufferingHints buffering;
    if (partitioned) buffering.size_bytes = kPartitionedSizeMin;
    const bool size = hints.contains("SizeInMBs");
    if (size != hints.contains("IntervalInSeconds")) {
      Problem(
          "BufferingHints: SizeInMBs and IntervalInSeconds must be given together or not at all");
    } else if (size) {
      buffering.size_bytes = hints["SizeInMBs"].get<uint64_t>() * kMiB;
      buffering.interval = absl::Seconds(hints["IntervalInSeconds"].get<int64_t>());
    }
    return buffering;
  }

  ObjectOptions ParseObject(const Json& configuration, bool partitioned) {
    ObjectOptions object;
    object.prefix = configuration.value("Prefix", "");
    object.error_output_prefix = configuration.value("ErrorOutputPrefix", "");
    object.file_extension = configuration.value("FileExtension", "");
    const Status prefixes = CheckPrefixes(object.prefix, object.error_output_prefix, partitioned);
    if (!prefixes.ok()) Problem(std::string(Message(prefixes)));
    object.compression =
        *ParseCompressionFormat(configuration.value("CompressionFormat", "UNCOMPRESSED"));
    ParseTimeZone(configuration.value("CustomTimeZone", ""), object);
    return object;
  }

  void ParseTimeZone(const std::string& name, ObjectOptions& object) {
    if (name.empty()) return;
    // Names that would reach a file outside the tz database, or this machine's own zone.
    const bool foreign = name.front() == '/' || name == "localtime";
    if (foreign || !absl::LoadTimeZone(name, &object.time_zone)) {
      Problem("CustomTimeZone " + name + " is not a time zone of the tz database");
    }
  }

  std::string ParseEncryption(const Json& encryption) {
    const bool kms = encryption.contains("KMSEncryptionConfig");
    if (kms && encryption.contains("NoEncryptionConfig")) {
      Problem(
          "EncryptionConfiguration: only one of NoEncryptionConfig and KMSEncryptionConfig may "
          "be given");
    }
    return kms ? encryption["KMSEncryptionConfig"].value("AWSKMSKeyARN", "") : "";
  }

  void ParseHydrant() {
    const auto found = request_.find("Hydrant");
    if (found == request_.end()) return;
    auto settings = ParseHydrantSettings(*found);
    if (!settings.ok()) return Problem(std::string(Message(settings.status())));
    out_.hydrant = *settings;
  }

  const Json& request_;
  const ParseOptions& options_;
  StreamDefinition& out_;
  std::vector<std::string> problems_;
};

}  // namespace

std::string StreamArn(std::string_view region, std::string_view account_id, std::string_view name) {
  std::string arn = "arn:aws:firehose:";
  arn.append(region).append(":").append(account_id);
  return arn.append(":deliverystream/").append(name);
}

std::string DestinationMember(const nlohmann::json& request) {
  for (const FamilyRow& row : kFamilies) {
    if (request.contains(row.member)) return std::string(row.member);
  }
  return "";
}

std::variant<StreamDefinition, ApiError> ParseStreamDefinition(const nlohmann::json& request,
                                                               const ParseOptions& options) {
  const ModelShape& shape = *FindModelShape("CreateDeliveryStreamInput");
  if (auto error = ToApiError(CheckModel(shape, request, options.validation))) return *error;
  Json known = ProjectOnModel(shape, request);
  if (const auto found = request.find("Hydrant"); found != request.end() && !found->is_null()) {
    known["Hydrant"] = *found;
  }
  StreamDefinition definition;
  const std::vector<std::string> problems = Parser(known, options, definition).Parse();
  if (!problems.empty()) {
    std::string message;
    for (const std::string& text : problems)
      message.append(message.empty() ? "" : "; ").append(text);
    return ApiError::InvalidArgument(message);
  }
  definition.request_json = known.dump();
  return definition;
}

}  // namespace hydrant
