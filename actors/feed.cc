#include "actors/feed.h"

#include "engine/base/check.h"
#include "engine/base/logging.h"

#include <caf/actor_system.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <chrono>
#include <deque>
#include <utility>

namespace hydrant {
namespace {

constexpr uint64_t kReadBytesMin = 64 << 10;
constexpr uint64_t kReadBytesMax = 1 << 20;
constexpr std::chrono::milliseconds kMemoryRetryDelay{20};
constexpr std::chrono::milliseconds kBlockedDelay{250};
constexpr std::chrono::milliseconds kReadRetryDelay{1000};

// Records to be read in order. Rebuilds are finite; the last run is the live one, without an end.
struct Run {
  std::shared_ptr<const ChunkSeal> rebuild;
  std::deque<PositionRange> ranges;
};

struct FeedState {
  FeedState() {}
  static inline const char* name = "hydrant.feed";
  ~FeedState() {
    if (options.memory != nullptr) options.memory->Give(in_flight_bytes);
  }

  Feed::pointer self = nullptr;
  FeedOptions options;
  std::deque<Run> runs;
  PositionRanges excluded;  // settled, or in a chunk that is rebuilt: not for the live run
  PositionRanges told;      // of lost records
  Position durable_end;
  uint64_t sequence = 0;
  uint64_t in_flight_bytes = 0;
  uint64_t run_bytes = 0;       // part of in_flight_bytes: emitted for the rebuild under way
  uint64_t reserved_bytes = 0;  // part of in_flight_bytes: taken for the read under way
  bool reading = false;
  bool pump_scheduled = false;
  bool draining = false;
  bool knows_end = false;  // durable_end was told

