// Branch: one reader of a stream's log, with its own ledger and destinations: the stream's own deliveries, its backup
// of all records, a replay.
// Role:    builds feed, transformers, buffer and delivery workers from log and ledger; hands sealed chunks to
//          workers; applies what the policies of engine/delivery decide after each attempt (retry, give up, another
//          destination); notes the end of a chunk in the ledger; scales the workers; builds the pipeline anew, with
//          backoff, when one of its actors crashes.
// Spawned: by the stream supervisor.
// Bound:   sealed chunks are as many as may be under way at once, and error documents as the window allows.
// On death: its actors end with it and the shard is marked as failed, so that the node opens log and ledgers
//          again and starts the stream anew; they hold everything. A replay just ends.
#pragma once

#include "actors/caf_types.h"
#include "actors/chunk_work.h"
#include "actors/log_reader.h"
#include "actors/log_writer.h"
#include "actors/stream_probe.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hydrant {

// The branch that backs up all records, in the names of ledgers, in metrics and in requests.
inline constexpr std::string_view kBackupBranch = "backup";

// Chunks are told apart by their work, not by id: after a restart of the pipeline an old attempt may still
// report on a chunk that has been built again under the same id.

// A chunk is sealed in the ledger (or was, before a restart) and wants delivery.
struct ChunkReady {
  ChunkWorkPtr work;
};
// A worker has encoded the chunk, which now holds less memory than before.
struct ChunkEncoded {
  ChunkWorkPtr work;
  uint64_t released_bytes;
};
struct DeliveryFinished {
  ChunkWorkPtr work;
  std::shared_ptr<const DeliveryOutcome> outcome;
  absl::Duration elapsed;
};
// Some attempt may start, or some chunk's time is over.
struct StartAttempts {};
// The end of a chunk that the ledger does not know yet. By a timer, which must not keep the memory of a
// chunk whose pipeline is gone.
struct EndAgain {
  std::weak_ptr<ChunkWork> work;
};
// A transform keeps failing on these records. Type and time are the branch's to fill in.
struct Quarantine {
  Failure failure;
  uint64_t cost_bytes;
  std::string
      chunk;  // id of the one they are in, all of which is given up; empty: they are in none
};
// Records the log has lost to damage: to be settled and reported.
struct PositionsLost {
  PositionRanges positions;
};
struct SettleAgain {
  LedgerEntry entry;
};
// The feed has read everything and everything it read is settled.
struct FeedDrained {};
// Records that were to be copied, and are not read.
struct CopiesForgotten {
  PositionRanges records;
};
// A destination that is not in use was looked at.
struct DestinationProbed {
  uint32_t destination;
  Status status;
};
// Time for the policies that go by it.
struct Tick {};
// Deliver what is in the log, without waiting for size or interval, then call `drained` once.
struct DrainBranch {
  std::function<void()> drained;
};
// Stop; what is undelivered stays in the log. `stopped` is called when no actor of the branch uses log and
// ledger any more. With `gracefully` attempts under way end first, for a while.
struct EndBranch {
  std::function<void()> stopped;
  bool gracefully = false;
};
// No more waiting for the end of attempts.
struct EndNow {};
// The branch's share of the pipeline memory has changed.
struct SetWindow {
  uint64_t bytes;
};
struct RestartPipeline {};

using Branch = caf::typed_actor<
    caf::reacts_to<ChunkReady>, caf::reacts_to<ChunkEncoded>, caf::reacts_to<DeliveryFinished>,
    caf::reacts_to<StartAttempts>, caf::reacts_to<EndAgain>, caf::reacts_to<Quarantine>,
    caf::reacts_to<PositionsLost>, caf::reacts_to<SettleAgain>, caf::reacts_to<FeedDrained>,
    caf::reacts_to<CopiesForgotten>, caf::reacts_to<DestinationProbed>, caf::reacts_to<Tick>,
    caf::reacts_to<DrainBranch>, caf::reacts_to<EndBranch>, caf::reacts_to<EndNow>,
    caf::reacts_to<SetWindow>, caf::reacts_to<RestartPipeline>>;

struct Destination {
  std::shared_ptr<Sink> sink;
  RetryPolicy retry;
  // Error output type of records that it does not get.
  std::string failure_type;
};

struct BranchOptions {
  std::string name;  // for people: the stream's name, or "orders backup"
  StreamDefinitionPtr definition;
  ShardLedgerPtr ledger;
  LogWriter writer;
  LogReader reader;
  // The branch's own, then those of its failover.
  std::vector<Destination> destinations;
  FailoverSettings failover;
  // Where error documents go. Never gives up.
  std::shared_ptr<Sink> errors;
  std::string record_id_prefix;  // of the stream
  BufferingHints hints;
  BufferingHints error_hints;
  // Applied in order; shared by all transformers.
  std::vector<std::shared_ptr<Transform>> transforms;
  std::shared_ptr<StreamProbe> probe;
  asio::any_io_executor executor;
  ArenaPool* pool = nullptr;
  MemoryBudget* pipeline_memory = nullptr;
  MemoryBudget* encode_memory = nullptr;
  bool detached_encoders = true;  // of slow ones; false only under a testing scheduler
  uint64_t window_bytes = 64 << 20;
  // Of a replay: where it ends, and how fast it may be.
  Position end = Position{UINT64_MAX};
  uint64_t bytes_per_second_max = UINT64_MAX;
  const Clock* clock = nullptr;
  Entropy* entropy = nullptr;
};

Branch SpawnBranch(caf::actor_system& system, BranchOptions options);

}  // namespace hydrant

HYDRANT_MESSAGE(ChunkReady)
HYDRANT_MESSAGE(ChunkEncoded)
HYDRANT_MESSAGE(DeliveryFinished)
HYDRANT_MESSAGE(StartAttempts)
HYDRANT_MESSAGE(EndAgain)
HYDRANT_MESSAGE(Quarantine)
HYDRANT_MESSAGE(PositionsLost)
HYDRANT_MESSAGE(SettleAgain)
HYDRANT_MESSAGE(FeedDrained)
HYDRANT_MESSAGE(CopiesForgotten)
HYDRANT_MESSAGE(DestinationProbed)
HYDRANT_MESSAGE(Tick)
HYDRANT_MESSAGE(DrainBranch)
HYDRANT_MESSAGE(EndBranch)
HYDRANT_MESSAGE(EndNow)
HYDRANT_MESSAGE(SetWindow)
HYDRANT_MESSAGE(RestartPipeline)
