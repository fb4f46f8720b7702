// SimTransform: appends to records, drops some, and now and then fails on what it is given.
// Owner:   one thread
#pragma once

#include "engine/component.h"
#include "tests/simulation/rng.h"
#include "tests/simulation/virtual_time.h"

#include <functional>

namespace hydrant::simulation {

struct TransformPlan {
  bool present = false;
  double throws = 0;          // chance that it throws on a batch
  uint32_t poison_every = 0;  // it always throws on a batch that holds such a record; 0: on none
  double late = 0;            // chance that it answers later
};

class SimTransform final : public Transform {
 public:
  SimTransform(const TransformPlan& plan, TimerQueue& timers, Rng rng)
      : plan_(plan), timers_(timers), rng_(rng) {}
  void Apply(TransformInput input, std::function<void(TransformOutput)> done) override;

 private:
  const TransformPlan& plan_;
  TimerQueue& timers_;
  Rng rng_;
};

}  // namespace hydrant::simulation
