#include "actors/delivery.h"

#include "actors/exception_text.h"
#include "engine/base/component_scope.h"

#include <boost/asio/co_spawn.hpp>
#include <caf/actor_system.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

namespace hydrant {
namespace {

struct DeliveryState {
  DeliveryState() {}
  static inline const char* name = "hydrant.delivery";
  DeliveryOptions options;
  int waiting = 0;  // chunks that wait for memory
  bool retiring = false;
};

using DeliverySelf = DeliveryWorker::stateful_pointer<DeliveryState>;

constexpr std::chrono::milliseconds kEncodeRetryDelay{10};

// A large chunk does not wait for ever while small ones come and go: the excess is one chunk a thread.
constexpr int kEncodeWaitsMax = 100;

// For output as large as the input, the worst case of every encoder, and for what it works with. A chunk larger than
// the whole budget takes all of it, so that it is encoded alone.
MemoryReservation ReserveOutput(const DeliverChunk& deliver, MemoryBudget& memory) {
  const ChunkWork& work = *deliver.work;
  const uint64_t bytes =
      std::min(work.seal.payload_bytes + work.sink->EncodeWorkBytes(), memory.limit());
  return deliver.waits < kEncodeWaitsMax ? memory.TryReserve(bytes) : memory.Reserve(bytes);
}

// Where the records came from, for sinks that tell of each; nothing when that is plain from the seal.
std::vector<Position> RecordPositions(const Chunk& chunk) {
  std::vector<Position> positions;
  // Equal numbers alone say little: what one batch dropped another may have split.
  const bool plain = chunk.seal.record_count == CountPositions(chunk.seal.positions) &&
                     std::all_of(chunk.slices.begin(), chunk.slices.end(),
                                 [](const Slice& slice) { return slice.batch->keeps_positions(); });
  if (plain) return positions;
  positions.reserve(chunk.seal.record_count);
  for (const Slice& slice : chunk.slices) {
    for (uint32_t i = slice.begin; i < slice.end; ++i) {
      positions.push_back(slice.batch->PositionOf(i));
    }
  }
  return positions;
}

// Encodes the chunk and lets go of its record bytes when the payload no longer points into them.
// Returns how much less memory the chunk holds.
StatusOr<uint64_t> EncodeChunk(ChunkWork& work) {
  ASSIGN_OR_RETURN(work.delivery.payload, work.sink->Encode(*work.delivery.chunk));
  work.record_positions = RecordPositions(*work.delivery.chunk);
  work.encoded = true;
  const uint64_t encoded_bytes = work.delivery.payload.encoded_memory_bytes;
  if (encoded_bytes == 0) return 0;
  auto without_records = std::make_shared<Chunk>();
  without_records->seal = work.seal;
  work.delivery.chunk = std::move(without_records);
  const uint64_t released = work.cost_bytes - std::min(work.cost_bytes, encoded_bytes);
  work.cost_bytes -= released;
  return released;
}

StatusOr<uint64_t> TryEncode(ChunkWork& work) {
  try {
    const ComponentScope scope;
    return EncodeChunk(work);
  } catch (...) {
    return Internal(ExceptionText(std::current_exception()));
  }
}

void Report(DeliverySelf self, const ChunkWorkPtr& work, DeliveryOutcome outcome) {
  self->send(self->state.options.branch,
             DeliveryFinished{work, std::make_shared<DeliveryOutcome>(std::move(outcome)),
                              absl::ZeroDuration()});
}

void StartAttempt(DeliverySelf self, const ChunkWorkPtr& work) {
  const DeliveryOptions& options = self->state.options;
  const absl::Time start = options.clock->Now();
  work->delivery.attempt = work->history.failures + 1;
  asio::co_spawn(options.executor, work->sink->Deliver(work->delivery),
                 [work, branch = options.branch, clock = options.clock, start](
                     const std::exception_ptr& error, DeliveryOutcome outcome) {
                   if (error) outcome = DeliveryOutcome::Crashed(ExceptionText(error));
                   caf::anon_send(
                       branch,
                       DeliveryFinished{work, std::make_shared<DeliveryOutcome>(std::move(outcome)),
                                        clock->Now() - start});
                 });
}

void Deliver(DeliverySelf self, const DeliverChunk& deliver) {
  DeliveryState& state = self->state;
  if (deliver.waits > 0) --state.waiting;
  ChunkWork& work = *deliver.work;
  if (!work.encoded) {
    const MemoryReservation output = ReserveOutput(deliver, *state.options.encode_memory);
    if (output.bytes() == 0 && work.seal.payload_bytes > 0) {
      ++state.waiting;
      self->delayed_send(self, kEncodeRetryDelay, DeliverChunk{deliver.work, deliver.waits + 1});
      return;
    }
    const StatusOr<uint64_t> released = TryEncode(work);
    if (!released.ok()) {
      const Status& why = released.status();
      return Report(self, deliver.work, DeliveryOutcome::Crashed(std::string(Message(why))));
    }
    if (*released > 0) self->send(state.options.branch, ChunkEncoded{deliver.work, *released});
  }
  StartAttempt(self, deliver.work);
}

DeliveryWorker::behavior_type Behavior(DeliverySelf self, DeliveryOptions options) {
  self->state.options = std::move(options);
  auto end_if_retired = [self] {
    if (self->state.retiring && self->state.waiting == 0) self->quit();
  };
  return {
      [self, end_if_retired](const DeliverChunk& deliver) {
        Deliver(self, deliver);
        end_if_retired();
      },
      [self, end_if_retired](Retire) {
        self->state.retiring = true;
        end_if_retired();
      },
  };
}

}  // namespace

DeliveryWorker SpawnDeliveryWorker(caf::actor_system& system, DeliveryOptions options) {
  if (options.detached) return system.spawn<caf::detached>(Behavior, std::move(options));
  return system.spawn(Behavior, std::move(options));
}

}  // namespace hydrant
