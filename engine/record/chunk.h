// Chunk: what one delivery carries, sealed in the ledger before its first attempt.
// Owner:   immutable once sealed; shared by the delivery actors and the sink
#pragma once

#include "engine/record/failure.h"
#include "engine/record/record_batch.h"

#include <absl/time/time.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hydrant {

// What the ledger remembers of a chunk: enough to build it again, the same, after a crash.
struct ChunkSeal {
  std::string id;             // UUID
  std::string name;           // destination key or request id: the same on every attempt
  std::string partition;      // dynamic partition the records belong to; empty without partitioning
  PositionRanges positions;   // exactly the log records it settles
  uint64_t record_count = 0;  // records it delivers (fewer than positions when some were dropped)
  uint64_t payload_bytes = 0;  // their bytes, after transformation
  absl::Time oldest_arrival = absl::InfiniteFuture();
  // Of the stream's definition that it is named by; 0: not known.
  uint64_t version = 0;
  // Where it goes: 0 is the stream's destination, then those of its failover, in order.
  uint32_t destination = 0;
  // Not empty: what it carries are error documents of these, for the error output. `positions` are theirs.
  std::vector<Failure> failures = {};
  // Attempts that failed, and since when; as far as the ledger was told.
  uint32_t attempts = 0;
  absl::Time failing_since = absl::InfiniteFuture();
  bool operator==(const ChunkSeal&) const = default;
};

struct Chunk {
  ChunkSeal seal;
  std::vector<Slice> slices;  // in order; payload bytes are these, back to back
};

// What goes over the wire for one chunk: pieces sent in order, and what keeps their memory alive.
// Uncompressed payloads point straight into the chunk's arenas.
struct Payload {
  std::vector<std::string_view> pieces;
  uint64_t size = 0;  // sum of the pieces
  std::vector<std::shared_ptr<const void>> owners;
  // Bytes of memory that `owners` holds beyond the chunk's own slices; 0 when nothing was encoded.
  uint64_t encoded_memory_bytes = 0;
};

}  // namespace hydrant
