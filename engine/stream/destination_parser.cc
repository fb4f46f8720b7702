#include "engine/stream/destination_parser.h"

#include "engine/stream/destination_family.h"
#include "engine/stream/destination_rules.h"
#include "engine/stream/extraction_query.h"
#include "engine/stream/prefix.h"
#include "engine/stream/processors.h"
#include "engine/stream/s3_settings.h"
#include "engine/stream/sound_part.h"

#include <algorithm>
#include <optional>

namespace hydrant {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kPartitioning = "DynamicPartitioningConfiguration";
constexpr std::string_view kBackupMode = "S3BackupMode";
constexpr std::string_view kBackupConfiguration = "S3BackupConfiguration";
constexpr std::string_view kS3Configuration = "S3Configuration";
constexpr std::string_view kMetadataExtraction = "MetadataExtraction";

// An empty object where there is no such member.
const Json& Member(const Json& object, std::string_view name) {
  static const Json kNothing = Json::object();
  const auto found = object.find(name);
  return found == object.end() ? kNothing : *found;
}

bool IsEnabled(const Json& configuration) { return configuration.value("Enabled", false); }

// The request with that destination, and none to fall back on.
Json Alone(const Json& request, std::string_view member, const Json& destination) {
  Json alone = WithDestination(request, member, destination);
  alone.erase("Hydrant");
  return alone;
}

// Reads one destination; see ParseDestination.
class DestinationParser {
 public:
  DestinationParser(const Json& request, std::string_view member, DestinationRole role,
                    const ParseOptions& options, const ProblemsBelow& problems,
                    StreamDefinition& out)
      : request_(request),
        destination_(Member(request, member)),
        role_(role),
        options_(options),
        problems_(problems.Below(member)),
        out_(out) {}

  void Parse(DestinationFamily family) {
    out_.family = family;
    out_.s3.reset();
    out_.retry_duration = FactsOf(family).retry_duration;
    if (const Json& retry = Member(destination_, "RetryOptions");
        retry.contains("DurationInSeconds")) {
      out_.retry_duration = absl::Seconds(retry["DurationInSeconds"].get<int64_t>());
    }
    CheckDestinationRules(family, destination_, options_.validation, problems_);
    ParseProcessing();
    StreamDefinitionPtr failures;  // whose bucket is the one of another family's failures
    if (family == DestinationFamily::kS3) {
      ParseS3();
    } else if (destination_.contains(kS3Configuration)) {
      failures = ParseBucket(kS3Configuration);
      out_.s3 = failures->s3;
    }
    if (family != DestinationFamily::kS3) CheckLoggingRules(destination_, problems_);
    AskSink(out_, problems_);
    ParseBackup(failures);
  }

 private:
  bool is_partitioned() const { return IsEnabled(Member(destination_, kPartitioning)); }

  void ParseProcessing() {
    if (role_ == DestinationRole::kFurther) {
      if (!destination_.contains(kProcessing)) return;
      return problems_.Add(kProcessing,
                           "ProcessingConfiguration must not be given for a further destination: "
                           "it gets the records as the stream has processed them");
    }
    out_.processors = ParseProcessors(Member(destination_, kProcessing),
                                      options_.support.has_processor, problems_);
    if (is_partitioned()) return;
    for (const ProcessorSettings& processor : out_.processors) {
      // Iceberg has it to find a record's table.
      const bool routes = out_.family == DestinationFamily::kIceberg;
      const bool extracts = processor.type == kMetadataExtraction && !routes;
      if (!extracts && processor.type != "RecordDeAggregation") continue;
      problems_.Add(
          kProcessing,
          processor.type + "Processor can only be present when Dynamic Partitioning is enabled.");
    }
  }

  void ParseS3() {
    constexpr std::string_view kConversion = "DataFormatConversionConfiguration";
    const S3Processing processing{is_partitioned(), ConvertsFormat(destination_),
                                  out_.hydrant.compression};
    out_.s3 = ParseS3Settings(destination_, processing, problems_);
    if (processing.partitioned) {
      CheckPartitioning();
      problems_.AddMissing(kPartitioning, kPartitioning, "partitioner");
    }
    if (processing.converted) problems_.AddMissing(kConversion, kConversion, "converter");
  }

