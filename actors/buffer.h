// Buffer: groups records into chunks until size or interval, and seals them in the ledger.
// Role:    puts batches in order again; cuts chunks between records; a chunk is sealed (id, name, exact
//          positions) before anyone may deliver it. Records that are given up become error documents, in chunks
//          of their own, one open for each kind.
// Spawned: by the branch, one a pipeline.
// Bound:   what it holds was paid for by the feed's window; it seals at most `chunks_max` chunks at a time.
// On death: the branch builds the pipeline anew from log and ledger.
#pragma once

#include "actors/branch.h"
#include "actors/caf_types.h"
#include "actors/log_writer.h"
#include "actors/pipeline_batch.h"

#include <atomic>
#include <memory>
#include <string>
#include <vector>

namespace hydrant {

// A chunk is out no more: another may be sealed.
struct ChunkDone {
  bool held_errors;
};
// The feed has no memory left: what is open must not wait for its size when nothing else will free any.
struct FeedBlocked {};
// From now on chunks are made for this destination, so many at a time.
struct UseDestination {
  uint32_t destination;
};
struct SetChunksMax {
  int chunks;
};
// From now on seal without waiting for size or interval.
struct DrainBuffer {};
struct IntervalOver {
  uint64_t generation;
};
struct SealAgain {};

using Buffer = caf::typed_actor<caf::reacts_to<PipelineBatch>, caf::reacts_to<ChunkDone>,
                                caf::reacts_to<FeedBlocked>, caf::reacts_to<UseDestination>,
                                caf::reacts_to<SetChunksMax>, caf::reacts_to<DrainBuffer>,
                                caf::reacts_to<IntervalOver>, caf::reacts_to<SealAgain>>;

struct BufferOptions {
  Branch branch;
  LogWriter writer;
  ShardLedgerPtr ledger;
  std::vector<std::shared_ptr<Sink>> destinations;
  uint32_t destination = 0;  // of them
  uint64_t version = 0;      // of the definition that chunks are named by
  std::shared_ptr<Sink> errors;
  std::string record_id_prefix;  // for error documents
  std::shared_ptr<StreamProbe> probe;
  BufferingHints hints;
  BufferingHints error_hints;
  int chunks_max = 4;
  std::shared_ptr<std::atomic<bool>> seal_waits;  // told: a chunk waits for room among them
  ArenaPool* pool = nullptr;
  Entropy* entropy = nullptr;
};

Buffer SpawnBuffer(caf::actor_system& system, BufferOptions options);

}  // namespace hydrant

HYDRANT_MESSAGE(ChunkDone)
HYDRANT_MESSAGE(FeedBlocked)
HYDRANT_MESSAGE(UseDestination)
HYDRANT_MESSAGE(SetChunksMax)
HYDRANT_MESSAGE(DrainBuffer)
HYDRANT_MESSAGE(IntervalOver)
HYDRANT_MESSAGE(SealAgain)
