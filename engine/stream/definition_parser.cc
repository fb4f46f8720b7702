#include "engine/stream/definition_parser.h"

#include "engine/stream/destination_parser.h"
#include "engine/stream/encryption.h"
#include "engine/stream/hydrant_settings.h"
#include "engine/stream/sound_part.h"

#include <optional>
#include <vector>

namespace hydrant {
namespace {

using Json = nlohmann::json;

struct SourceRow {
  std::string_view type;
  std::string_view member;
  std::string_view required;  // said when it is missing; empty: it need not be there
};
constexpr SourceRow kSources[] = {
    {kDirectPut, "DirectPutSourceConfiguration", ""},
    {"KinesisStreamAsSource", "KinesisStreamSourceConfiguration",
     "KinesisSourceStreamConfig is mandatory for KinesisStreamAsSource stream type."},
    {"MSKAsSource", "MSKSourceConfiguration",
     "MSKSourceConfig is mandatory for MSK as Source stream type."},
    {"DatabaseAsSource", "DatabaseSourceConfiguration",
     "DatabaseSourceConfiguration is mandatory for Database as Source stream type."},
};

std::string OnlyFor(const SourceRow& row) {
  std::string text(row.member);
  return text.append(" is only allowed when DeliveryStreamType is ").append(row.type);
}

// Checks the rules beyond the model and fills in the definition. What the request holds has passed the
// model, and the model knows it; of a request that failed, even required members may be missing.
class Parser {
 public:
  Parser(const Json& request, const ParseOptions& options, StreamDefinition& out)
      : request_(request), options_(options), out_(out) {}

  std::vector<DefinitionProblem> Parse() {
    ParseIdentity();
    KeepRequest();
    ParseSource();
    const HydrantRequest hydrant = ParseHydrant();
    ParseDestination(request_, DestinationRole::kOwn, options_, root_, out_);
    if (hydrant.destinations != nullptr) {
      out_.failover.destinations = ParseFurtherDestinations(
          *hydrant.destinations, options_, root_.Below(hydrant.destinations_path), out_);
    }
    CheckCompression(hydrant.compression_path);
    ParseEncryptionKey();
    ReadTags();
    return std::move(problems_);
  }

 private:
  void ParseIdentity() {
    out_.name = request_.value("DeliveryStreamName", "");
    out_.arn = StreamArn(options_.region, options_.account_id, out_.name);
    out_.type = request_.value("DeliveryStreamType", "DirectPut");
    out_.created = out_.updated = options_.now;
  }

  // Without what other calls change, and without the sources that a stream of puts does not read from: AWS
  // ignores them.
  void KeepRequest() {
    Json kept = request_;
    kept.erase("Tags");
    for (const SourceRow& row : kSources) {
      if (out_.type == kDirectPut && row.type != kDirectPut) kept.erase(std::string(row.member));
    }
    out_.request_json = kept.dump();
  }

  void ParseSource() {
    for (const SourceRow& row : kSources) {
      const bool given = request_.contains(row.member);
      if (out_.type == row.type) {
        if (!given && !row.required.empty()) root_.Add(row.member, std::string(row.required));
      } else if (given && out_.type != kDirectPut) {
        root_.Add(row.member, OnlyFor(row));
      }
    }
    constexpr std::string_view kIceberg = "IcebergDestinationConfiguration";
    if (options_.validation == Validation::kStrict && out_.type == "DatabaseAsSource" &&
        !request_.contains(kIceberg)) {
      root_.Add(kIceberg,
                "IcebergDestinationConfiguration must be specified for Database as Source.");
    }
    if (out_.type != kDirectPut) {
      root_.AddMissing("DeliveryStreamType", "DeliveryStreamType " + out_.type, "source");
    }
  }

  void ParseEncryptionKey() {
    const auto found = request_.find(kEncryptionInput);
    if (found == request_.end()) return;
    out_.encryption = ParseEncryption(*found, out_.type, root_);
    if (options_.config == nullptr) return;
    std::string why = WhyNotEncrypted(*out_.encryption, *options_.config);
    if (why.empty()) return;
    // Records that are to be encrypted are not taken by a node that leaves them as they are.
    out_.encryption.reset();
    problems_.push_back({std::string(kEncryptionInput), std::string(kEncryptionInput) + ": " + why,
                         /*missing=*/true});
    out_.encryption_failure = std::move(why);
  }

