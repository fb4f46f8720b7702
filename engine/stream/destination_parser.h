// ParseDestination: the destination of a request, with its retry, backup and processors.
// Owner:   any thread; pure
// Source:  firehose 2015-08-04 service model; developer guide "create-destination", "basic-deliver",
//          "dynamic-partitioning", "data-transformation"
#pragma once

#include "engine/stream/definition_parser.h"
#include "engine/stream/definition_problem.h"
#include "engine/stream/stream_definition.h"

#include <nlohmann/json.hpp>

namespace hydrant {

enum class DestinationRole {
  kOwn,      // the stream's
  kFurther,  // one of its failover: records come to it as the stream has processed and backed them up
};

// Fills in what `request` says of its one destination; the rest of `out` is the stream's and is there. The request has
// passed the model, or is the sound part of one that has not.
void ParseDestination(const nlohmann::json& request, DestinationRole role,
                      const ParseOptions& options, const ProblemsBelow& problems,
                      StreamDefinition& out);

// Hydrant.Failover.Destinations: each checked by the model and by all rules. `problems`: of that member.
std::vector<StreamDefinitionPtr> ParseFurtherDestinations(const nlohmann::json& destinations,
                                                          const ParseOptions& options,
                                                          const ProblemsBelow& problems,
                                                          const StreamDefinition& stream);

}  // namespace hydrant
