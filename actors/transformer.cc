#include "actors/transformer.h"

#include <absl/container/flat_hash_map.h>
#include <caf/actor_system.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <utility>

namespace hydrant {
namespace {

struct Running {
  PipelineBatch batch;
  size_t next_transform = 0;
};

struct TransformerState {
  TransformerState() {}
  static inline const char* name = "hydrant.transformer";

  TransformerOptions options;
  absl::flat_hash_map<uint64_t, Running> running;  // by sequence
};

using TransformerSelf = Transformer::stateful_pointer<TransformerState>;

void Advance(TransformerSelf self, Running running) {
  TransformerState& state = self->state;
  if (!running.batch.slice.batch || running.next_transform == state.options.transforms.size()) {
    self->send(state.options.buffer, std::move(running.batch));
    return;
  }
  Transform& transform = *state.options.transforms[running.next_transform++];
  const uint64_t sequence = running.batch.sequence;
  TransformInput input{running.batch.slice, state.options.pool};
  state.running.emplace(sequence, std::move(running));
  transform.Apply(std::move(input), [handle = Transformer{self}, sequence](TransformOutput output) {
    caf::anon_send(handle, TransformApplied{sequence, std::move(output.batch)});
  });
}

Transformer::behavior_type Behavior(TransformerSelf self, TransformerOptions options) {
  self->state.options = std::move(options);
  return {
      [self](PipelineBatch& batch) { Advance(self, Running{std::move(batch)}); },
      [self](TransformApplied& applied) {
        auto node = self->state.running.extract(applied.sequence);
        if (node.empty()) return;  // answered twice
        Running running = std::move(node.mapped());
        const auto records = static_cast<uint32_t>(applied.batch->record_count());
        running.batch.slice = Slice{std::move(applied.batch), 0, records};
        Advance(self, std::move(running));
      },
  };
}

}  // namespace

Transformer SpawnTransformer(caf::actor_system& system, TransformerOptions options) {
  return system.spawn(Behavior, std::move(options));
}

}  // namespace hydrant
