// ValidateFiles: whether the files that settings name can be used by this process, here and now.
// Owner:   any thread; reads the files, changes nothing
#pragma once

#include "engine/config/config_error.h"
#include "engine/config/node_config.h"

#include <vector>

namespace hydrant {

// As ValidateNode; what that refuses already is passed over.
std::vector<ConfigError> ValidateFiles(const NodeConfig& config);

}  // namespace hydrant
