#include "engine/log/tail_cache.h"

#include "engine/base/check.h"

#include <algorithm>
#include <utility>

namespace hydrant {

void TailCache::Add(RecordBatchPtr batch) {
  HYDRANT_CHECK(batches_.empty() || batches_.back()->end_position() <= batch->first_position());
  const uint64_t bytes = batch->memory_bytes();
  while (memory_ != nullptr && !memory_->TryTake(bytes)) {
    if (empty()) return;
    DropOldest();
  }
  bytes_ += bytes;
  batches_.push_back(std::move(batch));
}

RecordBatchPtr TailCache::FindFrom(Position position) const {
  const auto at = std::partition_point(
      batches_.begin(), batches_.end(),
      [position](const RecordBatchPtr& batch) { return batch->end_position() <= position; });
  return at == batches_.end() ? nullptr : *at;
}

RecordBatchPtr TailCache::Find(Position position) const {
  RecordBatchPtr batch = FindFrom(position);
  return batch != nullptr && batch->first_position() <= position ? batch : nullptr;
}

void TailCache::DropOldest() {
  const uint64_t bytes = batches_.front()->memory_bytes();
  bytes_ -= bytes;
  if (memory_ != nullptr) memory_->Give(bytes);
  batches_.pop_front();
}

void TailCache::DropOver(uint64_t bytes_max) {
  while (bytes_ > bytes_max) DropOldest();
}

void TailCache::DropBelow(Position position) {
  while (!empty() && oldest().end_position() <= position) DropOldest();
}

}  // namespace hydrant
