// ParseHydrantSettings: our own key `Hydrant` of a CreateDeliveryStream request.
// Owner:   any thread
// Units:   sizes in bytes or text ("1 GiB", "500 MB"), durations in seconds or text ("90", "1m30s")
// Errors:  kInvalidArgument, naming every member that is wrong, with its value and the rule
#pragma once

#include "engine/base/status.h"
#include "engine/stream/stream_definition.h"

#include <nlohmann/json.hpp>

namespace hydrant {

StatusOr<HydrantSettings> ParseHydrantSettings(const nlohmann::json& value);

}  // namespace hydrant
