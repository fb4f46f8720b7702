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

StreamDefinitionPtr Share(StreamDefinition definition) {
  definition.backup = PartOf(definition, definition.backup);
  for (StreamDefinitionPtr& further : definition.failover.destinations) {
    further = PartOf(definition, further);
  }
  return std::make_shared<const StreamDefinition>(std::move(definition));
}

std::optional<std::string> ProcessorSettings::Parameter(std::string_view name) const {
  for (const auto& [parameter, value] : parameters) {
    if (parameter == name) return value;
  }
  return std::nullopt;
}

}  // namespace hydrant
