// Transformer: applies a stream's transforms, in order, to one batch after the other.
// Role:    a transform that throws gets the batch again; after the third time the batch goes on empty, with the
//          reason, and is given up.
// Spawned: by the branch; stateless, so any number may work side by side.
// Bound:   what it holds was paid for by the feed's window.
// On death: the branch builds the pipeline anew from log and ledger.
#pragma once

#include "actors/branch.h"
#include "actors/buffer.h"
#include "actors/caf_types.h"
#include "actors/pipeline_batch.h"
#include "engine/component.h"

#include <atomic>
#include <memory>
#include <vector>

namespace hydrant {

struct TransformApplied {
  uint64_t sequence;
  RecordBatchPtr batch;
};

struct TransformAgain {
  uint64_t sequence;
};
// Ends when all that it has is done.
struct Retire {};

using Transformer =
    caf::typed_actor<caf::reacts_to<PipelineBatch>, caf::reacts_to<TransformApplied>,
                     caf::reacts_to<TransformAgain>, caf::reacts_to<Retire>>;

struct TransformerOptions {
  std::vector<std::shared_ptr<Transform>> transforms;
  Buffer buffer;
  ArenaPool* pool = nullptr;
  // Counted by the feed; what goes on to the buffer is counted off.
  std::shared_ptr<std::atomic<int>> transforming;
};

Transformer SpawnTransformer(caf::actor_system& system, TransformerOptions options);

}  // namespace hydrant

HYDRANT_MESSAGE(TransformApplied)
HYDRANT_MESSAGE(TransformAgain)
HYDRANT_MESSAGE(Retire)
