#include "engine/config/stream_check.h"

#include <map>

namespace hydrant {
namespace {

constexpr std::string_view kName = "DeliveryStreamName";

ConfigError ErrorAt(const StreamEntry& entry, const YamlNode& node, std::string path,
                    std::string rule, std::string mend) {
  return {.source = entry.source,
          .line = node.place.line,
          .column = node.place.column,
          .path = std::move(path),
          .rule = std::move(rule),
          .mend = std::move(mend)};
}

void CheckNamesDiffer(std::span<const StreamEntry> entries, std::vector<ConfigError>& errors) {
  std::map<std::string_view, const StreamEntry*> seen;
  for (const StreamEntry& entry : entries) {
    const YamlNode* name = entry.node.Find(kName);
    if (name == nullptr || name->kind != YamlNode::Kind::kScalar) continue;
    const auto [first, added] = seen.emplace(name->text, &entry);
    if (added) continue;
    ConfigError error =
        ErrorAt(entry, *name, entry.path + "." + std::string(kName),
                "is the name of " + first->second->path + " too", "give each stream its own name");
    error.value = name->text;
    errors.push_back(std::move(error));
  }
}

}  // namespace

std::vector<ConfigError> ValidateStreams(const NodeConfig& config,
                                         std::span<const StreamEntry> entries) {
  std::vector<ConfigError> errors;
  if (entries.size() > static_cast<size_t>(config.streams_max)) {
    errors.push_back(ErrorAt(entries.front(), entries.front().node, "streams",
                             "holds " + std::to_string(entries.size()) +
                                 " streams; limits.streams allows " +
                                 std::to_string(config.streams_max),
                             "raise limits.streams"));
    return errors;
  }
  for (const StreamEntry& entry : entries) {
    if (entry.node.kind == YamlNode::Kind::kMap) continue;
    errors.push_back(ErrorAt(entry, entry.node, entry.path,
                             "must be a map in the shape of a CreateDeliveryStream request", ""));
  }
  CheckNamesDiffer(entries, errors);
  return errors;
}

}  // namespace hydrant
