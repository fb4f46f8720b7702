// World: all that is there besides the node: time, the disk, destinations, the model, and the plan of the seed.
// Owner:   one thread; outlives every node in it
// Units:   bytes
#pragma once

#include "engine/delivery/retry_policy.h"
#include "engine/stream/stream_definition.h"
#include "tests/simulation/model.h"
#include "tests/simulation/plants.h"
#include "tests/simulation/sim_destination.h"
#include "tests/simulation/sim_file_system.h"
#include "tests/simulation/sim_transform.h"

#include <memory>
#include <vector>

namespace hydrant::simulation {

struct StorePlan {
  bool keeps_records = false;
  SinkPlan sink;
  RetryPolicy retry;
};

struct BranchPlan {
  std::vector<StorePlan> destinations;
  SinkPlan errors;
  TransformPlan transform;
  BufferingHints hints;
};

struct StreamPlan {
  StreamDefinitionPtr definition;
  LogOptions log;  // without its tail memory, which is the node's
  BufferingHints error_hints;
  std::vector<BranchPlan> branches;  // the stream's own, then its backup
};

struct NodePlan {
  std::vector<StreamPlan> streams;
  uint64_t ingest_bytes = 4 << 20;
  uint64_t tail_bytes = 1 << 20;
  uint64_t pipeline_bytes = 8 << 20;
  uint64_t encode_bytes = 1 << 20;
  uint64_t batch_bytes_max = 1 << 20;  // the largest that the workload sends
};

// A node as somebody might have set it up.
NodePlan MakeNodePlan(Rng rng);

struct BranchStores {
  std::vector<SimDestination*> destinations;
  SimDestination* errors;
};

struct World {
  World(uint64_t seed, Plant plant, bool print);

  Rng seeds;  // where parts get their own from
  VirtualTime time;
  WallClock clock{time};
  Trace trace;
  TimerQueue timers{time};
  Model model{trace, time};
  SimFileSystem files;
  const Plant plant;
  const NodePlan plan;
  std::vector<std::unique_ptr<SimDestination>> destinations;  // of all branches
  std::vector<std::vector<BranchStores>> stores;              // of each stream

 private:
  void NoteStream(int number, const StreamPlan& stream);
  BranchStores MakeStores(Place place, const BranchPlan& branch);
};

}  // namespace hydrant::simulation
