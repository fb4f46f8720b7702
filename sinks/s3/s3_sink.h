// S3Sink: chunks as objects of a bucket, on AWS or any S3 server.
// Owner:   see Sink (engine/component.h)
// Errors:  MakeS3Sink: kInvalidArgument names the setting
#pragma once

#include "engine/base/status.h"
#include "engine/component.h"

#include <memory>
#include <vector>

namespace hydrant::s3 {

StatusOr<std::unique_ptr<Sink>> MakeS3Sink(const StreamDefinition& stream,
                                           const SinkContext& context);

std::vector<DefinitionProblem> CheckS3Destination(const StreamDefinition& stream,
                                                  const NodeConfig& config);

}  // namespace hydrant::s3
