#include "actors/delivery.h"

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
};

using DeliverySelf = DeliveryWorker::stateful_pointer<DeliveryState>;

constexpr std::chrono::milliseconds kEncodeRetryDelay{10};

// A large chunk does not wait for ever while small ones come and go: the excess is one chunk a thread.
constexpr int kEncodeWaitsMax = 100;

// For output as large as the input, the worst case of every encoder. A chunk larger than the whole budget
// takes all of it, so that it is encoded alone.
MemoryReservation ReserveOutput(const DeliverChunk& deliver, MemoryBudget& memory) {
  const uint64_t bytes = std::min(deliver.work->delivery.chunk->seal.payload_bytes, memory.limit());
  return deliver.waits < kEncodeWaitsMax ? memory.TryReserve(bytes) : memory.Reserve(bytes);
}

// Encodes the chunk and lets go of its record bytes when the payload no longer points into them.
// Returns how much less memory the chunk holds.
StatusOr<uint64_t> EncodeChunk(ChunkWork& work) {
  ASSIGN_OR_RETURN(work.delivery.payload, work.sink->Encode(*work.delivery.chunk));
  work.encoded = true;
  const uint64_t encoded_bytes = work.delivery.payload.encoded_memory_bytes;
  if (encoded_bytes == 0) return 0;
  auto without_records = std::make_shared<Chunk>();
  without_records->seal = work.delivery.chunk->seal;
  work.delivery.chunk = std::move(without_records);
  const uint64_t released = work.cost_bytes - std::min(work.cost_bytes, encoded_bytes);
  work.cost_bytes -= released;
  return released;
}

std::string Describe(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "unknown exception";
  }
}

void Report(DeliverySelf self, const ChunkWorkPtr& work, DeliveryOutcome outcome) {
  self->send(self->state.options.supervisor,
             DeliveryFinished{work, std::make_shared<DeliveryOutcome>(std::move(outcome)),
                              absl::ZeroDuration()});
}

void StartAttempt(DeliverySelf self, const ChunkWorkPtr& work) {
  const DeliveryOptions& options = self->state.options;
  const absl::Time start = options.clock->Now();
  work->delivery.attempt = work->failures + 1;
  asio::co_spawn(options.executor, work->sink->Deliver(work->delivery),
                 [work, supervisor = options.supervisor, clock = options.clock, start](
                     const std::exception_ptr& error, DeliveryOutcome outcome) {
                   if (error) outcome = DeliveryOutcome::Retry("Sink.Exception", Describe(error));
                   caf::anon_send(
                       supervisor,
                       DeliveryFinished{work, std::make_shared<DeliveryOutcome>(std::move(outcome)),
                                        clock->Now() - start});
                 });
}

DeliveryWorker::behavior_type Behavior(DeliverySelf self, DeliveryOptions options) {
  self->state.options = std::move(options);
  return {
      [self](const DeliverChunk& deliver) {
        ChunkWork& work = *deliver.work;
        if (!work.encoded) {
          const MemoryReservation output =
              ReserveOutput(deliver, *self->state.options.encode_memory);
          if (output.bytes() == 0 && work.delivery.chunk->seal.payload_bytes > 0) {
            self->delayed_send(self, kEncodeRetryDelay,
                               DeliverChunk{deliver.work, deliver.waits + 1});
            return;
          }
          StatusOr<uint64_t> released = EncodeChunk(work);
          if (!released.ok()) {
            Report(self, deliver.work,
                   DeliveryOutcome::Retry("Sink.Encode", released.status().ToString(),
                                          Severity::kOperator));
            return;
          }
          if (*released > 0) {
            self->send(self->state.options.supervisor, ChunkEncoded{deliver.work, *released});
          }
        }
        StartAttempt(self, deliver.work);
      },
  };
}

}  // namespace

DeliveryWorker SpawnDeliveryWorker(caf::actor_system& system, DeliveryOptions options) {
  return system.spawn(Behavior, std::move(options));
}

}  // namespace hydrant
