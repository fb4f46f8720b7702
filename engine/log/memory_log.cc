#include "engine/log/memory_log.h"

#include "engine/log/tail_cache.h"

#include <absl/strings/str_format.h>
#include <absl/synchronization/mutex.h>

#include <algorithm>
#include <utility>

namespace hydrant {
namespace {

// For batches that are cut because a reader asked for their middle, which is rare. Batches may
// outlive the log, so it lives as long as the process.
ArenaPool& CutPool() {
  static ArenaPool* pool = new ArenaPool(0);
  return *pool;
}

class MemoryLog final : public RecordLog {
 public:
  MemoryLog(LogOptions options, const Clock& clock) : options_(options), clock_(clock) {}
  ~MemoryLog() override {
    absl::MutexLock lock(&mutex_);
    if (options_.tail_memory != nullptr) options_.tail_memory->Give(BytesHeld());
  }

  Status Append(std::unique_ptr<RecordBatch> batch) override {
    if (batch->record_count() == 0) return InvalidArgument("append: the batch has no records");
    absl::MutexLock lock(&mutex_);
    const uint64_t bytes = batch->memory_bytes();
    while (!store_.empty() && OldestIsSettled() && BytesHeld() + bytes > options_.quota_bytes) {
      DropOldest();
    }
    if (BytesHeld() + bytes > options_.quota_bytes) {
      return ResourceExhausted(
          absl::StrFormat("the log is full: it holds %d bytes of the %d that its quota allows",
                          BytesHeld(), options_.quota_bytes));
    }
    while (options_.tail_memory != nullptr && !options_.tail_memory->TryTake(bytes)) {
      if (store_.empty() || !OldestIsSettled()) {
        return ResourceExhausted("the log is full: the node's memory for logs is in use");
      }
      DropOldest();
    }
    batch->set_first_position(append_position_);
    append_position_ = batch->end_position();
    unsynced_.Add(std::move(batch));
    return absl::OkStatus();
  }

  Status Sync() override {
    absl::MutexLock lock(&mutex_);
    for (const RecordBatchPtr& batch : unsynced_.batches()) {
      if (batch->source().end <= watermark_) settled_bytes_ += batch->memory_bytes();
      store_.Add(batch);
    }
    unsynced_.DropOver(0);
    durable_end_ = append_position_;
    return absl::OkStatus();
  }

  RecordBatchPtr ReadCached(Position from) const override {
    absl::MutexLock lock(&mutex_);
    return store_.Find(from);
  }

  // One batch, however large: it is in memory already.
  StatusOr<LogReadResult> Read(Position from, uint64_t /*bytes_max*/) override {
    LogReadResult result;
    {
      absl::MutexLock lock(&mutex_);
      result.batch = store_.FindFrom(from);
    }
    result.next = result.batch == nullptr ? from : result.batch->end_position();
    if (result.batch != nullptr && result.batch->first_position() < from) {
      const RecordBatch& whole = *result.batch;
      RecordBatchBuilder cut(CutPool(), whole.payload_bytes());
      cut.AddRecords(whole, from - whole.first_position(), whole.record_count());
      result.batch = std::move(cut).Build(whole.arrival(), from);
    }
    return result;
  }

  Status Trim(Position watermark, Position wanted_from) override {
    absl::MutexLock lock(&mutex_);
    for (Position at = watermark_; at < watermark;) {
      const RecordBatchPtr batch = store_.FindFrom(at);
      if (batch == nullptr || batch->end_position() > watermark) break;
      settled_bytes_ += batch->memory_bytes();
      at = batch->end_position();
    }
    watermark_ = std::max(watermark_, watermark);
    const absl::Time now = clock_.Now();
    while (!store_.empty() && OldestIsSettled() && store_.oldest().end_position() <= wanted_from &&
           (settled_bytes_ > options_.retention_bytes ||
            now - store_.oldest().arrival() > options_.retention_time)) {
      DropOldest();
    }
    return absl::OkStatus();
  }

  StatusOr<Position> FindTime(absl::Time time) override {
    absl::MutexLock lock(&mutex_);
    for (const RecordBatchPtr& batch : store_.batches()) {
      if (batch->arrival() >= time) return batch->first_position();
    }
    return durable_end_;
  }

  LogStats stats() const override {
    absl::MutexLock lock(&mutex_);
    LogStats stats;
    stats.begin = store_.empty() ? durable_end_ : store_.oldest().first_position();
    stats.durable_end = durable_end_;
    stats.cached_bytes = store_.bytes();
    return stats;
  }

  Position append_position() const override {
    absl::MutexLock lock(&mutex_);
    return append_position_;
  }

 private:
  uint64_t BytesHeld() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return store_.bytes() + unsynced_.bytes();
  }
  bool OldestIsSettled() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return store_.oldest().end_position() <= watermark_;
  }
  void DropOldest() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const uint64_t bytes = store_.oldest().memory_bytes();
    settled_bytes_ -= bytes;
    if (options_.tail_memory != nullptr) options_.tail_memory->Give(bytes);
    store_.DropOldest();
  }

  const LogOptions options_;
  const Clock& clock_;
  mutable absl::Mutex mutex_;
  TailCache store_ ABSL_GUARDED_BY(mutex_);
  TailCache unsynced_ ABSL_GUARDED_BY(mutex_);
  uint64_t settled_bytes_ ABSL_GUARDED_BY(mutex_) = 0;  // of the store, below the watermark
  Position watermark_ ABSL_GUARDED_BY(mutex_);
  Position append_position_ ABSL_GUARDED_BY(mutex_);
  Position durable_end_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

std::unique_ptr<RecordLog> MakeMemoryLog(LogOptions options, const Clock& clock) {
  return std::make_unique<MemoryLog>(options, clock);
}

}  // namespace hydrant
