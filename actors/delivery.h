// DeliveryWorker: encodes a chunk and starts one attempt at its destination on the I/O runtime.
// Role:    an encoder that fails or throws, and a sink that throws, is reported as a crash on the chunk.
// Spawned: by the branch, when first needed, as many as attempts may be under way.
// Bound:   the branch hands out as many chunks.
// On death: the branch builds the pipeline anew; the chunk is delivered again under its own name.
#pragma once

#include "actors/branch.h"
#include "actors/caf_types.h"
#include "actors/chunk_work.h"
#include "actors/transformer.h"

namespace hydrant {

struct DeliverChunk {
  ChunkWorkPtr work;
  int waits = 0;  // for memory to encode it
};

using DeliveryWorker = caf::typed_actor<caf::reacts_to<DeliverChunk>, caf::reacts_to<Retire>>;

struct DeliveryOptions {
  Branch branch;
  asio::any_io_executor executor;
  // While a chunk is encoded, its records and what is made of them are there both: this bounds the second.
  MemoryBudget* encode_memory = nullptr;
  const Clock* clock = nullptr;
  // A thread of its own, for encoders that take so long that other actors would wait for theirs.
  bool detached = false;
};

DeliveryWorker SpawnDeliveryWorker(caf::actor_system& system, DeliveryOptions options);

}  // namespace hydrant

HYDRANT_MESSAGE(DeliverChunk)
