// PipelineBatch: what travels from feed to transformer to buffer.
#pragma once

#include "actors/caf_types.h"
#include "engine/record/chunk.h"

#include <cstdint>
#include <memory>

namespace hydrant {

struct PipelineBatch {
  // Counts from 0, without a gap, in the order of the feed: transformers may overtake each other, the
  // buffer puts them in order again.
  uint64_t sequence = 0;
  Slice slice;
  // Pipeline memory that the feed took for it, to be granted back when its records are settled.
  uint64_t cost_bytes = 0;
  // Set when the batch belongs to a chunk that is sealed already and is built again.
  std::shared_ptr<const ChunkSeal> rebuild;
  // Set when its records are given up: for the error output.
  std::shared_ptr<const Failure> failure;
  // Set when transforms keep failing on it and it was not given up before: why. Its slice is as it came.
  std::shared_ptr<const Failure> crash;
  // The last batch of `rebuild`. Its slice may be empty (no batch), when the log has lost the rest.
  bool rebuild_complete = false;

  // Whether transforms apply: an error document may tell of records as they came in.
  bool wants_transforms() const {
    if (failure) return failure->transformed;
    return !rebuild || rebuild->failures.empty() || rebuild->failures.front().transformed;
  }
};

}  // namespace hydrant

HYDRANT_MESSAGE(PipelineBatch)
