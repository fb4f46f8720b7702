// TailCache: consecutive batches in memory, found by position in O(log n), the oldest dropped
// first. Owner:   not thread-safe: caller serializes Units:   bytes as RecordBatch::memory_bytes
// counts them: what is really resident
#pragma once

#include "engine/record/record_batch.h"

#include <cstdint>
#include <deque>

namespace hydrant {

class TailCache {
 public:
  // Positions must rise from batch to batch.
  void Add(RecordBatchPtr batch);
  // The batch that holds `position`, or null.
  RecordBatchPtr Find(Position position) const;
  // The batch that holds `position` or, when none does, the next one; null behind the last.
  RecordBatchPtr FindFrom(Position position) const;
  void DropOldest();
  void DropOver(uint64_t bytes_max);
  void DropBelow(Position position);

  bool empty() const { return batches_.empty(); }
  const RecordBatch& oldest() const { return *batches_.front(); }
  uint64_t bytes() const { return bytes_; }
  size_t size() const { return batches_.size(); }
  const std::deque<RecordBatchPtr>& batches() const { return batches_; }

 private:
  std::deque<RecordBatchPtr> batches_;
  uint64_t bytes_ = 0;
};

}  // namespace hydrant
