#include "engine/stream/definition_parser.h"

#include "engine/stream/destination_parser.h"
#include "engine/stream/hydrant_settings.h"
#include "engine/stream/sound_part.h"

#include <vector>

namespace hydrant {
namespace {

using Json = nlohmann::json;

struct SourceRow {
  std::string_view type;
  std::string_view member;
};
constexpr SourceRow kSources[] = {
    {"KinesisStreamAsSource", "KinesisStreamSourceConfiguration"},
    {"MSKAsSource", "MSKSourceConfiguration"},
    {"DatabaseAsSource", "DatabaseSourceConfiguration"},
};

// Checks the rules beyond the model and fills in the definition. What the request holds has passed the
// model, and the model knows it; of a request that failed, even required members may be missing.
class Parser {
 public:
  Parser(const Json& request, const ParseOptions& options, StreamDefinition& out)
      : request_(request), options_(options), out_(out) {}

  std::vector<DefinitionProblem> Parse() {
    out_.request_json = request_.dump();
    ParseIdentity();
    ParseSource();
    const HydrantRequest hydrant = ParseHydrant();
    ParseDestination(request_, DestinationRole::kOwn, options_, root_, out_);
    if (hydrant.destinations != nullptr) {
      out_.failover.destinations = ParseFurtherDestinations(
          *hydrant.destinations, options_, root_.Below(hydrant.destinations_path), out_);
    }
    constexpr std::string_view kEncryption = "DeliveryStreamEncryptionConfigurationInput";
    if (request_.contains(kEncryption)) root_.AddUnsupported(kEncryption, kEncryption);
    return std::move(problems_);
  }

 private:
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
      root_.Add(row.member, std::string(row.member) +
                                (given ? " is only allowed when DeliveryStreamType is "
                                       : " is required when DeliveryStreamType is ") +
                                std::string(row.type));
    }
    // Of streams that are there already it is not asked what this build can serve.
    if (options_.support.check_destination && out_.type != kDirectPut) {
      root_.AddUnsupported("DeliveryStreamType", "DeliveryStreamType " + out_.type);
    }
  }

  HydrantRequest ParseHydrant() {
    const auto found = request_.find("Hydrant");
    if (found == request_.end()) return {};
    HydrantRequest hydrant = ParseHydrantSettings(*found, root_);
    out_.hydrant = hydrant.settings;
    out_.failover = hydrant.failover;
    return hydrant;
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
  const std::vector<DefinitionProblem> problems = Parser(known, options, definition).Parse();
  if (!problems.empty()) {
    std::string message;
    for (const DefinitionProblem& problem : problems)
      message.append(message.empty() ? "" : "; ").append(problem.text);
    return ApiError::InvalidArgument(message);
  }
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
