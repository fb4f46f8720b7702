#include "actors/feed.h"

#include "actors/error_documents.h"
#include "actors/monotonic_now.h"
#include "engine/base/check.h"
#include "engine/base/logging.h"
#include "engine/log/ledger_state.h"

#include <caf/actor_system.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <chrono>
#include <deque>
#include <functional>
#include <span>
#include <utility>

namespace hydrant {
namespace {

constexpr uint64_t kReadBytesMin = 64 << 10;
constexpr uint64_t kReadBytesMax = 1 << 20;
constexpr uint64_t kDocumentBytesMin = 512 << 10;
constexpr std::chrono::milliseconds kMemoryRetryDelay{20};
constexpr std::chrono::milliseconds kBlockedDelay{250};
constexpr std::chrono::milliseconds kReadRetryDelay{1000};

// Records to be read in order.
struct Run {
  std::shared_ptr<const ChunkSeal> rebuild;
  std::shared_ptr<const Failure> failure;  // given up: for the error output
  std::deque<PositionRange> ranges;

  std::span<const Failure> failures() const {
    if (failure) return {failure.get(), 1};
    if (rebuild) return rebuild->failures;
    return {};
  }
};

bool Holds(const RecordBatchPtr& batch, Position position) {
  return batch && batch->first_position() <= position && position < batch->end_position();
}

struct FeedState {
  FeedState() {}
  static inline const char* name = "hydrant.feed";
  ~FeedState() {
    if (options.memory != nullptr) options.memory->Give(in_flight_bytes);
  }

  Feed::pointer self = nullptr;
  FeedOptions options;
  std::deque<Run> finite;  // before all others
  Run copies;              // in turns with the live run
  Run live;
  Run* run = &live;  // that is read now
  bool copies_turn = true;
  PositionRanges excluded;  // settled, or in a chunk that is rebuilt: not for the live run
  PositionRanges told;      // of lost records
  Position durable_end;
  uint64_t sequence = 0;
  uint64_t in_flight_bytes = 0;
  uint64_t run_bytes = 0;       // part of in_flight_bytes: emitted for the rebuild under way
  uint64_t reserved_bytes = 0;  // part of in_flight_bytes: taken for the read under way
  bool reading = false;
  // Until the read under way has ended: its answer belongs to `run`.
  std::vector<std::function<void()>> deferred;
  bool pump_scheduled = false;
  bool draining = false;
  bool knows_end = false;  // durable_end was told
  RecordBatchPtr recent;   // of a finite run: what its last slice was of
  absl::Time rate_next = absl::InfinitePast();

