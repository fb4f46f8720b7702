#include "engine/stream/destination_update.h"

#include "engine/config/node_config.h"
#include "engine/stream/describe.h"
#include "engine/stream/destination_family.h"
#include "engine/stream/destination_rules.h"
#include "engine/stream/hydrant_settings.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

namespace hydrant {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kUpdate = "Update";
constexpr std::string_view kConfiguration = "Configuration";
constexpr std::string_view kS3 = "S3DestinationConfiguration";
constexpr std::string_view kExtendedS3 = "ExtendedS3DestinationConfiguration";
constexpr std::string_view kElasticsearch = "ElasticsearchDestinationConfiguration";
constexpr std::string_view kOpenSearch = "AmazonopensearchserviceDestinationConfiguration";

// Members that come together, or of which one excludes the other: half of an old one is no part of a new one.
constexpr std::string_view kWholes[] = {"BufferingHints", "EncryptionConfiguration", "Deserializer",
                                        "Serializer"};

// Backup modes that stay once they are set.
struct LastingMode {
  std::string_view destination;
  std::string_view mode;
};
constexpr LastingMode kLastingModes[] = {
    {kExtendedS3, "Enabled"},
    {"RedshiftDestinationConfiguration", "Enabled"},
    {"SplunkDestinationConfiguration", "AllEvents"},
    {"SnowflakeDestinationConfiguration", "AllData"},
};

// Two ways to say where the destination is: who gives one means it instead of the other.
constexpr std::string_view kEndpoints[] = {"DomainARN", "ClusterEndpoint"};

bool IsS3(std::string_view member) { return member == kS3 || member == kExtendedS3; }
bool IsOpenSearch(std::string_view member) {
  return member == kElasticsearch || member == kOpenSearch;
}

// "S3BackupUpdate" is the update of "S3BackupConfiguration".
std::string ConfigurationName(std::string_view update) {
  return std::string(update.substr(0, update.size() - kUpdate.size())).append(kConfiguration);
}

Json ToConfiguration(const Json& update) {
  Json configuration = Json::object();
  for (const auto& [name, value] : update.items()) {
    configuration[name.ends_with(kUpdate) ? ConfigurationName(name) : name] = value;
  }
  return configuration;
}

void Merge(const Json& update, Json& configuration) {
  for (const auto& [name, value] : update.items()) {
    Json& member = configuration[name];
    const bool whole = std::find(std::begin(kWholes), std::end(kWholes), name) != std::end(kWholes);
    if (whole || !value.is_object() || !member.is_object()) {
      member = value;
    } else {
      Merge(value, member);
    }
  }
}

void DropOtherEndpoint(const Json& update, Json& configuration) {
  for (const std::string_view given : kEndpoints) {
    for (const std::string_view other : kEndpoints) {
      if (update.contains(given) && !update.contains(other))
        configuration.erase(std::string(other));
    }
  }
}

bool IsPartitioned(const Json& configuration) {
  const auto found = configuration.find("DynamicPartitioningConfiguration");
  return found != configuration.end() && found->value("Enabled", false);
}

// Makes the create request that the stream would have been made from.
class Updater {
 public:
  Updater(const StreamDefinition& current, const Json& update)
      : update_(update),
        request_(Json::parse(current.request_json)),
        member_(DestinationMember(request_)) {
    if (current.s3) hints_ = current.s3->buffering;
  }

  Json Run() {
    CheckDestinationId();
    std::vector<std::string> given;
    for (const auto& [name, value] : update_.items()) {
      if (name.ends_with("DestinationUpdate")) given.push_back(name);
    }
    if (given.size() == 1) {
      UpdateMember(ConfigurationName(given[0]), ToConfiguration(update_[given[0]]));
    } else {
      Problem("Exactly one destination update is supported for a Firehose; " +
              std::to_string(given.size()) + " were given");
    }
    if (update_.contains("Hydrant")) {
      Json hydrant = WithDocumentedNames(request_.value("Hydrant", Json::object()));
      hydrant.merge_patch(WithDocumentedNames(update_["Hydrant"]));
      request_["Hydrant"] = std::move(hydrant);
    }
    return std::move(request_);
  }

  const std::vector<std::string>& problems() const { return problems_; }

 private:
  void Problem(std::string text) { problems_.push_back(std::move(text)); }

  void CheckDestinationId() {
    const std::string id = update_.value("DestinationId", "");
    if (id != kDestinationId) Problem("Destination Id " + id + " not found");
  }

  void UpdateMember(const std::string& wanted, const Json& configuration) {
    if (IsOpenSearch(wanted) != IsOpenSearch(member_)) {
      Problem("Changing the destination to or from Amazon OpenSearch Service is not supported");
    }
    const Json current = std::exchange(request_[member_], nullptr);
    request_.erase(member_);
    if (wanted != member_ && !(IsS3(wanted) && IsS3(member_))) {
      request_[wanted] = configuration;
      return;
    }
    // Of the two spellings of S3 the richer one can say all that either says.
    const bool extended = wanted == kExtendedS3 || member_ == kExtendedS3;
    const std::string name = extended ? std::string(kExtendedS3) : wanted;
    Json merged = current;
    Merge(configuration, merged);
    DropOtherEndpoint(configuration, merged);
    CheckLasting(name, current, merged);
    KeepHints(current, merged);
    request_[name] = std::move(merged);
  }

