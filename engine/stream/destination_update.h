// UpdateDefinition: what an UpdateDestination request makes of a stream.
// Owner:   any thread; pure
// Errors:  ResourceInUseException: the stream is neither ACTIVE nor CREATING_FAILED.
//          ConcurrentModificationException: the version is not the current one. InvalidArgumentException: also
//          what this build has no component for, when the stream runs. Else as ParseStreamDefinition, which reads the result: every rule that
//          is broken, in one message
// Source:  firehose 2015-08-04 service model (UpdateDestination, S3BackupMode of each update); developer
//          guide "dynamic-partitioning"
#pragma once

#include "engine/stream/api_error.h"
#include "engine/stream/definition_parser.h"
#include "engine/stream/stream_definition.h"

#include <nlohmann/json.hpp>

#include <string>
#include <variant>

namespace hydrant {

// `update` has passed the model and holds no nulls. What it gives replaces what there is: options member by
// member, lists and what only makes sense together (buffering hints, encryption) as a whole. A destination of
// another type replaces the whole destination. `Hydrant` is a JSON merge patch (RFC 7396): null gives a
// setting its default back.
// The result is the next version of the stream with the same log (`incarnation`), ACTIVE, or CREATING_FAILED when
// it was before and this build can't run what it is now either.
std::variant<StreamDefinition, ApiError> UpdateDefinition(const StreamDefinition& current,
                                                          const nlohmann::json& update,
                                                          const ParseOptions& options);

// The next version of `current`: what neither a request nor a configuration file says of it.
StreamDefinition NextVersion(const StreamDefinition& current, StreamDefinition wanted);

// Why a stream that has a log can't go on as `wanted`; empty when it can.
std::string WhyNotChangeable(const StreamDefinition& current, const StreamDefinition& wanted,
                             const NodeConfig& config);

}  // namespace hydrant
