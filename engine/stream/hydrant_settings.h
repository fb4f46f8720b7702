// ParseHydrantSettings: our own key `Hydrant` of a CreateDeliveryStream request.
// Owner:   any thread
// Units:   sizes and durations as in engine/config/values.h
#pragma once

#include "engine/stream/definition_problem.h"
#include "engine/stream/stream_definition.h"

#include <nlohmann/json.hpp>

#include <vector>

namespace hydrant {

// Every member that is wrong is added to `problems`, with its value and the rule.
HydrantSettings ParseHydrantSettings(const nlohmann::json& value,
                                     std::vector<DefinitionProblem>& problems);

}  // namespace hydrant
