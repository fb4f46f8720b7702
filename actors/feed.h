// Feed: reads one shard in order and emits its batches as long as it holds credit.
// Role:    after a restart first the chunks that were sealed and not finished, then everything that is not
//          settled, then what arrives. A feed that keeps up gets batches from the tail cache without a copy;
//          one that lags asks the log reader.
// Spawned: by the stream supervisor, one a pipeline.
// Bound:   the window: bytes emitted and not granted back; and the node's pipeline memory.
// On death: its memory goes back to the node; the supervisor builds the pipeline anew.
#pragma once

#include "actors/buffer.h"
#include "actors/caf_types.h"
#include "actors/log_reader.h"
#include "actors/stream_supervisor.h"
#include "actors/transformer.h"

#include <memory>
#include <vector>

namespace hydrant {

struct LogAdvanced {
  Position end;
};
struct GrantCredit {
  uint64_t bytes;
};
struct DrainFeed {};
struct PumpFeed {};

using Feed = caf::typed_actor<caf::reacts_to<LogAdvanced>, caf::reacts_to<GrantCredit>,
                              caf::reacts_to<SetWindow>, caf::reacts_to<DrainFeed>,
                              caf::reacts_to<PumpFeed>>;

struct FeedOptions {
  StreamSupervisor supervisor;
  ShardPtr shard;
  LogReader reader;
  Buffer buffer;
  std::vector<Transformer> transformers;  // empty: straight to the buffer
  LedgerState ledger;
  MemoryBudget* memory = nullptr;
  uint64_t window_bytes = 0;
};

Feed SpawnFeed(caf::actor_system& system, FeedOptions options);

}  // namespace hydrant

HYDRANT_MESSAGE(LogAdvanced)
HYDRANT_MESSAGE(GrantCredit)
HYDRANT_MESSAGE(DrainFeed)
HYDRANT_MESSAGE(PumpFeed)
