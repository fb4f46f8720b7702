#include "tests/simulation/simulation.h"

#include "engine/base/log_sink.h"
#include "tests/simulation/faults.h"
#include "tests/simulation/sim_node.h"
#include "tests/simulation/workload.h"
#include "tests/simulation/world.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace hydrant::simulation {
namespace {

// From here on nobody thinks that it gets on.
constexpr uint64_t kStepsMax = 5'000'000;
constexpr absl::Duration kDrainMax = absl::Hours(2);
// What was sent before faults ended may arrive this much later.
constexpr absl::Duration kLateMax = absl::Minutes(15);
constexpr absl::Duration kSettleTime = absl::Minutes(3);
constexpr absl::Duration kStopMax = absl::Seconds(30);
constexpr uint64_t kDeathCallsMax = 60;
constexpr absl::Duration kDeathWaitMax = absl::Seconds(2);

// Log lines go to the trace of the simulation that runs.
const Trace* log_lines = nullptr;

void PrintLogLine(LogLevel /*level*/, std::string_view message,
                  std::initializer_list<LogField> fields) {
  if (log_lines == nullptr || !log_lines->prints()) return;
  std::string line = "log: ";
  line += message;
  for (const LogField& field : fields) {
    line.append(" ").append(field.key).append("=").append(field.value);
  }
  log_lines->Print(line);
}

class Simulation final : public FaultTarget {
 public:
  explicit Simulation(const SimulationOptions& options)
      : world_(options.seed, options.plant, options.print_trace),
        workload_(world_, [this] { return takes_requests_ ? node_.get() : nullptr; }),
        faults_(world_, *this),
        rng_(world_.seeds.Fork()) {
    log_lines = &world_.trace;
    SetLogSink(PrintLogLine);
  }
  ~Simulation() override {
    world_.files.Die();
    node_.reset();
    SetLogSink(nullptr);
    log_lines = nullptr;
  }

  SimulationResult Run();

  void Kill(bool at_once, bool with_power, absl::Duration downtime) override;
  void Restart(bool drain, absl::Duration downtime) override;

 private:
  void Start();
  void BringDown();
  // One thing happens; false when nothing does until `limit`.
  bool Step(absl::Duration limit);
  void RunUntil(absl::Duration limit);
  void RunUntilDrained();
  void CheckRestart();
  bool Goes() const { return !world_.model.violated(); }

  World world_;
  std::unique_ptr<SimNode> node_;
  Workload workload_;
  Faults faults_;
  Rng rng_;
  bool takes_requests_ = false;
  bool power_fails_ = false;
  absl::Duration downtime_;
  uint64_t lives_ = 0;
  uint64_t steps_ = 0;
};

void Simulation::Start() {
  world_.trace.Note("node starts");
  ++lives_;
  node_ = std::make_unique<SimNode>(world_);
  takes_requests_ = true;
}

void Simulation::Kill(bool at_once, bool with_power, absl::Duration downtime) {
  if (!node_) return;
  power_fails_ = with_power;
  downtime_ = downtime;
  if (at_once) return world_.files.Die();
  world_.files.DieWithin(rng_.Between(1, kDeathCallsMax));
  world_.timers.After(kDeathWaitMax, [this, life = lives_] {
    if (node_ && lives_ == life) world_.files.Die();
  });
}

void Simulation::Restart(bool drain, absl::Duration downtime) {
  if (!node_) return;
  world_.trace.Note("node is told to stop");
  takes_requests_ = false;
  downtime_ = downtime;
  node_->BeginStop(drain);
  if (!drain) return;
  world_.timers.After(kStopMax, [this, life = lives_] {
    if (node_ && lives_ == life) node_->BeginStop(false);
  });
}

void Simulation::BringDown() {
  takes_requests_ = false;
  world_.files.Die();
  node_.reset();
  world_.trace.Note(power_fails_ ? "power is lost" : "node is gone");
  world_.model.ProcessDied();
  workload_.ProcessDied();
  if (std::exchange(power_fails_, false)) {
    world_.files.LosePower();
    world_.model.PowerLost();
  }
  world_.files.Revive();
  world_.timers.After(downtime_, [this] { Start(); });
}

bool Simulation::Step(absl::Duration limit) {
  ++steps_;
  if (node_ && (world_.files.dead() || node_->stopped())) {
    BringDown();
    return true;
  }
  if (world_.timers.RunOne()) return true;
  if (node_ && node_->RunOne()) {
    // Work takes time, now and then.
    if (rng_.Chance(0.01)) {
      const absl::Duration late = rng_.Between(absl::ZeroDuration(), absl::Milliseconds(20));
      world_.time.AdvanceTo(world_.time.elapsed() + late);
    }
    return true;
  }
  const absl::Duration next =
      std::min(world_.timers.next(), node_ ? node_->next() : absl::InfiniteDuration());
  world_.time.AdvanceTo(std::min(next, limit));
  return next < limit;
}

void Simulation::RunUntil(absl::Duration limit) {
  while (Goes() && (world_.time.elapsed() < limit) && steps_ < kStepsMax) Step(limit);
  if (steps_ >= kStepsMax) world_.model.Violate("it never comes to rest");
}

void Simulation::RunUntilDrained() {
  const absl::Duration limit = world_.time.elapsed() + kDrainMax;
  while (Goes() && world_.time.elapsed() < limit) {
    RunUntil(std::min(limit, world_.time.elapsed() + absl::Seconds(5)));
    if (workload_.finished() && node_ && node_->drained()) return;
  }
  if (!Goes()) return;
  std::string why = node_ ? node_->Backlog() : "there is no node";
  if (why.empty()) why = "a producer is refused to this day";
  world_.model.Violate(
      absl::StrCat("stuck: nothing fails since ", absl::FormatDuration(kDrainMax), ", and ", why));
}

// Nothing is sent again after an orderly stop.
void Simulation::CheckRestart() {
  const uint64_t attempts = world_.model.attempts();
  Restart(/*drain=*/false, absl::Seconds(1));
  RunUntil(world_.time.elapsed() + kSettleTime);
  if (!Goes()) return;
  if (!node_ || !node_->drained()) {
    world_.model.Violate("after an orderly restart: " +
                         (node_ ? node_->Backlog() : "the node has not stopped"));
  } else if (world_.model.attempts() != attempts) {
    world_.model.Violate("after an orderly restart something was sent again");
  }
}

SimulationResult Simulation::Run() {
  const absl::Duration length = faults_.Plan();
  Start();
  workload_.Start(length);
  RunUntil(length);
  world_.trace.Note("faults end");
  faults_.End();
  RunUntilDrained();
  if (Goes()) RunUntil(world_.time.elapsed() + kLateMax);
  if (Goes()) CheckRestart();
  if (Goes()) world_.model.CheckDrained();
  SimulationResult result;
  result.violation = world_.model.violation();
  result.at_seconds = absl::ToDoubleSeconds(world_.time.elapsed());
  result.trace_hash = world_.trace.hash();
  result.steps = steps_;
  result.acknowledged_records = world_.model.acknowledged();
  result.objects = world_.model.objects();
  result.deaths = lives_ - 1;
  result.uncertain_and_stored = world_.model.uncertain_and_stored();
  return result;
}

}  // namespace

SimulationResult Simulate(const SimulationOptions& options) { return Simulation(options).Run(); }

}  // namespace hydrant::simulation
