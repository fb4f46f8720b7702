// LogReader: reads batches that the tail cache no longer holds, for feeds that lag.
// Spawned: by the node, detached (it blocks on the disk), one or a few for all shards.
// Bound:   each feed has one read under way.
// On death: nothing but the node ends it: what a read throws is answered as an error.
#pragma once

#include "actors/caf_types.h"
#include "actors/shard.h"

#include <memory>

namespace caf {
class actor_system;
}

namespace hydrant {

struct ReadLog {
  ShardPtr shard;
  Position from;
  uint64_t bytes_max;
};
struct LogRead {
  std::shared_ptr<StatusOr<LogReadResult>> result;
};

using LogReader = caf::typed_actor<caf::replies_to<ReadLog>::with<LogRead>>;

struct LogReaderOptions {
  bool detached = true;  // false only under a testing scheduler
};
LogReader SpawnLogReader(caf::actor_system& system, LogReaderOptions options);

}  // namespace hydrant

HYDRANT_MESSAGE(ReadLog)
HYDRANT_MESSAGE(LogRead)