  // They are no part of the request that is kept: other calls change them.
  void ReadTags() {
    const auto found = request_.find("Tags");
    if (found == request_.end()) return;
    StatusOr<StreamTags> tags = ParseTags(*found);
    if (!tags.ok()) return root_.Add("Tags", std::string(Message(tags.status())));
    out_.tags = *std::move(tags);
  }

  HydrantRequest ParseHydrant() {
    const auto found = request_.find("Hydrant");
    if (found == request_.end()) return {};
    HydrantRequest hydrant = ParseHydrantSettings(*found, root_);
    out_.hydrant = hydrant.settings;
    out_.failover = hydrant.failover;
    return hydrant;
  }

  // Who asks for small objects and forgets CompressionFormat would get large ones.
  void CheckCompression(const std::string& path) const {
    if (out_.hydrant.compression == CompressionEffort::kFast || !out_.s3) return;
    const auto has_efforts = [](const StreamDefinition& stream) {
      return stream.s3 && HasEfforts(stream.s3->object.compression);
    };
    if (has_efforts(out_) || (out_.backup && has_efforts(*out_.backup))) return;
    for (const StreamDefinitionPtr& further : out_.failover.destinations) {
      if (has_efforts(*further)) return;
    }
    root_.Add(path, path +
                        ": only GZIP and ZIP can be made smaller, and no bucket of the stream has "
                        "one of them as its CompressionFormat: set that, or leave " +
                        path + " out");
  }

  const Json& request_;
  const ParseOptions& options_;
  StreamDefinition& out_;
  std::vector<DefinitionProblem> problems_;
  const ProblemsBelow root_{problems_, ""};
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

StatusOr<StreamTags> ParseTags(const nlohmann::json& list) {
  StreamTags tags;
  for (const Json& tag : list) {
    if (!tag.is_object()) continue;
    std::optional<std::string> value;
    if (tag.contains("Value")) value = tag["Value"].get<std::string>();
    const std::string key = tag.value("Key", "");
    if (tags.emplace(key, value).second) continue;
    return InvalidArgument("Tags: the key " + key + " is given twice");
  }
  return tags;
}

std::string StreamArn(std::string_view region, std::string_view account_id, std::string_view name) {
  std::string arn = "arn:aws:firehose:";
  arn.append(region).append(":").append(account_id);
  return arn.append(":deliverystream/").append(name);
}

std::variant<StreamDefinition, ApiError> ParseStreamDefinition(const nlohmann::json& request,
                                                               const ParseOptions& options) {
  const ModelShape& shape = *FindModelShape("CreateDeliveryStreamInput");
  if (auto error = ToApiError(CheckModel(shape, request, options.validation))) return *error;
  const Json known = KnownPart(request);
  StreamDefinition definition;
  std::string broken;
  for (const DefinitionProblem& problem : Parser(known, options, definition).Parse()) {
    std::string& text = problem.missing ? definition.missing : broken;
    text.append(text.empty() ? "" : "; ").append(problem.text);
  }
  // Without a bucket there is nothing to go on with.
  const bool goes_on = options.taken_before && definition.s3.has_value();
  if (!broken.empty() && !goes_on) return ApiError::InvalidArgument(broken);
  if (!definition.missing.empty()) definition.status = StreamStatus::kCreatingFailed;
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
  // What Firehose ignores, whoever writes a file has meant.
  for (const SourceRow& row : kSources) {
    const bool ignored = definition.type == kDirectPut && row.type != kDirectPut;
    if (ignored && request.contains(row.member)) {
      problems.push_back({std::string(row.member), OnlyFor(row)});
    }
  }
  std::erase_if(problems,
                [&](const DefinitionProblem& problem) { return sound.MayHaveMade(problem); });
  return problems;
}

}  // namespace hydrant