  void Plan();
  void Pump();
  bool NextRange(PositionRange* range);
  bool HasCredit(uint64_t bytes);
  // A transform makes a batch of about the same size beside the one it reads.
  uint64_t Cost(const RecordBatch& batch) const {
    return batch.memory_bytes() * (options.transformers.empty() ? 1 : 2);
  }
  void Use(const RecordBatchPtr& batch, PositionRange range);
  void Emit(Slice slice, uint64_t cost, bool rebuild_complete);
  void StartRead(Position from);
  bool FinishRead(PositionRange range, StatusOr<LogReadResult>& result);
  void Lose(PositionRange range, Position found);
  void PumpLater(std::chrono::milliseconds delay);
};

void FeedState::Plan() {
  const LedgerState& ledger = options.ledger;
  excluded = ledger.settled;
  // What is settled of an open chunk was lost.
  PositionRanges settled = ledger.settled;
  AddRange(settled, {Position{}, ledger.watermark});
  for (const ChunkSeal& seal : ledger.open_chunks) {
    Run run;
    run.rebuild = std::make_shared<const ChunkSeal>(seal);
    for (const PositionRange& range : seal.positions) {
      const PositionRanges left = SubtractRanges(range, settled);
      run.ranges.insert(run.ranges.end(), left.begin(), left.end());
      AddRange(excluded, range);
    }
    runs.push_back(std::move(run));
  }
  Run live;
  live.ranges.push_back({ledger.watermark, Position{UINT64_MAX}});
  runs.push_back(std::move(live));
}

// What to read next; false when there is nothing (yet).
bool FeedState::NextRange(PositionRange* range) {
  while (true) {
    Run& run = runs.front();
    if (run.rebuild) {
      if (!run.ranges.empty()) {
        *range = run.ranges.front();
        return true;
      }
      Emit(Slice{}, 0, /*rebuild_complete=*/true);
      run_bytes = 0;
      runs.pop_front();
      continue;
    }
    PositionRange& live = run.ranges.front();
    // Pass over what is excluded; forget exclusions that lie behind.
    while (!excluded.empty() && excluded.front().begin <= live.begin) {
      live.begin = std::max(live.begin, excluded.front().end);
      excluded.erase(excluded.begin());
    }
    Position end = durable_end;
    if (!excluded.empty()) end = std::min(end, excluded.front().begin);
    *range = {live.begin, end};
    return live.begin < end;
  }
}

bool FeedState::HasCredit(uint64_t bytes) {
  // A rebuilt chunk may be larger than today's window: alone it gets through all the same, since
  // nothing it holds is given back before it is whole.
  const bool rebuilding = runs.front().rebuild != nullptr;
  const bool alone = rebuilding ? in_flight_bytes == run_bytes : in_flight_bytes == 0;
  if (!alone && in_flight_bytes + bytes > options.window_bytes) {
    if (!rebuilding) self->send(options.buffer, FeedBlocked{});
    PumpLater(kBlockedDelay);  // and say it again: batches behind a transformer may hide it
    return false;
  }
  if (alone) {
    // One batch a stream (or one chunk to rebuild) is always allowed: nobody starves because others hold all.
    options.memory->Take(bytes);
  } else if (!options.memory->TryTake(bytes)) {
    // Other streams hold the node's memory: what is open here should not wait, and we ask again.
    self->send(options.buffer, FeedBlocked{});
    PumpLater(kMemoryRetryDelay);
    return false;
  }
  in_flight_bytes += bytes;
  return true;
}

void FeedState::PumpLater(std::chrono::milliseconds delay) {
  if (std::exchange(pump_scheduled, true)) return;
  self->delayed_send(self, delay, PumpFeed{});
}

void FeedState::Pump() {
  PositionRange range;
  while (!reading && NextRange(&range)) {
    RecordBatchPtr batch = options.shard->log->ReadCached(range.begin);
    if (!batch) {
      StartRead(range.begin);
      return;
    }
    if (!HasCredit(Cost(*batch))) return;
    Use(batch, range);
  }
  const bool caught_up = knows_end && !reading && runs.size() == 1;
  if (draining && caught_up && in_flight_bytes == 0) self->send(options.supervisor, FeedDrained{});
}

// Emits the part of `batch` that lies in `range` and moves on. Its memory is taken already.
void FeedState::Use(const RecordBatchPtr& batch, PositionRange range) {
  HYDRANT_CHECK(batch->first_position() <= range.begin && range.begin < batch->end_position());
  const Position end = std::min(batch->end_position(), range.end);
  Slice slice{batch, static_cast<uint32_t>(range.begin - batch->first_position()),
              static_cast<uint32_t>(end - batch->first_position())};
  std::deque<PositionRange>& ranges = runs.front().ranges;
  ranges.front().begin = end;
  if (ranges.front().begin == ranges.front().end) ranges.pop_front();
  Emit(std::move(slice), Cost(*batch), /*rebuild_complete=*/false);
}

void FeedState::Emit(Slice slice, uint64_t cost, bool rebuild_complete) {
  if (runs.front().rebuild) run_bytes += cost;
  PipelineBatch batch{sequence++, std::move(slice), cost, runs.front().rebuild, rebuild_complete};
  if (options.transformers.empty()) {
    self->send(options.buffer, std::move(batch));
  } else {
    const size_t turn = batch.sequence % options.transformers.size();
    self->send(options.transformers[turn], std::move(batch));
  }
}

void FeedState::StartRead(Position from) {
  // Where many streams share the memory each reads little at a time: one read is always allowed.
  const uint64_t bytes = std::clamp(options.window_bytes / 4, kReadBytesMin, kReadBytesMax);
  if (!HasCredit(bytes)) return;
  reserved_bytes = bytes;
  if (runs.front().rebuild) run_bytes += bytes;
  reading = true;
  self->request(options.reader, caf::infinite, ReadLog{options.shard, from, bytes})
      .then([this](const LogRead& read) {
        reading = false;
        PositionRange range;
        const bool wanted = NextRange(&range);
        HYDRANT_CHECK(wanted);
        if (FinishRead(range, *read.result)) Pump();
      });
}

// False when the log could not be read: it is tried again later.
bool FeedState::FinishRead(PositionRange range, StatusOr<LogReadResult>& result) {
  const uint64_t reserved = std::exchange(reserved_bytes, 0);
  in_flight_bytes -= reserved;
  options.memory->Give(reserved);
  if (runs.front().rebuild) run_bytes -= reserved;
  if (!result.ok()) {
    LogError("The log could not be read; it is tried again.",
             {{"shard", options.shard->name}, {"error", Message(result.status())}});
    PumpLater(kReadRetryDelay);
    return false;
  }
  const RecordBatchPtr& batch = result->batch;
  const Position found = batch ? batch->first_position() : result->next;
  if (!batch && found <= range.begin) {
    // Only a chunk sealed before the log lost its tail (power loss without fsync) can name such records.
    HYDRANT_CHECK(runs.front().rebuild != nullptr);
    Lose(range, range.end);
    return true;
  }
  if (found > range.begin) Lose({range.begin, std::min(found, range.end)}, found);
  if (!batch || found >= range.end) return true;
  options.memory->Take(Cost(*batch));
  in_flight_bytes += Cost(*batch);
  Use(batch, {std::max(found, range.begin), range.end});
  return true;
}

// The log no longer has these records, nor others up to `found`: go on behind them.
void FeedState::Lose(PositionRange range, Position found) {
  std::deque<PositionRange>& ranges = runs.front().ranges;
  ranges.front().begin = range.end;
  if (ranges.front().begin == ranges.front().end) ranges.pop_front();
  // Told once, however many chunks it crosses.
  if (!SubtractRanges(range, told).empty()) {
    AddRange(told, {range.begin, found});
    LogError("Records were lost to damage in the log.", {{"shard", options.shard->name},
                                                         {"first_position", range.begin.value},
                                                         {"end_position", found.value}});
  }
  self->send(options.supervisor, PositionsLost{{range}});
}

Feed::behavior_type Behavior(Feed::stateful_pointer<FeedState> self, FeedOptions options) {
  self->state.self = self;
  self->state.options = std::move(options);
  self->state.Plan();
  return {
      [self](LogAdvanced advanced) {
        self->state.durable_end = advanced.end;
        self->state.knows_end = true;
        self->state.Pump();
      },
      [self](GrantCredit grant) {
        HYDRANT_CHECK(self->state.in_flight_bytes >= grant.bytes);
        self->state.in_flight_bytes -= grant.bytes;
        self->state.options.memory->Give(grant.bytes);
        self->state.Pump();
      },
      [self](SetWindow window) {
        self->state.options.window_bytes = window.bytes;
        self->state.Pump();
      },
      [self](DrainFeed) {
        self->state.draining = true;
        self->state.Pump();
      },
      [self](PumpFeed) {
        self->state.pump_scheduled = false;
        self->state.Pump();
      },
  };
}

}  // namespace

Feed SpawnFeed(caf::actor_system& system, FeedOptions options) {
  return system.spawn(Behavior, std::move(options));
}

}  // namespace hydrant
