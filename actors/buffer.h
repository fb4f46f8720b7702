// Buffer: groups records into chunks until size or interval, and seals them in the ledger.
// Role:    puts batches in order again; cuts chunks between records; a chunk is sealed (id, name, exact
//          positions) before anyone may deliver it.
// Spawned: by the stream supervisor, one a pipeline.
// Bound:   what it holds was paid for by the feed's window; it seals at most `chunks_max` chunks at a time.
// On death: the supervisor builds the pipeline anew from log and ledger.
#pragma once

#include "actors/caf_types.h"
#include "actors/log_writer.h"
#include "actors/pipeline_batch.h"
#include "actors/stream_supervisor.h"

#include <memory>

namespace hydrant {

// A chunk is finished: another may be sealed.
struct ChunkDone {};
// The feed has no memory left: what is open must not wait for its size when nothing else will free any.
struct FeedBlocked {};
// From now on seal without waiting for size or interval.
struct DrainBuffer {};
struct IntervalOver {
  uint64_t generation;
};
struct SealAgain {};

using Buffer = caf::typed_actor<caf::reacts_to<PipelineBatch>, caf::reacts_to<ChunkDone>,
                                caf::reacts_to<FeedBlocked>, caf::reacts_to<DrainBuffer>,
                                caf::reacts_to<IntervalOver>, caf::reacts_to<SealAgain>>;

struct BufferOptions {
  StreamSupervisor supervisor;
  LogWriter writer;
  ShardPtr shard;
  std::shared_ptr<Sink> sink;
  std::shared_ptr<StreamProbe> probe;
  BufferingHints hints;
  int chunks_max = 4;
  Entropy* entropy = nullptr;
};

Buffer SpawnBuffer(caf::actor_system& system, BufferOptions options);

}  // namespace hydrant

HYDRANT_MESSAGE(ChunkDone)
HYDRANT_MESSAGE(FeedBlocked)
HYDRANT_MESSAGE(DrainBuffer)
HYDRANT_MESSAGE(IntervalOver)
HYDRANT_MESSAGE(SealAgain)
