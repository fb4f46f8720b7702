// RunningStream: all that the registry holds of one stream.
// Owner:   the registry's maintenance thread changes it; status readers look on from any thread
#pragma once

#include "actors/stream_intake.h"
#include "actors/stream_routes.h"
#include "actors/stream_supervisor.h"

#include <absl/synchronization/mutex.h>
#include <caf/send.hpp>

#include <algorithm>
#include <atomic>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hydrant {

// A function that does `work` once: when it is called, or when its last copy goes because the actor that it
// was sent to is gone. So nobody waits for ever.
std::function<void()> OnceOrWhenDropped(std::function<void()> work);

class RunningStream {
 public:
  StreamDefinitionPtr definition;
  StreamRoutes routes;
  std::vector<std::shared_ptr<Transform>> transforms;
  std::shared_ptr<StreamProbe> probe;
  std::shared_ptr<StreamProbe> backup_probe;  // null without a backup of all records
  std::shared_ptr<IngestSlot> slot;
  std::shared_ptr<LocalIntake> intake;
  std::atomic<bool> ended{false};
  // It has followed one of another definition, in whose way chunks are named that are in its ledger.
  bool is_changed = false;
  std::optional<uint64_t> backlog_at_end;  // nothing when its log could not be opened

  ShardPtr shard() const {
    absl::MutexLock lock(&mutex_);
    return shard_;
  }
  // Of its branches, the stream's own first.
  std::vector<ShardLedgerPtr> ledgers() const {
    absl::MutexLock lock(&mutex_);
    return ledgers_;
  }
  void SetShard(ShardPtr shard, std::vector<ShardLedgerPtr> ledgers) {
    absl::MutexLock lock(&mutex_);
    shard_ = std::move(shard);
    ledgers_ = std::move(ledgers);
  }
  const std::shared_ptr<Sink>& sink() const { return routes.destinations.front().sink; }
  void SetSupervisor(StreamSupervisor supervisor) {
    absl::MutexLock lock(&mutex_);
    supervisor_ = std::move(supervisor);
  }
  // To nobody when the stream has no supervisor (its log could not be opened): the message is dropped.
  template <typename Message>
  void Send(Message message) {
    StreamSupervisor supervisor;
    {
      absl::MutexLock lock(&mutex_);
      supervisor = supervisor_;
    }
    if (supervisor) caf::anon_send(supervisor, std::move(message));
  }

  // Why the stream does not run; empty when it does.
  std::string failure() const {
    absl::MutexLock lock(&mutex_);
    return failure_;
  }
  void SetFailure(std::string why) {
    absl::MutexLock lock(&mutex_);
    failure_ = std::move(why);
  }

  // What was found wrong with the log when it was opened, and does not keep the stream from running.
  std::vector<std::string> problems() const {
    absl::MutexLock lock(&mutex_);
    return problems_;
  }
  void SetProblems(std::vector<std::string> found) {
    absl::MutexLock lock(&mutex_);
    problems_ = std::move(found);
  }

  // Records in the log that are not settled.
  uint64_t BacklogRecords() const;
  // The same in bytes on disk, taking records as of equal size.
  uint64_t BacklogBytes() const;

  // Written by the registry's watcher alone.
  uint64_t seen_in = 0;
  uint64_t seen_out = 0;
  std::atomic<double> in_per_second{0};
  std::atomic<double> out_per_second{0};
  int reopen_after_ticks = 0;
  std::atomic<bool> reopening{false};
  uint64_t seen_watermark = 0;
  // Since when there is a backlog of which nothing was settled.
  std::atomic<int64_t> stuck_since_us{INT64_MAX};

 private:
  mutable absl::Mutex mutex_;
  ShardPtr shard_ ABSL_GUARDED_BY(mutex_);
  std::vector<ShardLedgerPtr> ledgers_ ABSL_GUARDED_BY(mutex_);
  StreamSupervisor supervisor_ ABSL_GUARDED_BY(mutex_);
  std::string failure_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> problems_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hydrant
