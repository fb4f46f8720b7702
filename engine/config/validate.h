// ValidateNode: the rules that hold between settings, each setting being right alone.
// Owner:   pure; any thread
#pragma once

#include "engine/config/config_error.h"
#include "engine/config/node_config.h"

#include <vector>

namespace hydrant {

// Everything that is wrong, each with the path of the setting to mend (no place: the caller knows
// it).
std::vector<ConfigError> ValidateNode(const NodeConfig& config);

}  // namespace hydrant
