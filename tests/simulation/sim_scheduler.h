// SimScheduler: decides, by its own randomness, which actor or I/O handler of a node goes next; one message or one
// handler at a time, in one thread, in virtual time.
// Owner:   one thread
#pragma once

#include "tests/simulation/rng.h"
#include "tests/simulation/virtual_time.h"

#include <boost/asio/io_context.hpp>
#include <caf/fwd.hpp>
#include <caf/scheduler/test_coordinator.hpp>

namespace hydrant::simulation {

class SimScheduler {
 public:
  // The actor system's scheduler.policy is "testing". Its clock begins with this object.
  SimScheduler(caf::actor_system& system, asio::io_context& io, const VirtualTime& time, Rng rng);

  // Runs a message or handler; false when there is none.
  bool RunOne();
  // When the next timer of an actor ends; infinite: there is none.
  absl::Duration next() const;
  // Sends what is due as of the virtual time.
  void ObserveTime();
  // For ending a node: until nobody has work; and without what actors wanted later.
  void RunAll();
  void DropTimers();

 private:
  bool RunActor();

  caf::scheduler::test_coordinator& actors_;
  asio::io_context& io_;
  const VirtualTime& time_;
  Rng rng_;
};

}  // namespace hydrant::simulation