  void CheckPartitioning() {
    constexpr uint64_t kBytesMin = 64 << 20;
    if (out_.s3->buffering.size_bytes < kBytesMin) {
      problems_.Add(
          "BufferingHints.SizeInMBs",
          "BufferingHints.SizeInMBs must be at least 64 when Dynamic Partitioning is enabled.");
    }
    const auto prefix = PrefixExpression::Parse(out_.s3->object.prefix);
    if (prefix.ok() && !prefix->has_partition_keys()) {
      problems_.Add("Prefix",
                    "S3 Prefix should contain Dynamic Partitioning namespaces when Dynamic "
                    "Partitioning is enabled");
    }
    if (prefix.ok()) CheckQueries(*prefix);
    const auto makes_keys = [](const ProcessorSettings& processor) {
      return processor.type == kMetadataExtraction || processor.type == "Lambda";
    };
    if (std::none_of(out_.processors.begin(), out_.processors.end(), makes_keys)) {
      problems_.Add(kProcessing,
                    "A MetadataExtraction or Lambda processor is required when dynamic "
                    "partitioning is enabled");
    }
  }

  // A key that no folder is named by would part records for nothing.
  void CheckQueries(const PrefixExpression& prefix) {
    for (const ProcessorSettings& processor : out_.processors) {
      if (processor.type != kMetadataExtraction) continue;
      const auto query = processor.Parameter("MetadataExtractionQuery");
      for (const std::string& key : KeysOfQuery(query.value_or(""))) {
        if (prefix.UsesKeyFromQuery(key)) continue;
        return problems_.Add(kProcessing,
                             "MetaDataExtraction JQ Query can't contain keys that are not present "
                             "in the S3 Prefix expression");
      }
    }
  }

  // What this build can serve; streams that are there already are not asked.
  void AskSink(const StreamDefinition& stream, const ProblemsBelow& problems) const {
    if (!options_.support.check_destination) return;
    auto found = options_.support.check_destination(stream, *options_.config);
    if (!found) return problems.AddMissing("", problems.path(), "sink");
    for (DefinitionProblem& problem : *found) problems.Add(problem.path, std::move(problem.text));
  }

  // S3 and Redshift have a bucket of its own for it, the others use the one of their failures.
  void ParseBackup(const StreamDefinitionPtr& failures) {
    if (destination_.value(kBackupMode, "") != FactsOf(out_.family).backup_all) return;
    if (role_ == DestinationRole::kFurther) {
      return problems_.Add(kBackupMode,
                           "S3BackupMode must not back up all records for a further destination: "
                           "S3BackupMode of the stream's own destination does");
    }
    if (out_.family != DestinationFamily::kS3 && out_.family != DestinationFamily::kRedshift) {
      out_.backup = failures;
    } else if (destination_.contains(kBackupConfiguration)) {
      out_.backup = ParseBucket(kBackupConfiguration);
    } else {
      problems_.Add(kBackupConfiguration,
                    "S3 backup destination configuration is required when enabling S3 backup.");
    }
  }

  // The stream with that bucket as its destination.
  StreamDefinitionPtr ParseBucket(std::string_view member) const {
    const Json& configuration = Member(destination_, member);
    auto bucket = std::make_shared<StreamDefinition>(out_);
    bucket->family = DestinationFamily::kS3;
    bucket->retry_duration = FactsOf(DestinationFamily::kS3).retry_duration;
    bucket->processors.clear();
    bucket->request_json =
        Alone(request_, "ExtendedS3DestinationConfiguration", configuration).dump();
    std::vector<DefinitionProblem> found;
    const ProblemsBelow below(found, "");
    bucket->s3 = ParseS3Settings(configuration, {.effort = out_.hydrant.compression}, below);
    AskSink(*bucket, below);
    problems_.AddPart(member, std::move(found));
    return bucket;
  }

