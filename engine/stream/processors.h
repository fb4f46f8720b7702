// ParseProcessors: the rules of ProcessingConfiguration.
// Owner:   any thread; pure
// Source:  developer guide "data-transformation", "dynamic-partitioning"; service model,
//          ProcessorType
#pragma once

#include "engine/stream/stream_definition.h"

#include <nlohmann/json.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace hydrant {

// The processors of an enabled configuration, in the user's order; none of a disabled one.
// `configuration` has passed the model. Broken rules are added to `problems`.
std::vector<ProcessorSettings> ParseProcessors(
    const nlohmann::json& configuration,
    const std::function<bool(std::string_view processor_type)>& has_processor,
    std::vector<std::string>& problems);

}  // namespace hydrant
