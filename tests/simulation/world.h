// World: all that is there besides the node: time, the disk, destinations, the model, and the plan of the seed.
// Owner:   one thread; outlives every node in it
// Units:   bytes
#pragma once

#include "engine/stream/stream_definition.h"
#include "tests/simulation/model.h"
#include "tests/simulation/plants.h"
#include "tests/simulation/sim_destination.h"
#include "tests/simulation/sim_file_system.h"

#include <memory>
#include <vector>

namespace hydrant::simulation {

struct StreamPlan {
  StreamDefinitionPtr definition;
  LogOptions log;  // without its tail memory, which is the node's
  SinkPlan sink;
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

struct World {
  World(uint64_t seed, Plant plant, bool print);
  void NoteStream(int number, const StreamPlan& stream);

  Rng seeds;  // where parts get their own from
  VirtualTime time;
  WallClock clock{time};
  Trace trace;
  TimerQueue timers{time};
  Model model{trace};
  SimFileSystem files;
  const Plant plant;
  const NodePlan plan;
  std::vector<std::unique_ptr<SimDestination>> destinations;  // one a stream
};

}  // namespace hydrant::simulation
