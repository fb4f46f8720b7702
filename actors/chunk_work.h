// ChunkWork: a sealed chunk on its way out, shared by supervisor, delivery worker and I/O runtime.
// Owner:   the supervisor; the delivery worker that it was sent to may change `delivery` until it reports
#pragma once

#include "engine/component.h"

#include <cstdint>
#include <memory>

namespace hydrant {

struct ChunkWork {
  std::shared_ptr<Sink> sink;  // outlives an attempt that is still under way when the stream stops
  Delivery delivery;
  bool encoded = false;
  absl::Time oldest_arrival;  // the seal's, for the supervisor while a worker has the chunk
  // Pipeline memory the chunk still holds.
  uint64_t cost_bytes = 0;
  int failures = 0;
  bool delivered = false;  // the destination has it; the ledger may not know yet
};
using ChunkWorkPtr = std::shared_ptr<ChunkWork>;

}  // namespace hydrant
