#include "engine/stream/stream_definition.h"

#include <iterator>
#include <utility>

namespace hydrant {
namespace {

// In the order of StreamStatus.
constexpr std::string_view kStatusNames[] = {"CREATING", "ACTIVE", "CREATING_FAILED", "DELETING",
                                             "DELETING_FAILED"};

StreamDefinitionPtr PartOf(const StreamDefinition& stream, const StreamDefinitionPtr& part) {
  if (part == nullptr) return part;
  auto copy = std::make_shared<StreamDefinition>(*part);
  copy->incarnation = stream.incarnation;
  copy->version = stream.version;
  copy->status = stream.status;
  copy->created = stream.created;
  copy->updated = stream.updated;
  copy->replay = stream.replay;
  return copy;
}

}  // namespace

std::string_view StreamStatusName(StreamStatus status) {
  return kStatusNames[static_cast<size_t>(status)];
}

std::optional<StreamStatus> ParseStreamStatus(std::string_view name) {
  for (size_t i = 0; i < std::size(kStatusNames); ++i) {
    if (kStatusNames[i] == name) return static_cast<StreamStatus>(i);
  }
  return std::nullopt;
}

StreamStatus ShownStatus(const StreamDefinition& stream) {
  const bool runs =
      stream.status == StreamStatus::kActive || stream.status == StreamStatus::kCreating;
  return runs && !stream.missing.empty() ? StreamStatus::kCreatingFailed : stream.status;
}

const std::string& ShownFailure(const StreamDefinition& stream) {
  const bool lacks =
      ShownStatus(stream) == StreamStatus::kCreatingFailed && !stream.missing.empty();
  return lacks ? stream.missing : stream.failure;
}

StreamDefinitionPtr Share(StreamDefinition definition) {
  definition.backup = PartOf(definition, definition.backup);
  for (StreamDefinitionPtr& further : definition.failover.destinations) {
    further = PartOf(definition, further);
  }
  return std::make_shared<const StreamDefinition>(std::move(definition));
}

StreamDefinitionPtr ForReplay(StreamDefinition stream, std::string id) {
  stream.replay = std::move(id);
  return Share(std::move(stream));
}

std::optional<std::string> ProcessorSettings::Parameter(std::string_view name) const {
  for (const auto& [parameter, value] : parameters) {
    if (parameter == name) return value;
  }
  return std::nullopt;
}

}  // namespace hydrant
