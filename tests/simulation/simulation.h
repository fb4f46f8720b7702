// Simulate: the life of one node under the faults of one seed: work, failures, recovery, drain; and what was found
// wrong with it. The same seed gives the same life.
// Owner:   one thread
// Errors:  what the model finds is in the result; a check of the product's own that fails ends the process
#pragma once

#include "tests/simulation/plants.h"

#include <cstdint>
#include <string>

namespace hydrant::simulation {

struct SimulationOptions {
  uint64_t seed = 1;
  Plant plant = Plant::kNone;
  bool print_trace = false;
};

struct SimulationResult {
  std::string violation;  // empty: all that must hold did
  double at_seconds = 0;  // of virtual time, when it was found
  uint64_t trace_hash = 0;
  uint64_t steps = 0;
  uint64_t acknowledged_records = 0;
  uint64_t objects = 0;
  uint64_t deaths = 0;
  uint64_t uncertain_and_stored = 0;
};

SimulationResult Simulate(const SimulationOptions& options);

}  // namespace hydrant::simulation
