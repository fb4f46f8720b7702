// FileSink: chunks as files of a directory, under the keys that they would have in S3.
// Owner:   see Sink (engine/component.h)
// Errors:  MakeFileSink: kInvalidArgument names the setting
#pragma once

#include "engine/base/status.h"
#include "engine/component.h"
#include "engine/delivery/outcome.h"

#include <memory>
#include <vector>

namespace hydrant::file {

StatusOr<std::unique_ptr<Sink>> MakeFileSink(const StreamDefinition& stream,
                                             const SinkContext& context);

std::vector<DefinitionProblem> CheckFileDestination(const StreamDefinition& stream,
                                                    const NodeConfig& config);

// What the end of a write means for its chunk. Pure.
DeliveryOutcome ClassifyWrite(const Status& status);

}  // namespace hydrant::file
