// Runner: many schedules one after the other, several at once; tells of each that breaks a promise how to see it again.
// Owner:   one thread
#pragma once

#include "tests/simulation/options.h"

namespace hydrant::simulation {

// Prints to standard output. The exit code.
int RunSchedules(const RunnerOptions& options);
// Every plant until it is found.
int RunPlants(const RunnerOptions& options);
// One schedule in this process, with its trace.
int RunTraced(const RunnerOptions& options);

}  // namespace hydrant::simulation
