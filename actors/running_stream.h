// RunningStream: all that the registry holds of one stream.
// Owner:   the registry's maintenance thread changes it; status readers look on from any thread
#pragma once

#include "actors/stream_intake.h"
#include "actors/stream_routes.h"
#include "actors/stream_supervisor.h"

#include <absl/synchronization/mutex.h>
#include <absl/synchronization/notification.h>
#include <absl/time/time.h>
#include <caf/send.hpp>

#include <algorithm>
#include <atomic>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hydrant {

// A function that does `work` once: when it is called, or when its last copy goes because the actor that it
// was sent to is gone. So nobody waits for ever.
std::function<void()> OnceOrWhenDropped(std::function<void()> work);

// Since when nothing has got on that waits. Noted by the registry's watcher, read by any thread.
class Progress {
 public:
  // `mark` changes when something gets on.
  void Note(absl::Time now, bool waits, uint64_t mark) {
    const bool moved = mark != std::exchange(mark_, mark);
    if (!waits) {
      stuck_since_us_ = INT64_MAX;
    } else if (moved || stuck_since_us_ == INT64_MAX) {
      stuck_since_us_ = absl::ToUnixMicros(now);
    }
  }
  // InfiniteFuture: nothing waits.
  absl::Time stuck_since() const {
    const int64_t since = stuck_since_us_;
    return since == INT64_MAX ? absl::InfiniteFuture() : absl::FromUnixMicros(since);
  }

 private:
  uint64_t mark_ = 0;
  std::atomic<int64_t> stuck_since_us_{INT64_MAX};
};

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
  std::atomic<uint64_t> quota_bytes{0};    // of its log
  std::optional<uint64_t> backlog_at_end;  // undelivered; nothing when its log could not be opened
  // It follows one of another definition, whose actors may not have ended yet.
  std::shared_ptr<absl::Notification> changed;  // null: it follows none
  bool is_changing() const { return changed && !changed->HasBeenNotified(); }
  bool told_no_room = false;  // the watcher's

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

  // What runs now, and the shard that it runs on; neither when it does not run.
  std::pair<StreamSupervisor, ShardPtr> running() const {
    absl::MutexLock lock(&mutex_);
    if (!supervisor_ || !shard_) return {};
    return {supervisor_, shard_};
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

  // Records in the log that are not settled for every branch; for one.
  uint64_t BacklogRecords() const;
  uint64_t OwnBacklogRecords() const;
  uint64_t BackupBacklogRecords() const;  // 0 without a backup
  // Of the backlog, without what another destination has.
  uint64_t UndeliveredRecords() const;
  // Of all branches, in bytes on disk, taking records as of equal size.
  uint64_t BacklogBytes() const;

  // Written by the registry's watcher alone.
  std::atomic<uint64_t> seen_in{0};
  std::atomic<uint64_t> seen_out{0};
  std::atomic<double> in_per_second{0};
  std::atomic<double> out_per_second{0};
  // The counters go on over a change of the definition.
  void FollowRates(const RunningStream& before) {
    seen_in = before.seen_in.load();
    seen_out = before.seen_out.load();
    in_per_second = before.in_per_second.load();
    out_per_second = before.out_per_second.load();
  }
  int reopen_after_ticks = 0;
  std::atomic<bool> reopening{false};
  void NoteProgress(absl::Time now);
  Progress progress;  // of the stream's own deliveries
  Progress backup_progress;
  Progress errors_progress;  // of records that were given up, to the error output

 private:
  static uint64_t BacklogOf(const ShardLedger& ledger);

  mutable absl::Mutex mutex_;
  ShardPtr shard_ ABSL_GUARDED_BY(mutex_);
  std::vector<ShardLedgerPtr> ledgers_ ABSL_GUARDED_BY(mutex_);
  StreamSupervisor supervisor_ ABSL_GUARDED_BY(mutex_);
  std::string failure_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> problems_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hydrant
