// ValidateStreams: the entries of `streams:` against the shapes of CreateDeliveryStream.
// Owner:   pure; any thread
#pragma once

#include "engine/config/config_error.h"
#include "engine/config/node_config.h"
#include "engine/config/stream_json.h"
#include "engine/config/yaml_tree.h"
#include "engine/stream/definition_parser.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hydrant {

struct StreamEntry {
  std::string path;    // "streams[0]"
  std::string source;  // "hydrant.yaml"
  YamlNode node;       // as written, for places
  RequestJson request;
  bool converted = false;  // false: its conversion failed and was reported
};

// Everything that is wrong, each at its place in the file. `support`: what this build can do.
std::vector<ConfigError> ValidateStreams(const NodeConfig& config,
                                         std::span<const StreamEntry> entries,
                                         const StreamSupport& support);

}  // namespace hydrant
