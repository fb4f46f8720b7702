#include "engine/stream/definition_parser.h"

#include "engine/stream/hydrant_settings.h"
#include "engine/stream/prefix.h"
#include "engine/stream/processors.h"
#include "engine/stream/sound_part.h"

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

// Checks the rules beyond the model and fills in the definition. What the request holds has passed the
// model, and the model knows it; of a request that failed, even required members may be missing.
class Parser {
 public:
  Parser(const Json& request, const ParseOptions& options, StreamDefinition& out)
      : request_(request), options_(options), out_(out) {}

  std::vector<DefinitionProblem> Parse() {
    ParseIdentity();
    ParseSource();
    ParseDestination();
    ParseHydrant();
    constexpr std::string_view kEncryption = "DeliveryStreamEncryptionConfigurationInput";
    if (request_.contains(kEncryption)) Unsupported(kEncryption, kEncryption);
    return std::move(problems_);
  }

 private:
  // `member`: below what is being read (path_).
  void Problem(std::string_view member, std::string text) {
    problems_.push_back({Below(path_, member), std::move(text)});
  }
  void Unsupported(std::string_view member, std::string_view what) {
    Problem(member, std::string(what) + " is not supported by this build of hydrant");
  }
  static std::string Below(const std::string& path, std::string_view member) {
    if (path.empty() || member.empty()) return path + std::string(member);
    return path + "." + std::string(member);
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
      Problem(row.member, std::string(row.member) +
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
      return Problem("", "Exactly one destination configuration is supported for a Firehose; " +
                             std::to_string(given.size()) + " were given");
    }
    out_.family = given[0]->family;
    const Json& destination = Member(request_, given[0]->member);
    path_ = given[0]->member;
    if (out_.family == DestinationFamily::kS3) {
      ParseS3(destination);
    } else if (destination.contains("S3Configuration")) {
      path_ += ".S3Configuration";
      out_.s3 = ParseS3Settings(Member(destination, "S3Configuration"), false);
    }
    path_ = given[0]->member;
    AskSink();
    path_.clear();
  }

  // What this build can serve; streams that are there already are not asked.
  void AskSink() {
    if (!options_.support.check_destination) return;
    if (out_.type != "DirectPut") {
      problems_.push_back({"DeliveryStreamType", "DeliveryStreamType " + out_.type +
                                                     " is not supported by this build of hydrant"});
    }
    auto found = options_.support.check_destination(out_, *options_.config);
    if (!found) return Unsupported("", path_);
    for (DefinitionProblem& problem : *found) Problem(problem.path, std::move(problem.text));
  }

  void ParseS3(const Json& destination) {
    const bool partitioned = IsEnabled(Member(destination, "DynamicPartitioningConfiguration"));
    out_.s3 = ParseS3Settings(destination, partitioned);
    std::vector<std::string> broken;
    out_.processors = ParseProcessors(Member(destination, "ProcessingConfiguration"),
                                      options_.support.has_processor, broken);
    for (std::string& text : broken) Problem("ProcessingConfiguration", std::move(text));
    if (partitioned) CheckPartitioning(destination);
    if (IsEnabled(Member(destination, "DataFormatConversionConfiguration"))) {
      Unsupported("DataFormatConversionConfiguration", "DataFormatConversionConfiguration");
    }
    if (destination.value("S3BackupMode", "Disabled") != "Disabled") {
      if (!destination.contains("S3BackupConfiguration")) {
        Problem("S3BackupMode", "S3BackupConfiguration is required when S3BackupMode is Enabled");
      }
      Unsupported("S3BackupMode", "S3BackupMode Enabled");
    }
  }

  void CheckPartitioning(const Json& destination) {
    if (destination.contains("BufferingHints") &&
        out_.s3->buffering.size_bytes < kPartitionedSizeMin) {
      Problem("BufferingHints.SizeInMBs",
              "BufferingHints.SizeInMBs must be at least 64 when dynamic partitioning is enabled");
    }
    const auto prefix = PrefixExpression::Parse(out_.s3->object.prefix);
    if (prefix.ok() && !prefix->has_partition_keys()) {
      Problem("Prefix", "Prefix must contain partition keys when dynamic partitioning is enabled");
    }
    const auto makes_keys = [](const ProcessorSettings& processor) {
      return processor.type == "MetadataExtraction" || processor.type == "Lambda";
    };
    if (std::none_of(out_.processors.begin(), out_.processors.end(), makes_keys)) {
      Problem("ProcessingConfiguration",
              "A MetadataExtraction or Lambda processor is required when dynamic partitioning is "
              "enabled");
    }
  }

