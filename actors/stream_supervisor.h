// StreamSupervisor: owns one stream's pipeline and decides what follows each delivery outcome.
// Role:    keeps the ingest actor alive; builds feed, transformers, buffer and delivery workers from log and ledger; hands sealed chunks to
//          workers; retries with backoff; finishes delivered chunks in the ledger; builds the
//          pipeline anew, with backoff, when one of its actors crashes.
// Spawned: by the node, one a stream.
// Bound:   sealed chunks are at most delivery_workers_max (the buffer seals no more).
// On death: its actors end with it and the shard is marked as failed, so that the node opens log and ledger
//          again and spawns another; they hold everything.
#pragma once

#include "actors/caf_types.h"
#include "actors/chunk_work.h"
#include "actors/ingest.h"
#include "actors/log_reader.h"
#include "actors/log_writer.h"
#include "actors/stream_probe.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace hydrant {

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
// Some attempt may start.
struct StartAttempts {};
// A delivered chunk that the ledger does not know as such yet. By a timer, which must not keep the memory of a
// chunk whose pipeline is gone.
struct FinishAgain {
  std::weak_ptr<ChunkWork> work;
};
// Records the log has lost to damage: to be settled and reported.
struct PositionsLost {
  PositionRanges positions;
};
// The feed has read everything and everything it read is settled.
struct FeedDrained {};
// Deliver what is in the log, without waiting for size or interval, then call `drained` once.
struct DrainStream {
  std::function<void()> drained;
};
// Stop at once; what is undelivered stays in the log. `stopped` is called when no actor of the stream uses
// its log and ledger any more.
struct EndStream {
  std::function<void()> stopped;
};
// The stream's share of the pipeline memory has changed.
struct SetWindow {
  uint64_t bytes;
};
struct RestartPipeline {};
// Retention goes by the clock: now and then, even when nothing is delivered.
struct TrimLog {};

using StreamSupervisor = caf::typed_actor<
    caf::reacts_to<ChunkReady>, caf::reacts_to<ChunkEncoded>, caf::reacts_to<DeliveryFinished>,
    caf::reacts_to<StartAttempts>, caf::reacts_to<FinishAgain>, caf::reacts_to<PositionsLost>,
    caf::reacts_to<FeedDrained>, caf::reacts_to<DrainStream>, caf::reacts_to<EndStream>,
    caf::reacts_to<SetWindow>, caf::reacts_to<RestartPipeline>, caf::reacts_to<TrimLog>>;

struct StreamOptions {
  StreamDefinitionPtr definition;
  ShardPtr shard;
  LogWriter writer;
  LogReader reader;
  std::shared_ptr<Sink> sink;
  // Applied in order; shared by all transformers of the stream.
  std::vector<std::shared_ptr<Transform>> transforms;
  std::shared_ptr<StreamProbe> probe;
  std::shared_ptr<IngestSlot> ingest;  // filled by the supervisor
  asio::any_io_executor executor;
  ArenaPool* pool = nullptr;
  MemoryBudget* pipeline_memory = nullptr;
  MemoryBudget* encode_memory = nullptr;
  uint64_t window_bytes = 64 << 20;
  const Clock* clock = nullptr;
  Entropy* entropy = nullptr;
};

StreamSupervisor SpawnStreamSupervisor(caf::actor_system& system, StreamOptions options);

}  // namespace hydrant

HYDRANT_MESSAGE(ChunkReady)
HYDRANT_MESSAGE(ChunkEncoded)
HYDRANT_MESSAGE(DeliveryFinished)
HYDRANT_MESSAGE(StartAttempts)
HYDRANT_MESSAGE(FinishAgain)
HYDRANT_MESSAGE(PositionsLost)
HYDRANT_MESSAGE(FeedDrained)
HYDRANT_MESSAGE(DrainStream)
HYDRANT_MESSAGE(EndStream)
HYDRANT_MESSAGE(SetWindow)
HYDRANT_MESSAGE(RestartPipeline)
HYDRANT_MESSAGE(TrimLog)
