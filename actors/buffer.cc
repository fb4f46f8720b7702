#include "actors/buffer.h"

#include "actors/error_documents.h"
#include "actors/open_chunk.h"
#include "engine/base/logging.h"

#include <absl/time/time.h>
#include <caf/actor_system.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <chrono>
#include <deque>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace hydrant {
namespace {

constexpr std::chrono::seconds kSealRetryDelay{1};

// Error documents of one object are of one kind, and of records at one stage.
std::string KindOf(const Failure& failure) {
  return failure.type + (failure.transformed ? "" : " untransformed");
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
  std::map<std::string, OpenChunk> errors;  // open, by kind
  OpenChunk rebuilding;
  std::shared_ptr<const Failure> rebuild_crash;  // of a part of it
  uint64_t last_generation = 0;
  bool pressed = false;  // the feed waits for memory
  bool draining = false;
  int chunks_out = 0;              // sealed and not finished
  int errors_out = 0;              // likewise, of error documents
  std::deque<OpenChunk> unsealed;  // whose seal could not be written

  void Arrive(PipelineBatch batch);
  void Accept(PipelineBatch batch);
  void Rebuild(const PipelineBatch& batch);
  void AddErrors(const PipelineBatch& batch);
  Slice Documents(const Slice& records, std::span<const Failure> failures) const {
    return ErrorDocuments(records, failures, options.record_id_prefix, *options.pool);
  }
  void Fill();
  bool IsFull() const { return open.chunk.seal.payload_bytes >= options.hints.size_bytes; }
  bool MaySeal() const { return chunks_out < options.chunks_max && unsealed.empty(); }
  bool MustSeal(const OpenChunk& chunk, const BufferingHints& hints) const;
  void TakeFrom(PipelineBatch& batch);
  void StartInterval(OpenChunk& chunk, const BufferingHints& hints);
  void EndInterval(uint64_t generation);
  void Seal(OpenChunk chunk);
  void WriteSeal(OpenChunk sealed);
  void Announce(OpenChunk sealed);
  Sink& SinkOf(const ChunkSeal& seal) const { return *SinkPtrOf(seal); }
  const std::shared_ptr<Sink>& SinkPtrOf(const ChunkSeal& seal) const {
    return seal.failures.empty() ? options.destinations.at(seal.destination) : options.errors;
  }
};

void BufferState::Arrive(PipelineBatch batch) {
  pressed = false;
  if (batch.sequence != next_sequence) {
    early.emplace(batch.sequence, std::move(batch));
    return;
  }
  Accept(std::move(batch));
  while (!early.empty() && early.begin()->first == next_sequence) {
    PipelineBatch next = std::move(early.begin()->second);
    early.erase(early.begin());
    Accept(std::move(next));
  }
  Fill();
}

void BufferState::Accept(PipelineBatch batch) {
  ++next_sequence;
  if (batch.rebuild) return Rebuild(batch);
  if (batch.failure) return AddErrors(batch);
  if (batch.crash) {
    self->send(options.branch, Quarantine{*batch.crash, batch.cost_bytes, ""});
    return;
  }
  waiting.push_back(std::move(batch));
}

// A chunk that is sealed already: it goes out under the seal that it has.
void BufferState::Rebuild(const PipelineBatch& batch) {
  const std::vector<Failure>& failures = batch.rebuild->failures;
  if (batch.crash) {
    rebuild_crash = batch.crash;
    for (const PositionRange& range : batch.crash->positions) {
      AddRange(rebuilding.chunk.seal.positions, range);
    }
    rebuilding.cost_bytes += batch.cost_bytes;
  } else if (batch.slice.batch) {
    rebuilding.Add(failures.empty() ? batch.slice : Documents(batch.slice, failures),
                   batch.cost_bytes);
  }
  if (!batch.rebuild_complete) return;
  OpenChunk rebuilt = std::exchange(rebuilding, {});
  if (const auto crash = std::exchange(rebuild_crash, nullptr)) {
    Failure failure = *crash;
    failure.positions = rebuilt.chunk.seal.positions;
    self->send(options.branch,
               Quarantine{std::move(failure), rebuilt.cost_bytes, batch.rebuild->id});
    return;
  }
  const ChunkSeal found = std::exchange(rebuilt.chunk.seal, *batch.rebuild);
  ChunkSeal& seal = rebuilt.chunk.seal;
  // Of a chunk that was reduced there are fewer than there were.
  seal.record_count = found.record_count;
  seal.payload_bytes = found.payload_bytes;
  if (found.positions != seal.positions && !rebuilt.chunk.slices.empty()) {
    // The log has lost some of its records. If an earlier attempt got through whole, what is left must not
    // take its place: it goes under another name.
    const std::string id = std::exchange(seal.id, IdOfRest(seal.id, found.positions));
    seal.name = SinkOf(seal).NameChunk(seal);
    seal.id = id;
  }
  ++(failures.empty() ? chunks_out : errors_out);
  Announce(std::move(rebuilt));
}

void BufferState::AddErrors(const PipelineBatch& batch) {
  OpenChunk& chunk = errors[KindOf(*batch.failure)];
  if (chunk.holds_nothing()) StartInterval(chunk, options.error_hints);
  chunk.AddErrors(Documents(batch.slice, {batch.failure.get(), 1}), batch.failure,
                  batch.cost_bytes);
}

bool BufferState::MustSeal(const OpenChunk& chunk, const BufferingHints& hints) const {
  if (chunk.holds_nothing()) return false;
  const bool full = chunk.chunk.seal.payload_bytes >= hints.size_bytes;
  const bool as_soon_as_possible = hints.interval == absl::ZeroDuration();
  // Under pressure only when no chunk is out whose end will free memory.
  return full || chunk.due || draining || as_soon_as_possible ||
         (pressed && chunks_out + errors_out == 0);
}

void BufferState::Fill() {
  while (true) {
    while (!waiting.empty() && !IsFull()) TakeFrom(waiting.front());
    if (!MustSeal(open, options.hints) || !MaySeal()) break;
    Seal(std::exchange(open, {}));
  }
  *options.seal_waits = MustSeal(open, options.hints);
  if (options.probe) options.probe->SetOldestOpen(open.chunk.seal.oldest_arrival);
  for (auto chunk = errors.begin(); chunk != errors.end() && unsealed.empty();) {
    if (MustSeal(chunk->second, options.error_hints)) {
      Seal(std::move(chunk->second));
      chunk = errors.erase(chunk);
    } else {
      ++chunk;
    }
  }
}

void BufferState::TakeFrom(PipelineBatch& batch) {
  Slice& slice = batch.slice;
  const uint64_t room = options.hints.size_bytes - open.chunk.seal.payload_bytes;
  const uint32_t cut = CutWithin(slice, room);
  if (open.holds_nothing()) StartInterval(open, options.hints);
  if (cut == slice.end) {
    open.Add(slice, batch.cost_bytes);
    waiting.pop_front();
    return;
  }
  Slice head = slice;
  head.end = cut;
  const uint64_t cost = batch.cost_bytes * head.record_count() / slice.record_count();
  open.Add(head, cost);
  slice.begin = cut;
  batch.cost_bytes -= cost;
}

void BufferState::StartInterval(OpenChunk& chunk, const BufferingHints& hints) {
  chunk.generation = ++last_generation;
  chunk.due = false;
  if (hints.interval == absl::ZeroDuration()) return;
  self->delayed_send(self, absl::ToChronoMilliseconds(hints.interval),
                     IntervalOver{chunk.generation});
}

void BufferState::EndInterval(uint64_t generation) {
  if (open.generation == generation) open.due = true;
  for (auto& [kind, chunk] : errors) {
    if (chunk.generation == generation) chunk.due = true;
  }
}

// In the order in which it would be built again, and which tells record by record where it came from. What was read
// again may have come behind what is newer.
void SortByPosition(std::vector<Slice>& slices) {
  const auto before = [](const Slice& a, const Slice& b) {
    return a.positions().begin < b.positions().begin;
  };
  if (!std::is_sorted(slices.begin(), slices.end(), before)) {
    std::sort(slices.begin(), slices.end(), before);
  }
}

void BufferState::Seal(OpenChunk chunk) {
  pressed = false;
  ChunkSeal& seal = chunk.chunk.seal;
  SortByPosition(chunk.chunk.slices);
  seal.id = MakeUuid(*options.entropy);
  seal.version = options.version;
  seal.destination = seal.failures.empty() ? options.destination : 0;
  seal.name = SinkOf(seal).NameChunk(seal);
  ++(seal.failures.empty() ? chunks_out : errors_out);
  WriteSeal(std::move(chunk));
}

void BufferState::WriteSeal(OpenChunk sealed) {
  auto chunk = std::make_shared<OpenChunk>(std::move(sealed));
  self->request(options.writer, caf::infinite,
                WriteLedger{options.ledger, SealChunk{chunk->chunk.seal}})
      .then([this, chunk](const LedgerWritten& written) {
        if (written.status.ok()) {
          Announce(std::move(*chunk));
          return;
        }
        LogError("A chunk could not be sealed; it is tried again.",
                 {{"shard", options.ledger->name}, {"error", Message(written.status)}});
        unsealed.push_back(std::move(*chunk));
        self->delayed_send(self, kSealRetryDelay, SealAgain{});
      });
}

void BufferState::Announce(OpenChunk sealed) {
  auto work = std::make_shared<ChunkWork>();
  work->seal = sealed.chunk.seal;
  work->sink = SinkPtrOf(work->seal);
  work->cost_bytes = sealed.cost_bytes;
  work->delivery.chunk = std::make_shared<const Chunk>(std::move(sealed.chunk));
  self->send(options.branch, ChunkReady{std::move(work)});
}

Buffer::behavior_type Behavior(Buffer::stateful_pointer<BufferState> self, BufferOptions options) {
  self->state.self = self;
  self->state.options = std::move(options);
  return {
      [self](PipelineBatch& batch) { self->state.Arrive(std::move(batch)); },
      [self](ChunkDone done) {
        --(done.held_errors ? self->state.errors_out : self->state.chunks_out);
        self->state.Fill();
      },
      [self](FeedBlocked) {
        self->state.pressed = true;
        self->state.Fill();
      },
      [self](UseDestination use) { self->state.options.destination = use.destination; },
      [self](SetChunksMax chunks) {
        self->state.options.chunks_max = chunks.chunks;
        self->state.Fill();
      },
      [self](DrainBuffer) {
        self->state.draining = true;
        self->state.Fill();
      },
      [self](IntervalOver over) {
        self->state.EndInterval(over.generation);
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