  S3Settings ParseS3Settings(const Json& configuration, bool partitioned) {
    S3Settings s3;
    const std::string bucket_arn = configuration.value("BucketARN", "");
    const size_t colons = bucket_arn.find(":::");
    if (colons != std::string::npos) s3.bucket = bucket_arn.substr(colons + 3);
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
          "BufferingHints",
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
    CheckPrefixRules(object, partitioned);
    object.compression =
        *ParseCompressionFormat(configuration.value("CompressionFormat", "UNCOMPRESSED"));
    ParseTimeZone(configuration.value("CustomTimeZone", ""), object);
    return object;
  }

  void CheckPrefixRules(const ObjectOptions& object, bool partitioned) {
    const Status status = CheckPrefixes(object.prefix, object.error_output_prefix, partitioned);
    if (status.ok()) return;
    const std::string text(Message(status));
    const bool errors = text.starts_with(std::string(kPrefixRuleIntro) + "ErrorOutputPrefix");
    Problem(errors ? "ErrorOutputPrefix" : "Prefix", text);
  }

  void ParseTimeZone(const std::string& name, ObjectOptions& object) {
    if (name.empty()) return;
    // Names that would reach a file outside the tz database, or this machine's own zone.
    const bool foreign = name.front() == '/' || name == "localtime";
    if (foreign || !absl::LoadTimeZone(name, &object.time_zone)) {
      Problem("CustomTimeZone",
              "CustomTimeZone " + name + " is not a time zone of the tz database");
    }
  }

  std::string ParseEncryption(const Json& encryption) {
    const bool kms = encryption.contains("KMSEncryptionConfig");
    if (kms && encryption.contains("NoEncryptionConfig")) {
      Problem("EncryptionConfiguration",
              "EncryptionConfiguration: only one of NoEncryptionConfig and KMSEncryptionConfig may "
              "be given");
    }
    return kms ? encryption["KMSEncryptionConfig"].value("AWSKMSKeyARN", "") : "";
  }

  void ParseHydrant() {
    const auto found = request_.find("Hydrant");
    if (found == request_.end()) return;
    out_.hydrant = ParseHydrantSettings(*found, problems_);
  }

  const Json& request_;
  const ParseOptions& options_;
  StreamDefinition& out_;
  std::string path_;  // of the configuration being read
  std::vector<DefinitionProblem> problems_;
};

// What the model knows of a request, and our own key.
Json KnownPart(const Json& request) {
  Json known = ProjectOnModel(*FindModelShape("CreateDeliveryStreamInput"), request);
  if (const auto found = request.find("Hydrant"); found != request.end() && !found->is_null()) {
    known["Hydrant"] = *found;
  }
  return known;
}

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
  const Json known = KnownPart(request);
  StreamDefinition definition;
  const std::vector<DefinitionProblem> problems = Parser(known, options, definition).Parse();
  if (!problems.empty()) {
    std::string message;
    for (const DefinitionProblem& problem : problems)
      message.append(message.empty() ? "" : "; ").append(problem.text);
    return ApiError::InvalidArgument(message);
  }
  definition.request_json = known.dump();
  return definition;
}

std::vector<DefinitionProblem> CheckDefinitionRules(const nlohmann::json& request,
                                                    const ModelCheck& check,
                                                    const ParseOptions& options) {
  if (IsCut(check)) return {};  // some of what is wrong would be taken for right
  const SoundPart sound = SoundPartOf(request, check);
  StreamDefinition definition;
  std::vector<DefinitionProblem> problems =
      Parser(KnownPart(sound.request), options, definition).Parse();
  std::erase_if(problems,
                [&](const DefinitionProblem& problem) { return sound.MayHaveMade(problem); });
  return problems;
}

}  // namespace hydrant
