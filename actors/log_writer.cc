#include "actors/log_writer.h"

#include "engine/base/check.h"
#include "engine/base/logging.h"

#include <absl/container/flat_hash_map.h>
#include <caf/actor_system.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace hydrant {
namespace {

struct PendingAppend {
  ShardPtr shard;
  std::shared_ptr<AppendWork> work;
  caf::typed_response_promise<BatchesAppended> promise;
};
struct PendingEntry {
  WriteLedger write;
  caf::typed_response_promise<LedgerWritten> promise;
};

// A status for each shard or ledger of a group, in the order in which they came: nothing goes by addresses, so that
// one schedule is always the same.
template <typename Key>
class Statuses {
 public:
  Status& Of(Key* key) {
    const auto [at, is_new] = index_.emplace(key, all_.size());
    if (is_new) all_.emplace_back(key, absl::OkStatus());
    return all_[at->second].second;
  }
  auto begin() { return all_.begin(); }
  auto end() { return all_.end(); }

 private:
  absl::flat_hash_map<Key*, size_t> index_;
  std::vector<std::pair<Key*, Status>> all_;
};

struct LogWriterState {
  LogWriterState() {}
  static inline const char* name = "hydrant.log_writer";

  LogWriter::pointer self = nullptr;
  std::vector<PendingAppend> appends;
  std::vector<PendingEntry> entries;
  // One a branch, in the order they came, for the same reason.
  std::vector<std::pair<const ShardLedger*, std::function<void(Position)>>> watchers;
  bool commit_scheduled = false;

  // The commit message queues behind everything that is already in the mailbox: that is the group.
  void ScheduleCommit() {
    if (std::exchange(commit_scheduled, true)) return;
    self->send(self, CommitNow{});
  }

  void Commit() {
    commit_scheduled = false;
    CommitAppends(std::exchange(appends, {}));
    CommitEntries(std::exchange(entries, {}));
  }

