#include "engine/record/record_batch.h"

#include "engine/base/check.h"

#include <algorithm>
#include <cstring>

namespace hydrant {

RecordBatchBuilder::RecordBatchBuilder(ArenaPool& pool, size_t payload_capacity,
                                       size_t record_capacity)
    : pool_(&pool), batch_(new RecordBatch) {
  batch_->arena_ = pool.Allocate(payload_capacity);
  batch_->ends_.reserve(record_capacity);
}

std::unique_ptr<RecordBatch> RecordBatchBuilder::Adopt(Arena arena, std::vector<uint32_t> ends,
                                                       absl::Time arrival) {
  HYDRANT_CHECK(ends.empty() || ends.back() <= arena.capacity());
  std::unique_ptr<RecordBatch> batch(new RecordBatch);
  batch->payload_ = arena.data();
  batch->arena_ = std::move(arena);
  batch->source_count_ = ends.size();
  batch->ends_ = std::move(ends);
  batch->arrival_ = arrival;
  return batch;
}

char* RecordBatchBuilder::Reserve(size_t size) {
  Arena& arena = batch_->arena_;
  if (used_ + size > arena.capacity()) {
    Arena larger = pool_->Allocate(std::max(used_ + size, arena.capacity() * 2));
    std::memcpy(larger.data(), arena.data(), used_);
    arena = std::move(larger);
  }
  return arena.data() + used_;
}

void RecordBatchBuilder::CommitRecord(size_t size) {
  used_ += size;
  HYDRANT_CHECK(used_ <= batch_->arena_.capacity() && used_ <= UINT32_MAX);
  batch_->ends_.push_back(static_cast<uint32_t>(used_));
}

void RecordBatchBuilder::CommitRecords(std::span<const uint32_t> ends, uint32_t from) {
  if (ends.empty()) return;
  const size_t base = used_;
  used_ += ends.back() - from;
  HYDRANT_CHECK(used_ <= batch_->arena_.capacity() && used_ <= UINT32_MAX);
  std::vector<uint32_t>& all = batch_->ends_;
  const size_t count = all.size();
  all.resize(count + ends.size());
  for (size_t i = 0; i < ends.size(); ++i) {
    all[count + i] = static_cast<uint32_t>(base + ends[i] - from);
  }
}

void RecordBatchBuilder::AddRecord(std::string_view record) {
  std::memcpy(Reserve(record.size()), record.data(), record.size());
  CommitRecord(record.size());
}

void RecordBatchBuilder::AddRecords(const RecordBatch& batch, size_t begin, size_t end) {
  const std::string_view bytes = batch.Records(begin, end);
  std::memcpy(Reserve(bytes.size()), bytes.data(), bytes.size());
  const uint32_t from = begin == 0 ? 0 : batch.ends()[begin - 1];
  CommitRecords(std::span(batch.ends()).subspan(begin, end - begin), from);
}

std::unique_ptr<RecordBatch> RecordBatchBuilder::Build(absl::Time arrival, Position first) && {
  batch_->payload_ = batch_->arena_.data();
  batch_->arrival_ = arrival;
  batch_->first_position_ = first;
  batch_->source_count_ = batch_->ends_.size();
  return std::move(batch_);
}

std::unique_ptr<RecordBatch> RecordBatchBuilder::BuildTransformed(
    absl::Time arrival, PositionRange source, std::vector<uint32_t> source_offsets) && {
  const bool dropped_all = record_count() == 0;
  const bool one_to_one = source_offsets.empty() && source.size() == record_count();
  HYDRANT_CHECK(dropped_all || one_to_one || source_offsets.size() == record_count());
  HYDRANT_CHECK(source_offsets.empty() || source_offsets.back() < source.size());
  std::unique_ptr<RecordBatch> batch = std::move(*this).Build(arrival, source.begin);
  batch->source_count_ = source.size();
  batch->source_offsets_ = std::move(source_offsets);
  return batch;
}

}  // namespace hydrant
