// Ledger: a shard's small journal of what became of its records.
// A chunk is sealed here before its first attempt, so that after a crash it is built again from the
// same records under the same name: a retry overwrites its own object instead of adding another.
// Owner:   one writer (a log writer actor) calls Write and Sync
// Errors:  kResourceExhausted: disk full; kNotFound: the entry's chunk is not open; kAlreadyExists: it is;
//          kInvalidArgument: positions that can't be
#pragma once

#include "engine/base/status.h"
#include "engine/record/chunk.h"

#include <absl/time/time.h>

#include <string>
#include <variant>
#include <vector>

namespace hydrant {

// Every position is in at most one of: settled, an open chunk, failed, elsewhere. What is in none is
// still to be read.
struct LedgerState {
  // Every record below it is settled.
  Position watermark;
  // Settled records above it.
  PositionRanges settled;
  // Sealed, not done: to be built again and delivered under their names, in this order.
  std::vector<ChunkSeal> open_chunks;
  // Given up: settled when their error documents are delivered.
  std::vector<Failure> failed;
  // Delivered by a destination of the failover, and still wanted by the stream's own.
  PositionRanges elsewhere;
  // Highest position any entry named (the log may have lost its tail in `os` or `memory`
  // durability).
  Position highest;
  // Records that were lost before they were settled, each counted once.
  uint64_t lost_records = 0;
  bool operator==(const LedgerState&) const = default;
};

// The entries. Its positions are in no other chunk; what of them was failed or elsewhere is so no longer.
struct SealChunk {
  ChunkSeal seal;
};
// Settles the chunk's positions and advances the watermark over all settled ones.
struct FinishChunk {
  std::string id;
};
// What an attempt left of a chunk: `left` stays in it, `failures` are given up, the other positions settled, or
// elsewhere when that is not where they belong. The chunk ends when nothing is left.
struct ReduceChunk {
  std::string id;
  PositionRanges left;
  std::vector<Failure> failures;
  bool elsewhere = false;
};
// The chunk is delivered, but not where it belongs: its positions are elsewhere.
struct FinishElsewhere {
  std::string id;
};
// From now on the chunk goes to another destination, under another name.
struct RerouteChunk {
  std::string id;
  std::string name;
  uint32_t destination = 0;
  uint64_t version = 0;  // as in ChunkSeal
};
struct NoteAttempts {
  std::string id;
  uint32_t attempts = 0;
  absl::Time failing_since;
};
// Gives up records that are in no chunk.
struct FailPositions {
  std::vector<Failure> failures;
};
// Settles records that need no delivery.
struct SettlePositions {
  PositionRanges positions;
};
// Settles records that the log has lost, and counts those of them that were not settled.
struct LosePositions {
  PositionRanges positions;
};
using LedgerEntry = std::variant<SealChunk, FinishChunk, ReduceChunk, FinishElsewhere, RerouteChunk,
                                 NoteAttempts, FailPositions, SettlePositions, LosePositions>;

class Ledger {
 public:
  virtual ~Ledger() = default;
  // After an error the state is as before.
  virtual Status Write(const LedgerEntry& entry) = 0;
  // Makes what was written survive power loss.
  virtual Status Sync() = 0;
  // State as of now; the reference holds until the next Write.
  virtual const LedgerState& state() const = 0;
};

}  // namespace hydrant