  void CommitAppends(std::vector<PendingAppend> group);
  void CommitEntries(std::vector<PendingEntry> group);
  void Advanced(const Shard& shard);
};

// Memory may run out. What was written is then unknown, as after an error of the disk; one shard's trouble must not
// end the writer of many.
template <typename Work>
Status Guarded(Shard& shard, Work work) {
  if (shard.poisoned) return Unavailable("the log is about to be opened again");
  try {
    return work();
  } catch (const std::exception& error) {
    shard.poisoned = true;
    shard.failed = true;
    return Internal(error.what());
  }
}

// Returns an error after which the log must not be written on.
Status WriteBatches(Shard& shard, AppendWork& work) {
  Status fatal;
  work.results.reserve(work.batches.size());
  for (std::unique_ptr<RecordBatch>& batch : work.batches) {
    const Position first = shard.log->append_position();
    Status status = Guarded(shard, [&] { return shard.log->Append(std::move(batch)); });
    if (status.ok()) {
      work.results.emplace_back(first);
    } else {
      const bool refused = absl::IsResourceExhausted(status) || absl::IsInvalidArgument(status);
      if (!refused) fatal.Update(status);
      work.results.emplace_back(std::move(status));
    }
  }
  work.batches.clear();
  return fatal;
}

// A full disk is told once: producers send again as long as it lasts.
void NoteFailure(Shard& shard, const Status& status) {
  const bool no_room = absl::IsResourceExhausted(status);
  if (!no_room) shard.failed = true;
  if (no_room && std::exchange(shard.has_no_room, true)) return;
  LogError("Records could not be made durable; their producers were told to send them again.",
           {{"shard", shard.name}, {"error", Message(status)}});
}

void NoteSuccess(Shard& shard, const AppendWork& work) {
  const bool taken = std::any_of(work.results.begin(), work.results.end(),
                                 [](const StatusOr<Position>& result) { return result.ok(); });
  if (taken && std::exchange(shard.has_no_room, false)) {
    LogInfo("There is room for records again.", {{"shard", shard.name}});
  }
}

void LogWriterState::CommitAppends(std::vector<PendingAppend> group) {
  Statuses<Shard> synced;
  for (PendingAppend& append : group) {
    const Status written = WriteBatches(*append.shard, *append.work);
    synced.Of(append.shard.get()).Update(written);
  }
  for (auto& [shard, status] : synced) {
    if (status.ok()) status = Guarded(*shard, [log = shard->log.get()] { return log->Sync(); });
    if (status.ok()) {
      Advanced(*shard);
    } else {
      NoteFailure(*shard, status);
    }
  }
  for (PendingAppend& append : group) {
    const Status& status = synced.Of(append.shard.get());
    if (status.ok()) {
      NoteSuccess(*append.shard, *append.work);
    } else {
      for (StatusOr<Position>& result : append.work->results) result = status;
    }
    append.promise.deliver(BatchesAppended{});
  }
}

Status WriteEntry(const WriteLedger& write) {
  ShardLedger& held = *write.ledger;
  Status status = Guarded(*held.shard, [&] { return held.ledger->Write(write.entry); });
  held.Observe();
  return status;
}

Status SyncLedger(ShardLedger& held) {
  Status status = Guarded(*held.shard, [&] { return held.ledger->Sync(); });
  if (status.ok()) held.synced_watermark = held.ledger->state().watermark;
  return status;
}

// Only what the ledgers know durably may be forgotten by the log: else a power loss could bring back a
// chunk whose records are gone.
void Trim(Shard& shard) {
  Status status = Guarded(
      shard, [&] { return shard.log->Trim(shard.synced_watermark(), shard.wanted_by_replays()); });
  if (!status.ok()) {
    LogWarn("Delivered records could not be removed from the log.",
            {{"shard", shard.name}, {"error", Message(status)}});
  }
}

// An entry that was written in an earlier try, whose answer was an error, is no error now.
Status AcceptRepeated(const WriteLedger& write, const Status& status) {
  const bool sealed = std::holds_alternative<SealChunk>(write.entry);
  const bool again = sealed ? absl::IsAlreadyExists(status) : absl::IsNotFound(status);
  return again ? absl::OkStatus() : status;
}

bool MustBeDurable(const LedgerEntry& entry) {
  return std::holds_alternative<SealChunk>(entry) || std::holds_alternative<RerouteChunk>(entry);
}

void NoteLedgerFailure(Shard& shard, const Status& status) {
  if (status.ok() || absl::IsResourceExhausted(status) || absl::IsInvalidArgument(status)) return;
  LogError("The ledger could not be written; the stream's log is opened again.",
           {{"shard", shard.name}, {"error", Message(status)}});
  shard.failed = true;
}

void LogWriterState::CommitEntries(std::vector<PendingEntry> group) {
  // Only names must be durable before they are answered: after a lost `finished` entry the chunk is
  // delivered once more under its own name.
  Statuses<ShardLedger> named;
  std::vector<Status> results;
  results.reserve(group.size());
  for (const PendingEntry& entry : group) {
    ShardLedger& ledger = *entry.write.ledger;
    results.push_back(AcceptRepeated(entry.write, WriteEntry(entry.write)));
    NoteLedgerFailure(*ledger.shard, results.back());
    if (MustBeDurable(entry.write.entry)) named.Of(&ledger) = absl::OkStatus();
  }
  for (auto& [ledger, status] : named) {
    status = SyncLedger(*ledger);
    NoteLedgerFailure(*ledger->shard, status);
    if (status.ok()) Trim(*ledger->shard);
  }
  for (size_t i = 0; i < group.size(); ++i) {
    const WriteLedger& write = group[i].write;
    if (results[i].ok() && MustBeDurable(write.entry)) results[i] = named.Of(write.ledger.get());
    group[i].promise.deliver(LedgerWritten{results[i]});
  }
}

void SyncAndTrim(ShardLedger& ledger) {
  const Status status = SyncLedger(ledger);
  NoteLedgerFailure(*ledger.shard, status);
  if (status.ok()) Trim(*ledger.shard);
}

void LogWriterState::Advanced(const Shard& shard) {
  const Position end = shard.log->stats().durable_end;
  for (const auto& [ledger, advanced] : watchers) {
    if (ledger->shard == &shard) advanced(end);
  }
}

LogWriter::behavior_type LogWriterBehavior(LogWriter::stateful_pointer<LogWriterState> self,
                                           LogWriterOptions /*options*/) {
  LogWriterState& state = self->state;
  state.self = self;
  return {
      [self](AppendBatches& append) {
        auto promise = self->make_response_promise<BatchesAppended>();
        self->state.appends.push_back({append.shard, append.work, promise});
        self->state.ScheduleCommit();
        return promise;
      },
      [self](WriteLedger& write) {
        auto promise = self->make_response_promise<LedgerWritten>();
        self->state.entries.push_back({std::move(write), promise});
        self->state.ScheduleCommit();
        return promise;
      },
      [self](const ReadLedger& read) {
        // Entries that wait for their commit came first.
        self->state.Commit();
        return LedgerSnapshot{read.ledger->ledger->state()};
      },
      [self](WatchShard& watch) {
        auto& watchers = self->state.watchers;
        std::erase_if(watchers,
                      [&](const auto& other) { return other.first == watch.ledger.get(); });
        if (!watch.advanced) return;
        watch.advanced(watch.ledger->shard->log->stats().durable_end);
        watchers.emplace_back(watch.ledger.get(), std::move(watch.advanced));
      },
      [](const TrimShard& trim) { SyncAndTrim(*trim.ledger); },
      [self](CommitNow) { self->state.Commit(); },
  };
}

}  // namespace

LogWriter SpawnLogWriter(caf::actor_system& system, LogWriterOptions options) {
  if (options.detached) return system.spawn<caf::detached>(LogWriterBehavior, options);
  return system.spawn(LogWriterBehavior, options);
}

}  // namespace hydrant
