// Transformer: applies a stream's transforms, in order, to one batch after the other.
// Spawned: by the stream supervisor; stateless, so any number may work side by side.
// Bound:   what it holds was paid for by the feed's window.
// On death: the supervisor builds the pipeline anew from log and ledger.
#pragma once

#include "actors/buffer.h"
#include "actors/caf_types.h"
#include "actors/pipeline_batch.h"
#include "engine/component.h"

#include <memory>
#include <vector>

namespace hydrant {

struct TransformApplied {
  uint64_t sequence;
  RecordBatchPtr batch;
};

using Transformer =
    caf::typed_actor<caf::reacts_to<PipelineBatch>, caf::reacts_to<TransformApplied>>;

struct TransformerOptions {
  std::vector<std::shared_ptr<Transform>> transforms;
  Buffer buffer;
  ArenaPool* pool = nullptr;
};

Transformer SpawnTransformer(caf::actor_system& system, TransformerOptions options);

}  // namespace hydrant

HYDRANT_MESSAGE(TransformApplied)
