// TailCache: recent batches in memory, found by position in O(log n), the oldest dropped first.
// Owner:   not thread-safe: caller serializes
// Units:   bytes as RecordBatch::memory_bytes counts them: what is really resident
#pragma once

#include "engine/record/memory_budget.h"
#include "engine/record/record_batch.h"

#include <cstdint>
#include <deque>

namespace hydrant {

class TailCache {
 public:
  // What it holds is taken from `memory`, when there is one, which must outlive it.
  explicit TailCache(MemoryBudget* memory = nullptr) : memory_(memory) {}
  ~TailCache() { DropOver(0); }
  TailCache(const TailCache&) = delete;
  TailCache& operator=(const TailCache&) = delete;

  // Positions must rise from batch to batch. When the memory budget has no room, older batches go, and
  // at last the new one is not kept: a cache may have holes.
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
  MemoryBudget* const memory_;
  std::deque<RecordBatchPtr> batches_;
  uint64_t bytes_ = 0;
};

}  // namespace hydrant
