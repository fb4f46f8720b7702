#include "actors/transformer.h"

#include "actors/exception_text.h"
#include "engine/base/component_scope.h"
#include "engine/base/logging.h"

#include <absl/container/flat_hash_map.h>
#include <caf/actor_system.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <string>
#include <utility>

namespace hydrant {
namespace {

constexpr int kCrashesMax = 3;
constexpr int kDelayFactorMax = 100;
constexpr std::chrono::milliseconds kCrashDelay{200};

struct Running {
  PipelineBatch batch;
  Slice source;  // as it came, for another try
  size_t next_transform = 0;
  int crashes = 0;
};

Failure CrashOf(const Running& work, const std::string& what) {
  Failure failure;
  failure.positions = {work.source.positions()};
  failure.error_code = "Hydrant.ComponentCrashed";
  failure.error_message = what;
  failure.attempts = static_cast<uint32_t>(work.crashes);
  failure.transformed = false;
  return failure;
}

struct TransformerState {
  TransformerState() {}
  static inline const char* name = "hydrant.transformer";

  Transformer::pointer self = nullptr;
  TransformerOptions options;
  absl::flat_hash_map<uint64_t, Running> running;  // by sequence
  bool retiring = false;

  void Begin(PipelineBatch batch);
  void Pass(PipelineBatch batch) {
    --*options.transforming;
    self->send(options.buffer, std::move(batch));
  }
  void Apply(uint64_t sequence);
  void Applied(TransformApplied& applied);
  void Crashed(uint64_t sequence, const std::string& what);
  void GiveUp(Running running, const std::string& what);
  void EndIfRetired() {
    if (retiring && running.empty()) self->quit();
  }
};

void TransformerState::Begin(PipelineBatch batch) {
  if (!batch.slice.batch || !batch.wants_transforms()) {
    return Pass(std::move(batch));
  }
  const uint64_t sequence = batch.sequence;
  Slice source = batch.slice;
  running.emplace(sequence, Running{std::move(batch), std::move(source)});
  Apply(sequence);
}

void TransformerState::Apply(uint64_t sequence) {
  Running& work = running.at(sequence);
  if (work.next_transform == options.transforms.size()) {
    Pass(std::move(work.batch));
    running.erase(sequence);
    return EndIfRetired();
  }
  Transform& transform = *options.transforms[work.next_transform++];
  auto done = [handle = Transformer{self}, sequence](TransformOutput output) {
    caf::anon_send(handle, TransformApplied{sequence, std::move(output.batch)});
  };
  try {
    const ComponentScope scope;
    transform.Apply(TransformInput{work.batch.slice, options.pool}, std::move(done));
  } catch (...) {
    Crashed(sequence, ExceptionText(std::current_exception()));
  }
}

void TransformerState::Applied(TransformApplied& applied) {
  const auto found = running.find(applied.sequence);
  if (found == running.end()) return;  // answered twice
  const auto records = static_cast<uint32_t>(applied.batch->record_count());
  found->second.batch.slice = Slice{std::move(applied.batch), 0, records};
  Apply(applied.sequence);
}

void TransformerState::Crashed(uint64_t sequence, const std::string& what) {
  const auto found = running.find(sequence);
  Running& work = found->second;
  LogError("A transform failed on a batch.", {{"error", what}, {"times", ++work.crashes}});
  if (work.crashes >= kCrashesMax) {
    Running given_up = std::move(work);
    running.erase(found);
    GiveUp(std::move(given_up), what);
    return EndIfRetired();
  }
  work.batch.slice = work.source;
  work.next_transform = 0;
  self->delayed_send(self, kCrashDelay * std::min(work.crashes, kDelayFactorMax),
                     TransformAgain{sequence});
}

// The records go on as they came. What was given up before keeps the reason that it has.
void TransformerState::GiveUp(Running work, const std::string& what) {
  PipelineBatch& batch = work.batch;
  batch.slice = work.source;
  if (batch.failure) {
    auto as_it_came = std::make_shared<Failure>(*batch.failure);
    as_it_came->transformed = false;
    batch.failure = std::move(as_it_came);
  } else if (!batch.rebuild || batch.rebuild->failures.empty()) {
    batch.crash = std::make_shared<const Failure>(CrashOf(work, what));
  }
  Pass(std::move(batch));
}

Transformer::behavior_type Behavior(Transformer::stateful_pointer<TransformerState> self,
                                    TransformerOptions options) {
  self->state.self = self;
  self->state.options = std::move(options);
  return {
      [self](PipelineBatch& batch) { self->state.Begin(std::move(batch)); },
      [self](TransformApplied& applied) { self->state.Applied(applied); },
      [self](TransformAgain again) { self->state.Apply(again.sequence); },
      [self](Retire) {
        self->state.retiring = true;
        self->state.EndIfRetired();
      },
  };
}

}  // namespace

Transformer SpawnTransformer(caf::actor_system& system, TransformerOptions options) {
  return system.spawn(Behavior, std::move(options));
}

}  // namespace hydrant