  void Plan();
  void Again(Run again, const PositionRanges& positions);
  void ReadBefore(const ReadAgain& again);
  void Forget();
  void BetweenReads(std::function<void()> change);
  void Pump();
  void TellIfDone();
  PositionRange LiveRange();
  PositionRange RangeOfRun() { return run == &live ? LiveRange() : run->ranges.front(); }
  bool ChooseRun();
  bool HasCredit(uint64_t bytes);
  Slice PartOf(const RecordBatchPtr& batch, PositionRange range) const;
  uint64_t Cost(const Slice& slice) const;
  absl::Duration RateDelay();
  void Use(Slice slice, uint64_t cost);
  void Emit(Slice slice, uint64_t cost, bool rebuild_complete);
  void StartRead(Position from);
  bool FinishRead(PositionRange range, StatusOr<LogReadResult>& result);
  void Lose(PositionRange range, Position found);
  void PumpLater(std::chrono::milliseconds delay);
  void UseThese(std::vector<Transformer> transformers);
};

void FeedState::Plan() {
  const LedgerState& ledger = options.known;
  excluded = ledger.settled;
  for (const ChunkSeal& seal : ledger.open_chunks) {
    for (const PositionRange& range : seal.positions) AddRange(excluded, range);
  }
  for (const Failure& failure : ledger.failed) {
    for (const PositionRange& range : failure.positions) AddRange(excluded, range);
  }
  for (const PositionRange& range : ledger.elsewhere) AddRange(excluded, range);
  live.ranges.push_back({ledger.watermark, options.end});
  // What is settled of an open chunk was lost.
  const PositionRanges settled = SettledOf(ledger);
  for (const ChunkSeal& seal : ledger.open_chunks) {
    Again({std::make_shared<const ChunkSeal>(seal), nullptr, {}},
          SubtractRanges(seal.positions, settled));
  }
  ReadBefore({{}, ledger.failed, {}});
}

void FeedState::Again(Run again, const PositionRanges& positions) {
  again.ranges.assign(positions.begin(), positions.end());
  finite.push_back(std::move(again));
}

void FeedState::ReadBefore(const ReadAgain& again) {
  for (const ChunkSeal& seal : again.chunks) {
    Again({std::make_shared<const ChunkSeal>(seal), nullptr, {}}, seal.positions);
  }
  for (const Failure& failure : again.failures) {
    Again({nullptr, std::make_shared<const Failure>(failure), {}}, failure.positions);
  }
  // What waits for the end of a drain is not held up by what is safe elsewhere.
  if (draining) return;
  copies.ranges.insert(copies.ranges.end(), again.records.begin(), again.records.end());
}

void FeedState::Forget() {
  self->send(options.branch, CopiesForgotten{{copies.ranges.begin(), copies.ranges.end()}});
  copies.ranges.clear();
}

void FeedState::BetweenReads(std::function<void()> change) {
  if (reading) return deferred.push_back(std::move(change));
  change();
  Pump();
}

// What of the live run can be read now; empty when nothing can.
PositionRange FeedState::LiveRange() {
  if (live.ranges.empty()) return {};  // the end of a replay
  PositionRange& all = live.ranges.front();
  // Pass over what is excluded; forget exclusions that lie behind.
  while (!excluded.empty() && excluded.front().begin <= all.begin) {
    all.begin = std::max(all.begin, excluded.front().end);
    excluded.erase(excluded.begin());
  }
  Position end = std::min(durable_end, all.end);
  if (!excluded.empty()) end = std::min(end, excluded.front().begin);
  return {all.begin, std::max(all.begin, end)};
}

// Which run is read next; false when there is nothing to read (yet).
bool FeedState::ChooseRun() {
  while (!finite.empty()) {
    run = &finite.front();
    if (!run->ranges.empty()) return true;
    if (run->rebuild) {
      Emit(Slice{}, 0, /*rebuild_complete=*/true);
      run_bytes = 0;
    }
    recent.reset();
    run = &live;
    finite.pop_front();
  }
  const bool has_live = LiveRange().size() > 0;
  const bool copy = !copies.ranges.empty() && (copies_turn || !has_live);
  run = copy ? &copies : &live;
  return copy || has_live;
}

bool FeedState::HasCredit(uint64_t bytes) {
  // A rebuilt chunk may be larger than today's window: alone it gets through all the same, since
  // nothing it holds is given back before it is whole.
  const bool rebuilding = run->rebuild != nullptr;
  const bool alone = rebuilding ? in_flight_bytes == run_bytes : in_flight_bytes == 0;
  if (!alone && in_flight_bytes + bytes > options.window_bytes) {
    self->send(options.buffer, FeedBlocked{});
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
  while (!reading && ChooseRun()) {
    const PositionRange range = RangeOfRun();
    if (const absl::Duration delay = RateDelay(); delay > absl::ZeroDuration()) {
      PumpLater(absl::ToChronoMilliseconds(absl::Ceil(delay, absl::Milliseconds(1))));
      return;
    }
    RecordBatchPtr batch =
        Holds(recent, range.begin) ? recent : options.ledger->shard->log->ReadCached(range.begin);
    if (!batch) {
      StartRead(range.begin);
      return;
    }
    Slice slice = PartOf(batch, range);
    const uint64_t cost = Cost(slice);
    if (!HasCredit(cost)) return;
    Use(std::move(slice), cost);
  }
  TellIfDone();
}

void FeedState::TellIfDone() {
  if (!knows_end || reading || !finite.empty() || !copies.ranges.empty()) return;
  if (live.ranges.empty() || live.ranges.front().begin >= options.end) {
    if (!std::exchange(draining, true)) self->send(options.buffer, DrainBuffer{});
  }
  if (draining && in_flight_bytes == 0) self->send(options.branch, FeedDrained{});
}

// How long to wait before more is read: of a replay, so that live traffic keeps its speed.
absl::Duration FeedState::RateDelay() {
  if (options.bytes_per_second_max == UINT64_MAX) return absl::ZeroDuration();
  const absl::Time now = MonotonicNow(*self);
  return rate_next - now;
}

// A transform makes a batch of about the same size beside what it reads; error documents are larger than their
// records. Of a batch that a finite run takes in several slices only the first pays for the batch.
uint64_t FeedState::Cost(const Slice& slice) const {
  const RecordBatch& batch = *slice.batch;
  const bool whole = slice.record_count() == batch.record_count();
  const uint64_t own =
      whole ? batch.memory_bytes() : slice.bytes().size() + slice.record_count() * sizeof(uint32_t);
  uint64_t cost = slice.batch == recent ? 0 : batch.memory_bytes();
  if (!options.transformers.empty()) cost += own;
  if (const auto failures = run->failures(); !failures.empty()) {
    cost += ErrorDocumentsCost(slice.record_count(), slice.bytes().size(), failures);
  }
  return cost;
}

// What of the batch lies in the range. Documents of small records are many times as large as these: of them only
// as many records at once as the window has room for, or a few.
Slice FeedState::PartOf(const RecordBatchPtr& batch, PositionRange range) const {
  HYDRANT_CHECK(Holds(batch, range.begin));
  uint64_t records = std::min(batch->end_position(), range.end) - range.begin;
  if (const auto failures = run->failures(); !failures.empty()) {
    const uint64_t document = ErrorDocumentsCost(1, 0, failures);
    records =
        std::min(records, std::max(options.window_bytes / 4, kDocumentBytesMin) / document + 1);
  }
  const auto begin = static_cast<uint32_t>(range.begin - batch->first_position());
  return {batch, begin, begin + static_cast<uint32_t>(records)};
}

// Emits the slice, whose memory is taken already, and moves on.
void FeedState::Use(Slice slice, uint64_t cost) {
  std::deque<PositionRange>& ranges = run->ranges;
  ranges.front().begin = slice.positions().end;
  if (ranges.front().begin == ranges.front().end) ranges.pop_front();
  recent = run == &live ? nullptr : slice.batch;
  copies_turn = run == &live;
  if (options.bytes_per_second_max != UINT64_MAX) {
    const absl::Time now = MonotonicNow(*self);
    const double bytes = static_cast<double>(slice.bytes().size());
    rate_next = std::max(rate_next, now) +
                absl::Seconds(bytes / static_cast<double>(options.bytes_per_second_max));
  }
  Emit(std::move(slice), cost, /*rebuild_complete=*/false);
}

void FeedState::Emit(Slice slice, uint64_t cost, bool rebuild_complete) {
  if (run->rebuild) run_bytes += cost;
  PipelineBatch batch{sequence++, std::move(slice), cost, run->rebuild, run->failure,
                      nullptr,    rebuild_complete};
  if (options.transformers.empty()) {
    self->send(options.buffer, std::move(batch));
  } else {
    ++*options.transforming;
    const size_t turn = batch.sequence % options.transformers.size();
    self->send(options.transformers[turn], std::move(batch));
  }
}

// What those who retire were sent before comes first.
void FeedState::UseThese(std::vector<Transformer> transformers) {
  for (const Transformer& old : options.transformers) {
    const bool stays =
        std::find(transformers.begin(), transformers.end(), old) != transformers.end();
    if (!stays) self->send(old, Retire{});
  }
  options.transformers = std::move(transformers);
}

void FeedState::StartRead(Position from) {
  // Where many streams share the memory each reads little at a time: one read is always allowed.
  const uint64_t bytes = std::clamp(options.window_bytes / 4, kReadBytesMin, kReadBytesMax);
  if (!HasCredit(bytes)) return;
  reserved_bytes = bytes;
  if (run->rebuild) run_bytes += bytes;
  reading = true;
  self->request(options.reader, caf::infinite, ReadLog{ShardOf(options.ledger), from, bytes})
      .then([this](const LogRead& read) {
        reading = false;
        const bool was_read = FinishRead(RangeOfRun(), *read.result);
        for (const std::function<void()>& change : std::exchange(deferred, {})) change();
        if (was_read) Pump();
      });
}

// False when the log could not be read: it is tried again later.
bool FeedState::FinishRead(PositionRange range, StatusOr<LogReadResult>& result) {
  const uint64_t reserved = std::exchange(reserved_bytes, 0);
  in_flight_bytes -= reserved;
  options.memory->Give(reserved);
  if (run->rebuild) run_bytes -= reserved;
  if (!result.ok()) {
    LogError("The log could not be read; it is tried again.",
             {{"shard", options.ledger->name}, {"error", Message(result.status())}});
    PumpLater(kReadRetryDelay);
    return false;
  }
  const RecordBatchPtr& batch = result->batch;
  const Position found = batch ? batch->first_position() : result->next;
  if (!batch && found <= range.begin) {
    // Only what the ledger knew before the log lost its tail (power loss without fsync) can name such records, and
    // a replay that the log's quota has overtaken.
    HYDRANT_CHECK(run != &live || options.ledger->is_replay);
    Lose(range, range.end);
    return true;
  }
  if (found > range.begin) Lose({range.begin, std::min(found, range.end)}, found);
  if (!batch || found >= range.end) return true;
  Slice slice = PartOf(batch, {std::max(found, range.begin), range.end});
  const uint64_t cost = Cost(slice);
  options.memory->Take(cost);
  in_flight_bytes += cost;
  Use(std::move(slice), cost);
  return true;
}

// The log no longer has these records, nor others up to `found`: go on behind them.
void FeedState::Lose(PositionRange range, Position found) {
  std::deque<PositionRange>& ranges = run->ranges;
  ranges.front().begin = range.end;
  if (ranges.front().begin == ranges.front().end) ranges.pop_front();
  // Told once, however many chunks it crosses.
  if (!SubtractRanges(range, told).empty() && !options.ledger->is_replay) {
    AddRange(told, {range.begin, found});
    LogError("Records were lost to damage in the log.", {{"shard", options.ledger->name},
                                                         {"first_position", range.begin.value},
                                                         {"end_position", found.value}});
  }
  self->send(options.branch, PositionsLost{{range}});
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
        self->state.BetweenReads([self] { self->state.Forget(); });
      },
      [self](ReadAgain& again) {
        self->state.BetweenReads(
            [self, again = std::move(again)] { self->state.ReadBefore(again); });
      },
      [self](ForgetCopies) { self->state.BetweenReads([self] { self->state.Forget(); }); },
      [self](UseTransformers& use) { self->state.UseThese(std::move(use.transformers)); },
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
