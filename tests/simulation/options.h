// RunnerOptions: what hydrant-simulate is told on its command line.
// Owner:   plain data
// Errors:  ParseOptions prints what is wrong to standard error and returns false
#pragma once

#include "tests/simulation/plants.h"

#include <cstdint>
#include <string>

namespace hydrant::simulation {

struct RunnerOptions {
  uint64_t from = 1;
  uint64_t count = 300;
  double minutes_max = 0;  // 0: no bound
  int jobs = 0;            // 0: one a core
  Plant plant = Plant::kNone;
  bool all_plants = false;
  bool trace = false;  // of the one seed `from`
  bool help = false;
  std::string first_path;  // a file of seeds that are run before the others
};

extern const char kUsage[];
bool ParseOptions(int argc, char** argv, RunnerOptions& options);

}  // namespace hydrant::simulation