  const Json& request_;
  const Json& destination_;
  const DestinationRole role_;
  const ParseOptions& options_;
  const ProblemsBelow problems_;
  StreamDefinition& out_;
};

// "extendedS3DestinationConfiguration.prefix" as requests have it.
std::string AsWritten(std::string_view model_path) {
  std::string written(model_path);
  bool begins = true;
  for (char& c : written) {
    if (begins && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    begins = c == '.';
  }
  return written;
}

// What the model says of one further destination, in words of ours.
std::vector<DefinitionProblem> ModelProblems(const ModelShape& shape, const Json& request,
                                             const ModelCheck& check) {
  std::vector<DefinitionProblem> problems;
  for (const UnknownMember& unknown : UnknownMembers(shape, request)) {
    const std::string hint =
        unknown.nearest.empty() ? "" : "; did you mean " + unknown.nearest + "?";
    problems.push_back({unknown.path, "is not known" + hint});
  }
  for (const WrongType& wrong : check.wrong_types) {
    problems.push_back({AsWritten(wrong.path), "must be " + std::string(wrong.wanted)});
  }
  for (const Violation& violation : check.violations) {
    const std::string value = violation.value.empty() ? "" : ", not " + violation.value;
    problems.push_back({AsWritten(violation.path), violation.rule + value});
  }
  return problems;
}

std::vector<DefinitionProblem> ParseFurtherDestination(const Json& entry,
                                                       const ParseOptions& options,
                                                       StreamDefinition& out) {
  const std::string member = entry.is_object() && entry.size() == 1 ? DestinationMember(entry) : "";
  if (member.empty()) {
    return {{"",
             "must be a map of one destination, such as {ExtendedS3DestinationConfiguration: "
             "{…}}"}};
  }
  const ModelShape& shape = *FindModelShape("CreateDeliveryStreamInput");
  const Json request = {{"DeliveryStreamName", "further"}, {member, entry[member]}};
  const ModelCheck check = CheckModel(shape, request, options.validation);
  std::vector<DefinitionProblem> problems = ModelProblems(shape, request, check);
  if (IsCut(check)) return problems;  // some of what is wrong would be taken for right
  const SoundPart sound = SoundPartOf(request, check);
  const Json known = ProjectOnModel(shape, sound.request);
  std::vector<DefinitionProblem> broken;
  ParseDestination(known, DestinationRole::kFurther, options, ProblemsBelow(broken, ""), out);
  for (DefinitionProblem& problem : broken) {
    if (!sound.MayHaveMade(problem)) problems.push_back(std::move(problem));
  }
  out.request_json = Alone(Json::parse(out.request_json), member, known[member]).dump();
  return problems;
}

bool IsSamePlace(const StreamDefinition& a, const StreamDefinition& b) {
  const bool buckets = a.family == DestinationFamily::kS3 && b.family == DestinationFamily::kS3;
  return buckets && a.s3 && b.s3 && a.s3->bucket == b.s3->bucket &&
         a.s3->object.prefix == b.s3->object.prefix;
}

}  // namespace

void ParseDestination(const nlohmann::json& request, DestinationRole role,
                      const ParseOptions& options, const ProblemsBelow& problems,
                      StreamDefinition& out) {
  const size_t given = CountDestinations(request);
  if (given != 1) {
    return problems.Add("", "Exactly one destination configuration is supported for a Firehose; " +
                                std::to_string(given) + " were given");
  }
  const std::string member = DestinationMember(request);
  DestinationParser(request, member, role, options, problems, out).Parse(FamilyOf(member));
}

std::vector<StreamDefinitionPtr> ParseFurtherDestinations(const nlohmann::json& destinations,
                                                          const ParseOptions& options,
                                                          const ProblemsBelow& problems,
                                                          const StreamDefinition& stream) {
  constexpr size_t kDestinationsMax = 8;
  std::vector<StreamDefinitionPtr> further;
  if (!destinations.is_array() || destinations.empty() || destinations.size() > kDestinationsMax) {
    problems.Add("", problems.path() + " must be a list of 1 to 8 destinations");
    return further;
  }
  for (size_t i = 0; i < destinations.size(); ++i) {
    auto definition = std::make_shared<StreamDefinition>(stream);
    definition->backup.reset();
    definition->failover = {};
    const std::vector<DefinitionProblem> own =
        ParseFurtherDestination(destinations[i], options, *definition);
    problems.At(i).AddPart("", own);
    const bool doubled =
        IsSamePlace(*definition, stream) ||
        std::any_of(further.begin(), further.end(), [&](const StreamDefinitionPtr& other) {
          return IsSamePlace(*definition, *other);
        });
    if (doubled && own.empty()) {
      problems.At(i).Add("", problems.At(i).path() +
                                 " is the bucket and prefix of an earlier destination: records "
                                 "would go where they failed; name another, or leave it out");
    }
    further.push_back(std::move(definition));
  }
  return further;
}

}  // namespace hydrant
