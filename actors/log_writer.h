// LogWriter: makes appends and ledger entries of many shards durable, by group commit.
// Role:    takes all that is queued, writes, syncs once per dirty file, answers all.
// Spawned: by the node, a fixed small number, detached (it blocks on the disk); shards are spread over them.
// Bound:   each ingest actor has one AppendBatches under way, each buffer and supervisor a few ledger
//          entries, so the queue is bounded by the number of shards.
// On death: nothing but the node ends it: what log or ledger throw is answered as an error, and the shard is
//           opened again.
#pragma once

#include "actors/caf_types.h"
#include "actors/shard.h"
#include "engine/base/status.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace caf {
class actor_system;
}

namespace hydrant {

// Batches of one shard, in order, each with its own result: the position of its first record, or why not.
struct AppendWork {
  std::vector<std::unique_ptr<RecordBatch>> batches;  // moved out by the writer
  std::vector<StatusOr<Position>> results;            // as many as batches, when answered
};
struct AppendBatches {
  ShardPtr shard;
  std::shared_ptr<AppendWork> work;
};
struct BatchesAppended {};

// Answered when the entry is written; one that must be known before the next attempt (SealChunk, RerouteChunk)
// when it is durable. An entry that was written before is no error.
struct WriteLedger {
  ShardLedgerPtr ledger;
  LedgerEntry entry;
};
struct LedgerWritten {
  Status status;
};

struct ReadLedger {
  ShardLedgerPtr ledger;
};
struct LedgerSnapshot {
  LedgerState state;
};

// From now on `advanced` is called, on the writer's thread, after each commit that made records of the
// ledger's shard visible. It must only send a message. An empty function ends it.
struct WatchShard {
  ShardLedgerPtr ledger;
  std::function<void(Position)> advanced;
};
// Applies retention to what is settled (also done after every SealChunk).
struct TrimShard {
  ShardLedgerPtr ledger;
};
struct CommitNow {};

using LogWriter =
    caf::typed_actor<caf::replies_to<AppendBatches>::with<BatchesAppended>,
                     caf::replies_to<WriteLedger>::with<LedgerWritten>,
                     caf::replies_to<ReadLedger>::with<LedgerSnapshot>, caf::reacts_to<WatchShard>,
                     caf::reacts_to<TrimShard>, caf::reacts_to<CommitNow>>;

struct LogWriterOptions {
  bool detached = true;  // false only under a testing scheduler
};
LogWriter SpawnLogWriter(caf::actor_system& system, LogWriterOptions options);

}  // namespace hydrant

HYDRANT_MESSAGE(AppendBatches)
HYDRANT_MESSAGE(BatchesAppended)
HYDRANT_MESSAGE(WriteLedger)
HYDRANT_MESSAGE(LedgerWritten)
HYDRANT_MESSAGE(ReadLedger)
HYDRANT_MESSAGE(LedgerSnapshot)
HYDRANT_MESSAGE(WatchShard)
HYDRANT_MESSAGE(TrimShard)
HYDRANT_MESSAGE(CommitNow)
