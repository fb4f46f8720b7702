#include "actors/buffer.h"

#include "engine/base/logging.h"
#include "engine/io/aws/sigv4.h"

#include <absl/strings/str_cat.h>
#include <absl/time/time.h>
#include <caf/actor_system.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <chrono>
#include <deque>
#include <map>
#include <utility>

namespace hydrant {
namespace {

constexpr std::chrono::seconds kSealRetryDelay{1};

// A chunk that still grows.
struct OpenChunk {
  Chunk chunk;
  uint64_t cost_bytes = 0;

  bool holds_nothing() const { return chunk.seal.positions.empty(); }
  void Add(const Slice& slice, uint64_t cost) {
    ChunkSeal& seal = chunk.seal;
    AddRange(seal.positions, slice.positions());
    seal.record_count += slice.record_count();
    seal.payload_bytes += slice.bytes().size();
    seal.oldest_arrival = std::min(seal.oldest_arrival, slice.batch->arrival());
    if (slice.record_count() > 0) chunk.slices.push_back(slice);
    cost_bytes += cost;
  }
};

// Where to cut so that at most `room` bytes are taken, but at least one record, and records that came from the same log record.
uint32_t CutWithin(const Slice& slice, uint64_t room) {
  if (slice.begin == slice.end) return slice.end;
  const std::vector<uint32_t>& ends = slice.batch->ends();
  const uint64_t base = slice.begin == 0 ? 0 : ends[slice.begin - 1];
  uint32_t cut = static_cast<uint32_t>(
      std::upper_bound(ends.begin() + slice.begin, ends.begin() + slice.end, base + room) -
      ends.begin());
  auto splits_source = [&](uint32_t at) {
    return at > slice.begin && at < slice.end &&
           slice.batch->PositionOf(at - 1) == slice.batch->PositionOf(at);
  };
  while (splits_source(cut)) --cut;
  if (cut == slice.begin) {
    ++cut;
    while (splits_source(cut)) ++cut;
  }
  return cut;
}

// An id for what is left of a chunk: the same at each rebuild, so that a retry replaces its own object.
std::string IdOfRest(const std::string& id, const PositionRanges& left) {
  std::string text = id;
  for (const PositionRange& range : left) {
    absl::StrAppend(&text, " ", range.begin.value, "-", range.end.value);
  }
  std::string uuid = aws::Sha256Hex(text).substr(0, 32);
  for (const size_t dash : {8, 13, 18, 23}) uuid.insert(dash, 1, '-');
  return uuid;
}

struct BufferState {
  BufferState() {}
  static inline const char* name = "hydrant.buffer";

  Buffer::pointer self = nullptr;
  BufferOptions options;
  uint64_t next_sequence = 0;
  std::map<uint64_t, PipelineBatch> early;  // arrived before their turn
  std::deque<PipelineBatch> waiting;        // in order, not yet in the open chunk
  OpenChunk open;
  OpenChunk rebuilding;
  uint64_t generation = 0;  // of the open chunk, for its timer
  bool due = false;         // the open chunk's interval is over
  bool pressed = false;     // the feed waits for memory
  bool draining = false;
  int chunks_out = 0;              // sealed and not finished
  std::deque<OpenChunk> unsealed;  // whose seal could not be written

