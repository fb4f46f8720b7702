// What this build can do with a stream, asked of the tables of components. Inline: the tables are
// linked in by programs, not by the engine.
// Owner:   any thread
#pragma once

#include "engine/component.h"
#include "engine/stream/definition_parser.h"

#include <algorithm>
#include <vector>

namespace hydrant {

// The sink that serves a stream's destination on this node, or null.
inline const SinkSpec* FindSinkSpec(const StreamDefinition& stream, const NodeConfig& config) {
  for (const SinkSpec* spec : SinkSpecs()) {
    if (spec->family == stream.family && spec->serves(config)) return spec;
  }
  return nullptr;
}

inline StreamSupport BuiltInSupport() {
  StreamSupport support;
  support.has_processor = [](std::string_view type) {
    const auto specs = TransformSpecs();
    return std::any_of(specs.begin(), specs.end(),
                       [&](const TransformSpec* spec) { return spec->processor == type; });
  };
  support.check_destination =
      [](const StreamDefinition& stream,
         const NodeConfig& config) -> std::optional<std::vector<DefinitionProblem>> {
    const SinkSpec* spec = FindSinkSpec(stream, config);
    if (spec == nullptr) return std::nullopt;
    return spec->check(stream, config);
  };
  return support;
}

}  // namespace hydrant
