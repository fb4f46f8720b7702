// ProcessPool: runs simulations in processes of their own, several at once, so that a check of the product's that
// fails, or a schedule without an end, takes nothing else along.
// Owner:   one thread, of a process that has no other
// Units:   wall-clock seconds
#pragma once

#include "tests/simulation/simulation.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <sys/types.h>

namespace hydrant::simulation {

struct SeedReport {
  uint64_t seed = 0;
  SimulationResult result;  // its violation tells, too, how the process ended
};

class ProcessPool {
 public:
  explicit ProcessPool(int jobs) : jobs_(jobs) {}
  ~ProcessPool();  // ends what still runs
  ProcessPool(const ProcessPool&) = delete;
  ProcessPool& operator=(const ProcessPool&) = delete;

  bool full() const { return running_.size() >= static_cast<size_t>(jobs_); }
  bool idle() const { return running_.empty(); }
  void Start(const SimulationOptions& options);
  // Waits until one has ended. Not when idle.
  SeedReport Wait();

 private:
  struct Child {
    uint64_t seed;
    pid_t pid;
    std::string output;
    std::chrono::steady_clock::time_point started;
    bool killed = false;
  };

  bool ReadFrom(int pipe, Child& child);
  SeedReport Finish(int pipe);
  void KillLate();

  const int jobs_;
  std::map<int, Child> running_;  // by the pipe that its report comes through
};

}  // namespace hydrant::simulation
