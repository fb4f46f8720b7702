// SimNode: a whole node in one thread: the product's actors, log, ledger and intakes, and what its registry does to
// keep streams running, on the simulated disk, clock and destinations of a world.
// Owner:   one thread. Destroying it is killing the process: first let the world's file system die.
#pragma once

#include "actors/stream_intake.h"
#include "actors/stream_supervisor.h"
#include "tests/simulation/sim_scheduler.h"
#include "tests/simulation/world.h"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace hydrant::simulation {

class SimNode {
 public:
  explicit SimNode(World& world);
  ~SimNode();
  SimNode(const SimNode&) = delete;
  SimNode& operator=(const SimNode&) = delete;

  // As a source does. `done` is not called any more once the node is destroyed.
  void Put(int stream, const std::vector<std::string>& records, AppendDone done);

  // Runs one message, handler or timer that is due; false when there is none.
  bool RunOne();
  // When there is something to run again.
  absl::Duration next() const;

  // Intakes close, actors end; what is undelivered stays in the logs. With `drain` it is delivered first; a
  // second call without it ends that.
  void BeginStop(bool drain);
  bool stopped() const;
  // Nothing is left to deliver, and nobody holds memory for it.
  bool drained() const;
  // Why not, for people.
  std::string Backlog() const;

 private:
  // Of one branch.
  struct Route {
    std::vector<Destination> destinations;
    std::shared_ptr<Sink> errors;
    std::vector<std::shared_ptr<Transform>> transforms;
    std::shared_ptr<StreamProbe> probe;
  };
  struct RunningStream {
    ShardPtr shard;
    std::vector<ShardLedgerPtr> ledgers;  // one a branch
    StreamSupervisor supervisor;
    std::vector<Route> routes;
    std::shared_ptr<IngestSlot> slot;
    std::shared_ptr<LocalIntake> intake;
    std::string failure;  // of its last opening
    bool reopening = false;
    bool ending = false;
    bool ended = false;
    int reopen_after_ticks = 0;
  };

  void StartStream(size_t number);
  Status OpenShard(size_t number);
  void CallOperator(size_t number, const Status& error);
  Route MakeRoute(size_t stream, size_t branch);
  StreamOptions OptionsOf(size_t number);
  BranchOptions BranchOf(size_t stream, size_t branch);
  void Reopen(size_t number);
  void OpenReleased(size_t number, std::weak_ptr<Shard> old, int polls_left);
  void EndStreamOf(size_t number);
  void Watch();
  uint64_t PipelineSlack() const;
  void CheckMemory();

  World& world_;
  caf::actor_system_config config_;
  ArenaPool pool_{1 << 20};
  MemoryBudget ingest_memory_;
  MemoryBudget tail_memory_;
  MemoryBudget pipeline_memory_;
  MemoryBudget encode_memory_;
  MetricRegistry metrics_;
  Rng entropy_;
  std::unique_ptr<caf::actor_system> system_;
  asio::io_context io_;
  TimerQueue timers_;
  SimScheduler scheduler_;
  LogWriter writer_;
  LogReader reader_;
  std::atomic<bool> disk_full_{false};
  std::vector<RunningStream> streams_;
  uint64_t ticks_ = 0;
  bool ending_ = false;
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace hydrant::simulation
