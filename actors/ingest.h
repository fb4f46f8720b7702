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

#include <functional>
#include <memory>
#include <vector>

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

using IngestWorkPtr = std::shared_ptr<IngestWork>;

struct IngestBatch {
  IngestWorkPtr work;
};
// Call `answered` once everything that came before is answered.
struct AnswerAll {
  std::function<void()> answered;
};

using Ingest = caf::typed_actor<caf::reacts_to<IngestBatch>, caf::reacts_to<AnswerAll>>;

// Where a stream's producers find its ingest actor, which changes when it is spawned anew. Any thread.
class IngestSlot {
 public:
  // To the actor; kept for the next one while the slot holds; else answered with why not.
  void Send(IngestWorkPtr work);
  // No actor: Set(Ingest{}). Another one than that gets what was held, and the slot holds no longer.
  void Set(Ingest ingest);
  // Producers wait for the next actor. `answered`: when those of the present one have their answers.
  void Hold(const std::function<void()>& answered);
  // Ends holding without another actor: who waits is told to send again.
  void Release();
  // For good: from now on every producer is told `why`.
  void Close(const Status& why);

 private:
  absl::Mutex mutex_;
  Ingest ingest_ ABSL_GUARDED_BY(mutex_);
  Status closed_ ABSL_GUARDED_BY(mutex_);
  bool holding_ ABSL_GUARDED_BY(mutex_) = false;
  // Bounded by the node's ingest memory, of which each has its part.
  std::vector<IngestWorkPtr> held_ ABSL_GUARDED_BY(mutex_);
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
HYDRANT_MESSAGE(AnswerAll)
