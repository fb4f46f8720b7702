// Ledger: a shard's small journal of what became of its records.
// A chunk is sealed here before its first attempt, so that after a crash it is built again from the
// same records under the same name: a retry overwrites its own object instead of adding another.
// Owner:   one writer (a log writer actor) calls the modifying functions
// Errors:  kResourceExhausted: disk full; kDataLoss: damaged beyond its last entry
#pragma once

#include "engine/base/status.h"
#include "engine/record/chunk.h"

#include <absl/time/time.h>

#include <string>
#include <string_view>
#include <vector>

namespace hydrant {

// What the ledger knew when it was opened.
struct LedgerState {
  // Every record below it is settled.
  Position watermark;
  // Settled records above it.
  PositionRanges settled;
  // Sealed, not done: to be built again and delivered under their names, in this order.
  std::vector<ChunkSeal> open_chunks;
  // Highest position any entry named (the log may have lost its tail in `os` or `memory`
  // durability).
  Position highest;
  // Records that were lost before they were settled, each counted once.
  uint64_t lost_records = 0;
};

class Ledger {
 public:
  virtual ~Ledger() = default;

  virtual Status SealChunk(const ChunkSeal& seal) = 0;
  // Settles the chunk's positions and advances the watermark over all settled ones.
  virtual Status FinishChunk(std::string_view chunk_id) = 0;
  // Settles records that need no delivery.
  virtual Status SettlePositions(const PositionRanges& positions) = 0;
  // Settles records that the log has lost, and counts those of them that were not settled.
  virtual Status LosePositions(const PositionRanges& positions) = 0;
  // Makes what was written survive power loss.
  virtual Status Sync() = 0;

  // State as of now; the reference holds until the next modifying call.
  virtual const LedgerState& state() const = 0;
};

}  // namespace hydrant
