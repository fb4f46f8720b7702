// Feed: reads one shard in order and emits its batches as long as it holds credit.
// Role:    after a restart first what the ledger knows of (chunks that were sealed and not finished, records
//          that were given up), then everything that is not settled, then what arrives; at any time what
//          its branch wants again. A feed that keeps up gets batches from the tail cache without a copy;
//          one that lags asks the log reader.
// Spawned: by the branch, one a pipeline.
// Bound:   the window: bytes emitted and not granted back; and the node's pipeline memory.
// On death: its memory goes back to the node; the branch builds the pipeline anew.
#pragma once

#include "actors/branch.h"
#include "actors/buffer.h"
#include "actors/caf_types.h"
#include "actors/log_reader.h"
#include "actors/transformer.h"

#include <atomic>
#include <memory>
#include <vector>

namespace hydrant {

struct LogAdvanced {
  Position end;
};
struct GrantCredit {
  uint64_t bytes;
};
// Records to be read out of their turn: before anything new.
struct ReadAgain {
  std::vector<ChunkSeal> chunks;  // to be built again
  std::vector<Failure> failures;  // for the error output
  PositionRanges records;         // to be delivered as if they were new, in turns with what is
};
// Of `ReadAgain::records` what is not read yet is not wanted any more. Answered by CopiesForgotten.
struct ForgetCopies {};
// Who transforms from now on; the others retire.
struct UseTransformers {
  std::vector<Transformer> transformers;
};
struct DrainFeed {};
struct PumpFeed {};

using Feed = caf::typed_actor<caf::reacts_to<LogAdvanced>, caf::reacts_to<GrantCredit>,
                              caf::reacts_to<SetWindow>, caf::reacts_to<DrainFeed>,
                              caf::reacts_to<PumpFeed>, caf::reacts_to<ReadAgain>,
                              caf::reacts_to<ForgetCopies>, caf::reacts_to<UseTransformers>>;

struct FeedOptions {
  Branch branch;
  ShardLedgerPtr ledger;
  LogReader reader;
  Buffer buffer;
  std::vector<Transformer> transformers;           // empty: straight to the buffer
  std::shared_ptr<std::atomic<int>> transforming;  // batches that are with them
  LedgerState known;                               // by the ledger, at the start
  // Records at `end` and behind it are not read: of a replay.
  Position end = Position{UINT64_MAX};
  uint64_t bytes_per_second_max = UINT64_MAX;
  MemoryBudget* memory = nullptr;
  uint64_t window_bytes = 0;
};

Feed SpawnFeed(caf::actor_system& system, FeedOptions options);

}  // namespace hydrant

HYDRANT_MESSAGE(LogAdvanced)
HYDRANT_MESSAGE(GrantCredit)
HYDRANT_MESSAGE(ReadAgain)
HYDRANT_MESSAGE(ForgetCopies)
HYDRANT_MESSAGE(UseTransformers)
HYDRANT_MESSAGE(DrainFeed)
HYDRANT_MESSAGE(PumpFeed)
