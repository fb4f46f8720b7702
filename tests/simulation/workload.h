// Workload: producers as they are: each sends a request, waits for its answer, and sends it again when it was refused
// or nobody answered.
// Owner:   one thread
#pragma once

#include "tests/simulation/sim_node.h"
#include "tests/simulation/world.h"

#include <cstdint>
#include <functional>
#include <vector>

namespace hydrant::simulation {

class Workload {
 public:
  // `node` tells which process listens, null when none does.
  Workload(World& world, std::function<SimNode*()> node);

  // New requests are made until then.
  void Start(absl::Duration until);
  void ProcessDied();
  // Every request was acknowledged in the end.
  bool finished() const { return producing_ == 0; }

 private:
  struct Producer {
    int stream;
    Rng rng;
    absl::Duration pause_max;
    uint32_t records_max;
    uint32_t record_bytes_max;
    uint64_t bytes_left;          // that it will send
    std::vector<uint32_t> sizes;  // of the request that is to be acknowledged
    int failures = 0;
    bool waits = false;  // for an answer
  };

  Producer MakeProducer(int stream, Rng rng) const;
  void Next(size_t producer);
  void MakeSizes(Producer& producer) const;
  void Send(size_t producer);
  void Answered(size_t producer, uint32_t request, const StatusOr<AppendReceipt>& receipt);
  void SendLater(size_t producer);

  World& world_;
  const std::function<SimNode*()> node_;
  std::vector<Producer> producers_;
  absl::Duration until_;
  size_t producing_ = 0;
};

}  // namespace hydrant::simulation
