// CheckDestinationRules: what Firehose asks of a destination of each family beyond the model, one row a rule.
// Owner:   any thread; pure
// Source:  firehose 2015-08-04 service model (documentation of the members); developer guide
//          "create-destination"; the wording of messages: answers of AWS, as users and tools report them
#pragma once

#include "engine/stream/definition_problem.h"
#include "engine/stream/model.h"
#include "engine/stream/stream_definition.h"

#include <nlohmann/json.hpp>

namespace hydrant {

// `destination` has passed the model, or is the sound part of one that has not.
void CheckDestinationRules(DestinationFamily family, const nlohmann::json& destination,
                           Validation validation, const ProblemsBelow& problems);

// What is asked of every bucket, as a destination, a backup or an error output, and of every destination.
void CheckLoggingRules(const nlohmann::json& configuration, const ProblemsBelow& problems);

// Enabled unless it says otherwise, as soon as it is there.
bool ConvertsFormat(const nlohmann::json& destination);

}  // namespace hydrant
