// ChunkWork: a sealed chunk on its way out, shared by branch, delivery worker and I/O runtime.
// Owner:   the branch; the delivery worker that it was sent to may change `delivery` and `encoded` until it
//          reports
// Units:   times are of the branch's monotonic clock
#pragma once

#include "engine/component.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace hydrant {

// What is known of a chunk's attempts so far. Outlives its ChunkWork when the chunk is read from the log again.
struct ChunkHistory {
  int failures = 0;
  int crashes = 0;  // of them: the component failed, not the destination
  absl::Time failing_since = absl::InfiniteFuture();
  std::string error_code;  // of the last one
  std::string error_message;
  // An attempt may have got through without our knowing.
  bool ambiguous = false;
  // Another destination has all of its records already: it is a copy for the stream's own.
  bool is_copy = false;
};

struct ChunkWork {
  ChunkSeal seal;              // as in `delivery.chunk`, for the branch while a worker has that
  std::shared_ptr<Sink> sink;  // outlives an attempt that is still under way when the stream stops
  Delivery delivery;
  bool encoded = false;
  // Where each record came from, when the records themselves are gone and `seal.positions` does not tell.
  std::vector<Position> record_positions;
  // Pipeline memory the chunk still holds.
  uint64_t cost_bytes = 0;
  ChunkHistory history;
  absl::Time waiting_since;  // when it would have been sent, had nothing been in its way
  bool under_way = false;

  bool holds_errors() const { return !seal.failures.empty(); }
};
using ChunkWorkPtr = std::shared_ptr<ChunkWork>;

}  // namespace hydrant
