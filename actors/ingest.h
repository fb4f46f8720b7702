// Ingest: gathers the appends of one shard while its log writer commits, and answers them.
// Role:    one AppendBatches is under way at a time; what arrives meanwhile makes the next. Many small
//          requests that wait for the same commit are coalesced into one batch (one frame on disk).
// Spawned: by the stream supervisor, one a shard.
// Bound:   each waiting batch holds a reservation of the node's ingest memory.
// On death: every batch whose append is not confirmed is answered kUnavailable (IngestWork's destructor).
#pragma once

#include "actors/caf_types.h"
#include "actors/log_writer.h"
#include "actors/stream_probe.h"
#include "engine/component.h"

#include <absl/synchronization/mutex.h>

#include <memory>

namespace hydrant {

// One request's batch on its way to the log. Answers exactly once, at the latest when it ends.
struct IngestWork {
  IngestWork(std::unique_ptr<RecordBatch> b, MemoryReservation r, AppendDone d)
      : batch(std::move(b)), reservation(std::move(r)), done(std::move(d)) {}
  ~IngestWork();
  IngestWork(const IngestWork&) = delete;
  IngestWork& operator=(const IngestWork&) = delete;
  void Answer(StatusOr<AppendReceipt> result);

  std::unique_ptr<RecordBatch> batch;
  MemoryReservation reservation;
  AppendDone done;
};

struct IngestBatch {
  std::shared_ptr<IngestWork> work;
};

using Ingest = caf::typed_actor<caf::reacts_to<IngestBatch>>;

// Where a stream's producers find its ingest actor, which changes when it is spawned anew. Any thread.
class IngestSlot {
 public:
  void Set(Ingest ingest) {
    absl::MutexLock lock(&mutex_);
    ingest_ = std::move(ingest);
  }
  // For good: from now on every producer is told `why`.
  void Close(Status why) {
    absl::MutexLock lock(&mutex_);
    closed_ = std::move(why);
  }
  StatusOr<Ingest> Get() const {
    absl::MutexLock lock(&mutex_);
    if (!closed_.ok()) return closed_;
    if (!ingest_) return Unavailable("The stream does not run at the moment.");
    return ingest_;
  }

 private:
  mutable absl::Mutex mutex_;
  Ingest ingest_ ABSL_GUARDED_BY(mutex_);
  Status closed_ ABSL_GUARDED_BY(mutex_);
};

struct IngestOptions {
  ShardPtr shard;
  std::shared_ptr<StreamProbe> probe;
  LogWriter writer;
  ArenaPool* pool = nullptr;
  // Batches up to this size are coalesced: a copy is cheaper than a frame and an answer of their own.
  uint64_t coalesce_bytes_max = 32 * 1024;
  uint64_t append_bytes_max = 16 << 20;  // what one AppendBatches may carry
};

Ingest SpawnIngest(caf::actor_system& system, IngestOptions options);

}  // namespace hydrant

HYDRANT_MESSAGE(IngestBatch)
