// The watching half of StreamRegistry: rates, the node's disk quota, retention by time, failed logs.
#include "actors/running_stream.h"
#include "actors/stream_registry.h"
#include "engine/base/logging.h"
#include "engine/config/values.h"
#include "engine/log/memory_ledger.h"

#include <absl/cleanup/cleanup.h>
#include <absl/time/clock.h>

#include <algorithm>
#include <utility>

namespace hydrant {
namespace {

constexpr absl::Duration kWatchInterval = absl::Seconds(1);
constexpr int kTrimEveryTicks = 10;
constexpr int kReopenEveryTicks = 10;
// The disk is never filled to its last bytes: other programs, and the ledger, need some.
constexpr uint64_t kDiskReserveBytes = 256 << 20;
constexpr double kRateSmoothing = 0.3;
constexpr absl::Duration kReleaseWaitMax = absl::Seconds(5);
constexpr absl::Duration kReleasePoll = absl::Milliseconds(10);

void Smooth(std::atomic<double>& rate, uint64_t total, std::atomic<uint64_t>& seen) {
  const auto now = static_cast<double>(total - seen) / absl::ToDoubleSeconds(kWatchInterval);
  rate = rate * (1 - kRateSmoothing) + now * kRateSmoothing;
  seen = total;
}

// Producers that were refused may not come again: then the backlog tells.
void NoteRoom(RunningStream& stream) {
  if (stream.BacklogBytes() < stream.quota_bytes / 2) stream.probe->SetHasNoRoom(false);
  const bool none = stream.probe->has_no_room();
  if (none == std::exchange(stream.told_no_room, none)) return;
  if (none) {
    LogError("Producers of a stream are told to slow down: its log has no room.",
             {{"stream", stream.definition->name}, {"quota_bytes", stream.quota_bytes.load()}});
  } else {
    LogInfo("There is room for records of the stream again.",
            {{"stream", stream.definition->name}});
  }
}

// A stream in memory that has got a backup: of what is not delivered yet, and what comes.
void AddMissingLedger(RunningStream& stream) {
  std::vector<ShardLedgerPtr> ledgers = stream.ledgers();
  if (!stream.routes.backup || ledgers.size() > 1) return;
  std::unique_ptr<Ledger> ledger = MakeMemoryLedger();
  const Position settled{ledgers.front()->watermark.load()};
  if (settled > Position{}) {
    ledger->Write(SettlePositions{{{Position{}, settled}}})
        .IgnoreError();  // in memory it can't fail
  }
  ledgers.push_back(AddLedger(stream.shard(), kBackupBranch, std::move(ledger)));
  stream.SetShard(stream.shard(), std::move(ledgers));
}

}  // namespace

void StreamRegistry::Watch() {
  int tick = 0;
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      if (mutex_.AwaitWithTimeout(absl::Condition(&stopping_), kWatchInterval)) return;
    }
    WatchOnce(++tick % kTrimEveryTicks == 0);
  }
}

void StreamRegistry::WatchOnce(bool trim) {
  uint64_t backlog_bytes = 0;
  for (const StreamPtr& stream : Streams()) {
    Smooth(stream->in_per_second, stream->probe->appended_records(), stream->seen_in);
    Smooth(stream->out_per_second, stream->probe->delivered_records(), stream->seen_out);
    stream->NoteProgress(options_.sinks.clock->Now());
    const ShardPtr shard = stream->shard();
    backlog_bytes += stream->BacklogBytes();
    NoteRoom(*stream);
    if (shard && trim) stream->Send(TrimLog{});
    const bool failed = shard ? shard->failed.load() : true;
    if (failed && !stream->reopening && stream->reopen_after_ticks-- <= 0) {
      stream->reopen_after_ticks = kReopenEveryTicks;
      stream->reopening = true;
      Post([this, stream] { Reopen(stream); });
    }
  }
  // A little below the quota: a log refuses what would pass it, so the sum never gets there.
  const bool quota_reached = backlog_bytes > options_.config->log.quota_bytes / 100 * 95;
  const StatusOr<uint64_t> free = options_.files->FreeBytes(options_.config->data_dir);
  const uint64_t lacking =
      free.ok() && *free < kDiskReserveBytes ? kDiskReserveBytes - *free : uint64_t{0};
  disk_lacking_bytes_ = lacking;
  const bool full = quota_reached || lacking > 0;
  if (full == disk_full_.exchange(full)) return;
  if (full) {
    LogError("Producers are told to slow down: " + WhyFull(),
             {{"backlog_bytes", backlog_bytes},
              {"quota_bytes", options_.config->log.quota_bytes},
              {"disk_lacking_bytes", lacking}});
  } else {
    LogInfo("There is room for records again.", {{"backlog_bytes", backlog_bytes}});
  }
}

std::string StreamRegistry::WhyFull() const {
  const uint64_t lacking = disk_lacking_bytes_;
  if (lacking == 0) {
    return "log.quota (" + RenderSize(options_.config->log.quota_bytes) +
           ") is reached by records that are not delivered; see to the destinations, or raise it";
  }
  constexpr uint64_t kMiB = 1 << 20;
  return "the disk of data_dir (" + options_.config->data_dir +
         ") is nearly full: hydrant leaves " + RenderSize(kDiskReserveBytes) +
         " of it free; free " + std::to_string((lacking + kMiB - 1) / kMiB) + " MiB more";
}

// A log that failed (or never opened) is opened again; what it holds is checked as after a crash. One at a time
// for each stream: the watcher waits for `reopening` to end.
void StreamRegistry::Reopen(const StreamPtr& stream) {
  auto stopped = [this, stream] {
    Post([this, stream] {
      const auto done = absl::MakeCleanup([&] { stream->reopening = false; });
      stream->SetSupervisor(StreamSupervisor{});
      if (OpenAgain(stream)) {
        LogInfo("The stream's log is open again.", {{"stream", stream->definition->name}});
      }
    });
  };
  ExpectReplaysEnd(stream->definition->name, "the stream's log failed and was opened again");
  // StopAll sends its EndStream after ours, or we send none: its answer must be the last.
  absl::MutexLock lock(&mutex_);
  if (!stopping_) stream->Send(EndStream{OnceOrWhenDropped(stopped)});
}

bool StreamRegistry::OpenAgain(const StreamPtr& stream) {
  {
    absl::MutexLock lock(&mutex_);
    auto found = streams_.find(stream->definition->name);
    if (stopping_ || found == streams_.end() || found->second != stream) return false;
  }
  if (Status opened = OpenReleased(*stream); !opened.ok()) {
    stream->SetFailure(opened.ToString());
    LogError("The stream's log can't be opened; it is tried again.",
             {{"stream", stream->definition->name}, {"error", Message(opened)}});
    return false;
  }
  Launch(stream);
  return true;
}

// Messages on their way to the log writer or reader may still hold the old log, and its lock.
Status StreamRegistry::OpenReleased(RunningStream& stream) {
  ShardPtr old = stream.shard();
  if (old && old->in_memory) {  // there is nothing to open it from
    old->poisoned = false;
    old->failed = false;
    AddMissingLedger(stream);
    return absl::OkStatus();
  }
  stream.SetShard(nullptr, {});
  const std::weak_ptr<Shard> released = std::exchange(old, nullptr);
  const absl::Time deadline = absl::Now() + kReleaseWaitMax;
  while (!released.expired() && absl::Now() < deadline) absl::SleepFor(kReleasePoll);
  return OpenShard(stream);
}

}  // namespace hydrant
