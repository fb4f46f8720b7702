// DeliveryWorker: encodes a chunk and starts one attempt at its destination on the I/O runtime.
// Spawned: by the stream supervisor, when first needed, up to the stream's delivery_workers_max.
// Bound:   the supervisor hands out as many chunks as the buffer may seal.
// On death: the supervisor builds the pipeline anew; the chunk is delivered again under its own name.
#pragma once

#include "actors/caf_types.h"
#include "actors/chunk_work.h"
#include "actors/stream_supervisor.h"

namespace hydrant {

struct DeliverChunk {
  ChunkWorkPtr work;
  int waits = 0;  // for memory to encode it
};

using DeliveryWorker = caf::typed_actor<caf::reacts_to<DeliverChunk>>;

struct DeliveryOptions {
  StreamSupervisor supervisor;
  asio::any_io_executor executor;
  // While a chunk is encoded, its records and what is made of them are there both: this bounds the second.
  MemoryBudget* encode_memory = nullptr;
  const Clock* clock = nullptr;
};

DeliveryWorker SpawnDeliveryWorker(caf::actor_system& system, DeliveryOptions options);

}  // namespace hydrant

HYDRANT_MESSAGE(DeliverChunk)
