// Faults: what goes wrong in one simulation, and when: destinations, disk, process, power and clock, each for a while.
// Owner:   one thread
#pragma once

#include "tests/simulation/world.h"

#include <absl/time/time.h>

namespace hydrant::simulation {

// Who can be killed.
class FaultTarget {
 public:
  virtual ~FaultTarget() = default;
  // `at_once`, or in the midst of one of its next calls of the file system.
  virtual void Kill(bool at_once, bool with_power, absl::Duration downtime) = 0;
  virtual void Restart(bool drain, absl::Duration downtime) = 0;
};

class Faults {
 public:
  Faults(World& world, FaultTarget& target);
  // Returns when they will be over.
  absl::Duration Plan();
  // Everything is well from now on.
  void End();

 private:
  void PlanOne(absl::Duration at);
  void Begin();
  void BadTemper(size_t number);
  void BadDisk();
  void FullDisk();
  absl::Duration SomeTime();
  void Later(absl::Duration delay, std::function<void()> work);

  World& world_;
  FaultTarget& target_;
  Rng rng_;
  bool over_ = false;
};

}  // namespace hydrant::simulation
