// ParseProcessors: the rules of ProcessingConfiguration.
// Owner:   any thread; pure
// Source:  developer guide "data-transformation", "dynamic-partitioning"; service model,
//          ProcessorType
#pragma once

#include "engine/stream/definition_problem.h"
#include "engine/stream/stream_definition.h"

#include <nlohmann/json.hpp>

#include <functional>
#include <string_view>
#include <vector>

namespace hydrant {

// The member of destinations that this is about.
inline constexpr std::string_view kProcessing = "ProcessingConfiguration";

// The processors of an enabled configuration, in the user's order; none of a disabled one.
// `configuration` has passed the model. Broken rules are added to `problems`, of the destination.
std::vector<ProcessorSettings> ParseProcessors(
    const nlohmann::json& configuration,
    const std::function<bool(std::string_view processor_type)>& has_processor,
    const ProblemsBelow& problems);

}  // namespace hydrant