  // A stream that begins or ends to convert keeps the buffer that it has, although another one would have been the
  // default: so it is told that it is too small.
  void KeepHints(const Json& before, Json& after) const {
    if (ConvertsFormat(before) == ConvertsFormat(after) || !hints_) return;
    if (after.contains("BufferingHints")) return;
    after["BufferingHints"] = {{"SizeInMBs", hints_->size_bytes >> 20},
                               {"IntervalInSeconds", absl::ToInt64Seconds(hints_->interval)}};
  }

  void CheckLasting(std::string_view destination, const Json& before, const Json& after) {
    const std::string mode = before.value("S3BackupMode", "");
    const std::string wanted = after.value("S3BackupMode", "");
    for (const LastingMode& lasting : kLastingModes) {
      if (lasting.destination != destination || lasting.mode != mode || wanted == mode) continue;
      Problem(absl::StrCat("S3BackupMode can't be changed from ", mode, " to ", wanted));
    }
    if (IsPartitioned(before) != IsPartitioned(after)) {
      Problem("Dynamic partitioning can't be enabled or disabled for a Firehose that exists");
    }
  }

  const Json& update_;
  Json request_;
  const std::string member_;
  std::optional<BufferingHints>
      hints_;  // of the bucket; none of a definition that this build can't read
  std::vector<std::string> problems_;
};

std::string Joined(const std::vector<std::string>& problems) {
  std::string text;
  for (const std::string& problem : problems) text.append(text.empty() ? "" : "; ").append(problem);
  return text;
}

std::optional<ApiError> CheckCurrent(const StreamDefinition& current, const Json& update) {
  const StreamStatus status = ShownStatus(current);
  // One that can't run may become one that can.
  if (status != StreamStatus::kActive && status != StreamStatus::kCreatingFailed) {
    return ApiError{"ResourceInUseException",
                    "Cannot update firehose: " + current.name + " when it is in " +
                        std::string(StreamStatusName(status)) + " status"};
  }
  const std::string version = std::to_string(current.version);
  const std::string named = update.value("CurrentDeliveryStreamVersionId", "");
  if (named == version) return std::nullopt;
  return ApiError{"ConcurrentModificationException",
                  "Cannot update firehose: " + current.name + " since the current version id: " +
                      version + " and specified version id: " + named + " do not match"};
}

}  // namespace

std::variant<StreamDefinition, ApiError> UpdateDefinition(const StreamDefinition& current,
                                                          const nlohmann::json& update,
                                                          const ParseOptions& options) {
  if (auto error = CheckCurrent(current, update)) return *error;
  Updater updater(current, update);
  const Json request = updater.Run();
  std::vector<std::string> problems = updater.problems();
  auto parsed = ParseStreamDefinition(request, options);
  if (auto* error = std::get_if<ApiError>(&parsed)) {
    if (error->type != "InvalidArgumentException") return *error;
    problems.push_back(std::move(error->message));
  } else {
    const StreamDefinition& wanted = std::get<StreamDefinition>(parsed);
    // A stream that works is not given up for one that this build can't run.
    if (!wanted.missing.empty() && ShownStatus(current) == StreamStatus::kActive) {
      problems.push_back(wanted.missing);
    }
    if (options.config != nullptr) {
      std::string why = WhyNotChangeable(current, wanted, *options.config);
      if (!why.empty()) problems.push_back(std::move(why));
    }
  }
  if (!problems.empty()) return ApiError::InvalidArgument(Joined(problems));
  return NextVersion(current, std::move(std::get<StreamDefinition>(parsed)));
}

StreamDefinition NextVersion(const StreamDefinition& current, StreamDefinition wanted) {
  wanted.incarnation = current.incarnation;
  wanted.created = current.created;
  wanted.version = current.version + 1;
  // It has run, and its producers may know it.
  if (current.status == StreamStatus::kActive) wanted.status = StreamStatus::kActive;
  if (wanted.tags.empty()) wanted.tags = current.tags;
  if (wanted.encryption_failure.empty()) wanted.encryption_failure = current.encryption_failure;
  return wanted;
}

std::string WhyNotChangeable(const StreamDefinition& current, const StreamDefinition& wanted,
                             const NodeConfig& config) {
  const auto in_memory = [&](const StreamDefinition& definition) {
    return definition.hydrant.durability.value_or(config.log.durability) == Durability::kMemory;
  };
  if (in_memory(current) == in_memory(wanted)) return "";
  // What one of the two logs holds would never be delivered by the other.
  return "Hydrant.durability can't be changed to or from memory; make another stream";
}

}  // namespace hydrant
