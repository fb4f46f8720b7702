#include "engine/stream/stream_definition.h"

#include <iterator>

namespace hydrant {
namespace {

// In the order of StreamStatus.
constexpr std::string_view kStatusNames[] = {"CREATING", "ACTIVE", "CREATING_FAILED", "DELETING",
                                             "DELETING_FAILED"};

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

std::optional<std::string> ProcessorSettings::Parameter(std::string_view name) const {
  for (const auto& [parameter, value] : parameters) {
    if (parameter == name) return value;
  }
  return std::nullopt;
}

}  // namespace hydrant
