// RecordBatch: an immutable run of records, their bytes back to back in one arena.
// Owner:   built by one thread, then shared as std::shared_ptr<const RecordBatch> by any
// Units:   payload bytes at most 4 GiB - 1 (ends are 32-bit); a record is at most 1,024,000 bytes at ingest
#pragma once

#include "engine/record/arena.h"
#include "engine/record/position.h"

#include <absl/time/time.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace hydrant {

class RecordBatch {
 public:
  size_t record_count() const { return ends_.size(); }
  uint64_t payload_bytes() const { return ends_.empty() ? 0 : ends_.back(); }
  // What the batch holds in memory, its arena whole.
  uint64_t memory_bytes() const { return arena_.capacity() + ends_.capacity() * sizeof(uint32_t); }

  std::string_view Record(size_t i) const { return Records(i, i + 1); }
  // The bytes of records [begin, end), back to back.
  std::string_view Records(size_t begin, size_t end) const {
    const uint32_t from = begin == 0 ? 0 : ends_[begin - 1];
    const uint32_t to = end == 0 ? 0 : ends_[end - 1];
    return {payload_ + from, to - from};
  }
  std::string_view payload() const { return {payload_, payload_bytes()}; }
  // End offset of each record, from the start of the payload.
  const std::vector<uint32_t>& ends() const { return ends_; }

  // The records of the log that this batch stands for, those a transform dropped included.
  PositionRange source() const { return {first_position_, first_position_ + source_count_}; }
  Position first_position() const { return first_position_; }
  Position end_position() const { return first_position_ + source_count_; }
  // The log record that record i came from.
  Position PositionOf(size_t i) const {
    return first_position_ + (source_offsets_.empty() ? i : source_offsets_[i]);
  }
  // Whether record i came from the log record first_position() + i, for all of them.
  bool keeps_positions() const { return source_offsets_.empty() && source_count_ == ends_.size(); }
  // The log records that records [begin, end) settle: up to the next record's own, dropped ones included.
  PositionRange Covered(size_t begin, size_t end) const {
    return {begin == 0 ? first_position_ : PositionOf(begin),
            end == record_count() ? end_position() : PositionOf(end)};
  }
  // When the oldest record of the batch arrived.
  absl::Time arrival() const { return arrival_; }

  // Set once, by the log, before the batch is shared. All positions of the batch move along.
  void set_first_position(Position position) { first_position_ = position; }

 private:
  friend class RecordBatchBuilder;
  RecordBatch() = default;

  Arena arena_;
  const char* payload_ = nullptr;
  std::vector<uint32_t> ends_;
  Position first_position_;
  uint64_t source_count_ = 0;
  std::vector<uint32_t> source_offsets_;  // empty: record i came from first_position_ + i
  absl::Time arrival_;
};

using RecordBatchPtr = std::shared_ptr<const RecordBatch>;

// A run of records [begin, end) of a batch.
struct Slice {
  RecordBatchPtr batch;
  uint32_t begin = 0;
  uint32_t end = 0;

  uint64_t record_count() const { return end - begin; }
  std::string_view bytes() const { return batch->Records(begin, end); }
  PositionRange positions() const { return batch->Covered(begin, end); }
};

// Fills one arena, record by record. Not thread-safe.
//   char* at = builder.Reserve(n); … write k <= n bytes …; builder.CommitRecord(k);
class RecordBatchBuilder {
 public:
  // `payload_capacity` is a first guess: the arena grows (by copying) when it is passed.
  RecordBatchBuilder(ArenaPool& pool, size_t payload_capacity, size_t record_capacity = 0);
  RecordBatchBuilder(RecordBatchBuilder&&) = default;
  RecordBatchBuilder& operator=(RecordBatchBuilder&&) = default;

  // A batch of records that lie in `arena` already, back to back from its start; `ends` as in RecordBatch.
  // For sources whose request body is the payload: nothing is copied.
  static std::unique_ptr<RecordBatch> Adopt(Arena arena, std::vector<uint32_t> ends,
                                            absl::Time arrival);

  // Room for `size` more bytes behind the committed ones; the pointer holds until the next call.
  char* Reserve(size_t size);
  // Makes the next `size` bytes a record.
  void CommitRecord(size_t size);
  // Makes the next bytes several records: their ends, on a scale where the first one starts at `from`.
  void CommitRecords(std::span<const uint32_t> ends, uint32_t from);
  void AddRecord(std::string_view record);
  // Adds records [begin, end) of another batch in one copy.
  void AddRecords(const RecordBatch& batch, size_t begin, size_t end);

  size_t record_count() const { return batch_->ends_.size(); }
  uint64_t payload_bytes() const { return used_; }
  uint64_t memory_bytes() const { return batch_->memory_bytes(); }

  // Ends the builder. The batch's positions count from `first`.
  std::unique_ptr<RecordBatch> Build(absl::Time arrival, Position first = {}) &&;
  // For transforms: the batch stands for the log records `source`, and its record i came from
  // source.begin + source_offsets[i] (ascending; one for each record; empty when nothing was
  // dropped or split, so that record i came from source.begin + i, or when all were dropped).
  std::unique_ptr<RecordBatch> BuildTransformed(absl::Time arrival, PositionRange source,
                                                std::vector<uint32_t> source_offsets) &&;

 private:
  ArenaPool* pool_;
  std::unique_ptr<RecordBatch> batch_;
  size_t used_ = 0;
};

}  // namespace hydrant
