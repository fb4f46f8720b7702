// ParseS3Settings: the settings of a bucket, as a destination, a backup or an error output.
// Owner:   any thread; pure
// Source:  firehose 2015-08-04 service model (S3DestinationConfiguration); developer guide "s3-prefixes",
//          "create-configure", "dynamic-partitioning"
#pragma once

#include "engine/stream/definition_problem.h"
#include "engine/stream/stream_definition.h"

#include <nlohmann/json.hpp>

namespace hydrant {

// What `configuration` holds has passed the model; broken rules go to `problems`.
S3Settings ParseS3Settings(const nlohmann::json& configuration, bool partitioned,
                           const ProblemsBelow& problems);

// With dynamic partitioning, and the default then.
inline constexpr uint64_t kPartitionedBytesMin = 64 << 20;

}  // namespace hydrant