  void Arrive(PipelineBatch batch);
  void Rebuild(const PipelineBatch& batch);
  void Fill();
  bool IsFull() const { return open.chunk.seal.payload_bytes >= options.hints.size_bytes; }
  bool MaySeal() const { return chunks_out < options.chunks_max && unsealed.empty(); }
  bool MustSeal() const;
  void TakeFrom(PipelineBatch& batch);
  void StartInterval();
  void SealOpen();
  void WriteSeal(OpenChunk sealed);
  void Announce(OpenChunk sealed);
};

void BufferState::Arrive(PipelineBatch batch) {
  pressed = false;
  if (batch.sequence != next_sequence) {
    early.emplace(batch.sequence, std::move(batch));
    return;
  }
  auto accept = [&](PipelineBatch next) {
    ++next_sequence;
    if (next.rebuild) {
      Rebuild(next);
    } else {
      waiting.push_back(std::move(next));
    }
  };
  accept(std::move(batch));
  while (!early.empty() && early.begin()->first == next_sequence) {
    PipelineBatch next = std::move(early.begin()->second);
    early.erase(early.begin());
    accept(std::move(next));
  }
  Fill();
}

// A chunk of before the restart: it goes out under the seal that it has.
void BufferState::Rebuild(const PipelineBatch& batch) {
  if (batch.slice.batch) rebuilding.Add(batch.slice, batch.cost_bytes);
  if (!batch.rebuild_complete) return;
  OpenChunk rebuilt = std::exchange(rebuilding, {});
  ChunkSeal seal = *batch.rebuild;
  if (rebuilt.chunk.seal.positions != seal.positions && !rebuilt.chunk.slices.empty()) {
    // The log has lost some of its records. If an earlier attempt got through whole, what is left must not
    // take its place: it goes under another name.
    seal.record_count = rebuilt.chunk.seal.record_count;
    seal.payload_bytes = rebuilt.chunk.seal.payload_bytes;
    const std::string id = std::exchange(seal.id, IdOfRest(seal.id, rebuilt.chunk.seal.positions));
    seal.name = options.sink->NameChunk(seal);
    seal.id = id;
  }
  rebuilt.chunk.seal = std::move(seal);
  ++chunks_out;
  Announce(std::move(rebuilt));
}

bool BufferState::MustSeal() const {
  if (open.holds_nothing()) return false;
  const bool as_soon_as_possible = options.hints.interval == absl::ZeroDuration();
  // Under pressure only when no chunk is out whose end will free memory.
  return IsFull() || due || draining || as_soon_as_possible || (pressed && chunks_out == 0);
}

void BufferState::Fill() {
  while (true) {
    while (!waiting.empty() && !IsFull()) TakeFrom(waiting.front());
    if (!MustSeal() || !MaySeal()) break;
    SealOpen();
  }
  if (options.probe) options.probe->SetOldestOpen(open.chunk.seal.oldest_arrival);
}

void BufferState::TakeFrom(PipelineBatch& batch) {
  Slice& slice = batch.slice;
  const uint64_t room = options.hints.size_bytes - open.chunk.seal.payload_bytes;
  const uint32_t cut = CutWithin(slice, room);
  const bool was_empty = open.holds_nothing();
  if (cut == slice.end) {
    open.Add(slice, batch.cost_bytes);
    waiting.pop_front();
  } else {
    Slice head = slice;
    head.end = cut;
    const uint64_t cost = batch.cost_bytes * head.record_count() / slice.record_count();
    open.Add(head, cost);
    slice.begin = cut;
    batch.cost_bytes -= cost;
  }
  if (was_empty) StartInterval();
}

void BufferState::StartInterval() {
  ++generation;
  due = false;
  if (options.hints.interval == absl::ZeroDuration()) return;
  self->delayed_send(self, absl::ToChronoMilliseconds(options.hints.interval),
                     IntervalOver{generation});
}

void BufferState::SealOpen() {
  OpenChunk sealed = std::exchange(open, {});
  due = false;
  pressed = false;
  ++generation;
  ChunkSeal& seal = sealed.chunk.seal;
  seal.id = MakeUuid(*options.entropy);
  seal.name = options.sink->NameChunk(seal);
  ++chunks_out;
  WriteSeal(std::move(sealed));
}

void BufferState::WriteSeal(OpenChunk sealed) {
  auto chunk = std::make_shared<OpenChunk>(std::move(sealed));
  self->request(options.writer, caf::infinite,
                WriteLedger{options.shard, SealChunk{chunk->chunk.seal}})
      .then([this, chunk](const LedgerWritten& written) {
        if (written.status.ok()) {
          Announce(std::move(*chunk));
          return;
        }
        LogError("A chunk could not be sealed; it is tried again.",
                 {{"shard", options.shard->name}, {"error", Message(written.status)}});
        unsealed.push_back(std::move(*chunk));
        self->delayed_send(self, kSealRetryDelay, SealAgain{});
      });
}

void BufferState::Announce(OpenChunk sealed) {
  auto work = std::make_shared<ChunkWork>();
  work->sink = options.sink;
  work->cost_bytes = sealed.cost_bytes;
  work->oldest_arrival = sealed.chunk.seal.oldest_arrival;
  work->delivery.chunk = std::make_shared<const Chunk>(std::move(sealed.chunk));
  self->send(options.supervisor, ChunkReady{std::move(work)});
}

Buffer::behavior_type Behavior(Buffer::stateful_pointer<BufferState> self, BufferOptions options) {
  self->state.self = self;
  self->state.options = std::move(options);
  return {
      [self](PipelineBatch& batch) { self->state.Arrive(std::move(batch)); },
      [self](ChunkDone) {
        --self->state.chunks_out;
        self->state.Fill();
      },
      [self](FeedBlocked) {
        self->state.pressed = true;
        self->state.Fill();
      },
      [self](DrainBuffer) {
        self->state.draining = true;
        self->state.Fill();
      },
      [self](IntervalOver over) {
        if (over.generation != self->state.generation) return;
        self->state.due = true;
        self->state.Fill();
      },
      [self](SealAgain) {
        for (OpenChunk& chunk : std::exchange(self->state.unsealed, {})) {
          self->state.WriteSeal(std::move(chunk));
        }
      },
  };
}

}  // namespace

Buffer SpawnBuffer(caf::actor_system& system, BufferOptions options) {
  return system.spawn(Behavior, std::move(options));
}

}  // namespace hydrant
