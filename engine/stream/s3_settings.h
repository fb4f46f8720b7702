// ParseS3Settings: the settings of a bucket, as a destination, a backup or an error output.
// Owner:   any thread; pure
// Source:  firehose 2015-08-04 service model (S3DestinationConfiguration); developer guide "s3-prefixes",
//          "create-configure", "dynamic-partitioning"
#pragma once

#include "engine/stream/definition_problem.h"
#include "engine/stream/stream_definition.h"

#include <nlohmann/json.hpp>

namespace hydrant {

// What a bucket's records go through on their way to it.
struct S3Processing {
  bool partitioned = false;
  bool converted = false;  // to Parquet or ORC
  CompressionEffort effort = CompressionEffort::kFast;
};

// What `configuration` holds has passed the model; broken rules go to `problems`.
S3Settings ParseS3Settings(const nlohmann::json& configuration, const S3Processing& processing,
                           const ProblemsBelow& problems);

}  // namespace hydrant
