// OpenChunk: a chunk that still grows, in the buffer.
// Owner:   the buffer
#pragma once

#include "engine/record/chunk.h"

#include <cstdint>
#include <memory>
#include <string>

namespace hydrant {

struct OpenChunk {
  Chunk chunk;
  uint64_t cost_bytes = 0;
  uint64_t generation = 0;  // for its timer
  bool due = false;         // its interval is over
  // Of which the last of `chunk.seal.failures` is made.
  std::shared_ptr<const Failure> last_failure;

  bool holds_nothing() const { return chunk.seal.positions.empty(); }
  void Add(const Slice& slice, uint64_t cost);
  // Documents of records that are given up for this reason.
  void AddErrors(const Slice& documents, const std::shared_ptr<const Failure>& failure,
                 uint64_t cost);
};

// Where to cut so that at most `room` bytes are taken, but at least one record, and records that came from the same
// log record.
uint32_t CutWithin(const Slice& slice, uint64_t room);

// An id for what is left of a chunk: the same at each rebuild, so that a retry replaces its own object.
std::string IdOfRest(const std::string& id, const PositionRanges& left);

}  // namespace hydrant
