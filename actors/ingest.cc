#include "actors/ingest.h"

#include <caf/actor_system.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <deque>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace hydrant {

IngestWork::~IngestWork() {
  if (done) Answer(Unavailable("The stream stopped before the records were stored."));
}

void IngestWork::Answer(StatusOr<AppendReceipt> result) {
  AppendDone answer = std::exchange(done, nullptr);
  reservation.Release();
  answer(std::move(result));
}

namespace {

// Who is in which batch of an append, and from which record on.
struct Member {
  IngestWorkPtr work;
  size_t batch_index;
  uint64_t first_record;
  uint64_t record_count;
  uint64_t bytes;
};

struct Append {
  std::shared_ptr<AppendWork> work = std::make_shared<AppendWork>();
  std::vector<Member> members;
};

// Moves waiting batches into one append. Neighbours that are small share a batch.
Append GatherAppend(std::deque<IngestWorkPtr>& waiting, const IngestOptions& options) {
  Append append;
  std::optional<RecordBatchBuilder> shared;
  absl::Time shared_arrival;
  uint64_t bytes = 0;
  auto close_shared = [&] {
    if (!shared) return;
    append.work->batches.push_back(std::move(*shared).Build(shared_arrival));
    shared.reset();
  };
  auto is_small = [&](const RecordBatch& batch) {
    return batch.payload_bytes() <= options.coalesce_bytes_max;
  };
  while (!waiting.empty() && bytes < options.append_bytes_max) {
    IngestWorkPtr work = std::move(waiting.front());
    waiting.pop_front();
    RecordBatch& batch = *work->batch;
    bytes += batch.payload_bytes();
    const uint64_t count = batch.record_count();
    const bool next_is_small = !waiting.empty() && is_small(*waiting.front()->batch);
    if (is_small(batch) && (shared || next_is_small)) {
      if (!shared) {
        shared.emplace(*options.pool, 2 * options.coalesce_bytes_max);
        shared_arrival = batch.arrival();
      }
      append.members.push_back({work, append.work->batches.size(), shared->record_count(), count,
                                batch.payload_bytes()});
      shared->AddRecords(batch, 0, count);
      work->batch.reset();
      // A frame much larger than this gains nothing.
      if (shared->payload_bytes() >= 8 * options.coalesce_bytes_max) close_shared();
    } else {
      close_shared();
      append.members.push_back(
          {work, append.work->batches.size(), 0, count, batch.payload_bytes()});
      append.work->batches.push_back(std::move(work->batch));
    }
  }
  close_shared();
  return append;
}

struct IngestState {
  IngestState() {}
  static inline const char* name = "hydrant.ingest";

  IngestOptions options;
  std::deque<IngestWorkPtr> waiting;
  bool appending = false;
  std::vector<std::function<void()>> all_answered;
};

using IngestSelf = Ingest::stateful_pointer<IngestState>;

void AnswerAppend(const Append& append, StreamProbe& probe) {
  for (const Member& member : append.members) {
    const StatusOr<Position>& result = append.work->results[member.batch_index];
    probe.SetHasNoRoom(absl::IsResourceExhausted(result.status()));
    if (result.ok()) {
      probe.BatchAppended(member.record_count, member.bytes);
      member.work->Answer(AppendReceipt{*result + member.first_record, member.record_count});
    } else {
      probe.AppendRefused();
      member.work->Answer(result.status());
    }
  }
}

void StartAppend(IngestSelf self) {
  IngestState& state = self->state;
  if (state.appending) return;
  if (state.waiting.empty()) {
    for (const std::function<void()>& tell : std::exchange(state.all_answered, {})) tell();
    return;
  }
  state.appending = true;
  auto append = std::make_shared<Append>(GatherAppend(state.waiting, state.options));
  self->request(state.options.writer, caf::infinite,
                AppendBatches{state.options.shard, append->work})
      .then(
          [self, append](const BatchesAppended&) {
            AnswerAppend(*append, *self->state.options.probe);
            self->state.appending = false;
            StartAppend(self);
          },
          // The writer is gone: the works' destructors tell their producers.
          [self](const caf::error&) {
            self->state.appending = false;
            StartAppend(self);
          });
}

Ingest::behavior_type Behavior(IngestSelf self, IngestOptions options) {
  self->state.options = std::move(options);
  return {
      [self](IngestBatch& message) {
        self->state.waiting.push_back(std::move(message.work));
        StartAppend(self);
      },
      [self](AnswerAll& message) {
        self->state.all_answered.push_back(std::move(message.answered));
        StartAppend(self);
      },
  };
}

}  // namespace

Ingest SpawnIngest(caf::actor_system& system, IngestOptions options) {
  return system.spawn(Behavior, std::move(options));
}

}  // namespace hydrant
