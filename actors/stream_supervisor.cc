#include "actors/stream_supervisor.h"

#include "engine/base/logging.h"

#include <caf/actor_system.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <atomic>
#include <utility>

namespace hydrant {
namespace {

struct RunningReplay {
  std::string name;
  Branch branch;
  std::function<void()> ended;
};

struct SupervisorState {
  SupervisorState() {}
  ~SupervisorState();
  static inline const char* name = "hydrant.stream_supervisor";

  StreamSupervisor::pointer self = nullptr;
  // It lives until it ends, whoever still knows of it.
  StreamSupervisor kept_alive;
  StreamOptions options;
  ShardPtr shard;
  std::vector<Branch> branches;
  std::vector<RunningReplay> replays;
  Ingest ingest;
  std::function<void()> delivery_ended;        // set: somebody waits for it
  std::vector<std::function<void()>> stopped;  // not empty: stopping

  const BranchOptions& own() const { return options.branches.front(); }
  bool stopping() const { return !stopped.empty(); }
  void StartIngest();
  void StartBranches();
  uint64_t WindowOfEach(uint64_t bytes) const { return bytes / options.branches.size(); }
  void ChildDown(const caf::down_msg& down);
  bool ReplayDown(const caf::down_msg& down);
  void Drain(const DrainStream& drain);
  void Replay(StartReplay& start);
  void EndReplay(const std::string& replay);
  void EndDeliveries(EndDelivery& end);
  void End(EndStream& stop);
  void EndIfStopped();
};

void SupervisorState::StartIngest() {
  ingest =
      SpawnIngest(self->home_system(), IngestOptions{shard, own().probe, own().writer, own().pool});
  self->monitor(ingest);
  options.ingest->Set(ingest);
}

void SupervisorState::StartBranches() {
  for (BranchOptions& branch : options.branches) {
    branch.window_bytes = WindowOfEach(branch.window_bytes);
    branches.push_back(SpawnBranch(self->home_system(), branch));
    self->monitor(branches.back());
  }
}

// Without a shard it has ended as it should.
SupervisorState::~SupervisorState() {
  if (!shard) return;
  LogError("The stream's supervisor failed; the stream is started again.",
           {{"stream", own().name}});
  for (const Branch& branch : branches) {
    caf::anon_send_exit(branch, caf::exit_reason::user_shutdown);
  }
  for (const RunningReplay& replay : replays) {
    caf::anon_send_exit(replay.branch, caf::exit_reason::user_shutdown);
    replay.ended();
  }
  caf::anon_send_exit(ingest, caf::exit_reason::user_shutdown);
  shard->failed = true;
}

void SupervisorState::ChildDown(const caf::down_msg& down) {
  if (down.source == ingest.address()) {
    ingest = Ingest{};
    if (stopping()) return EndIfStopped();
    LogError("The stream's ingest actor failed; producers were told to send again.",
             {{"stream", own().name}, {"reason", caf::to_string(down.reason)}});
    return StartIngest();
  }
  if (!ReplayDown(down)) {
    std::erase_if(branches, [&](const Branch& branch) { return branch.address() == down.source; });
    // One that ended unasked takes all along: the registry starts the stream anew.
    const bool asked = stopping() || delivery_ended;
    if (!asked) return self->quit(caf::exit_reason::unhandled_exception);
    if (branches.empty() && delivery_ended) std::exchange(delivery_ended, nullptr)();
  }
  EndIfStopped();
}

void SupervisorState::EndDeliveries(EndDelivery& end) {
  if (branches.empty()) return end.ended();
  delivery_ended = std::move(end.ended);
  for (const Branch& branch : branches) self->send(branch, EndBranch{[] {}, /*gracefully=*/true});
}

bool SupervisorState::ReplayDown(const caf::down_msg& down) {
  const auto found = std::find_if(replays.begin(), replays.end(), [&](const RunningReplay& replay) {
    return replay.branch.address() == down.source;
  });
  if (found == replays.end()) return false;
  const std::function<void()> ended = std::move(found->ended);
  replays.erase(found);
  ended();
  return true;
}

// Calls `drained` when every branch has.
void SupervisorState::Drain(const DrainStream& drain) {
  auto left = std::make_shared<std::atomic<size_t>>(branches.size());
  for (const Branch& branch : branches) {
    self->send(branch, DrainBranch{[left, drained = drain.drained] {
                 if (--*left == 0) drained();
               }});
  }
}

void SupervisorState::Replay(StartReplay& start) {
  if (stopping()) return start.ended();
  RunningReplay replay;
  replay.name = start.branch.name;
  replay.ended = std::move(start.ended);
  replay.branch = SpawnBranch(self->home_system(), std::move(start.branch));
  self->monitor(replay.branch);
  // It reads to its end, and then there is nothing left to do for it.
  self->send(replay.branch,
             DrainBranch{[branch = replay.branch] { caf::anon_send(branch, EndBranch{[] {}}); }});
  replays.push_back(std::move(replay));
}

void SupervisorState::EndReplay(const std::string& replay) {
  for (const RunningReplay& running : replays) {
    if (running.name == replay) self->send(running.branch, EndBranch{[] {}, /*gracefully=*/true});
  }
}

void SupervisorState::End(EndStream& stop) {
  stopped.push_back(std::move(stop.stopped));
  for (const Branch& branch : branches) self->send(branch, EndBranch{[] {}});
  for (const RunningReplay& replay : replays) self->send(replay.branch, EndBranch{[] {}});
  options.ingest->Set(Ingest{});
  caf::anon_send_exit(ingest, caf::exit_reason::user_shutdown);
  EndIfStopped();
}

void SupervisorState::EndIfStopped() {
  if (!stopping() || !branches.empty() || !replays.empty() || ingest) return;
  shard.reset();
  options.branches.clear();
  kept_alive = StreamSupervisor{};
  for (const std::function<void()>& tell : std::exchange(stopped, {})) tell();
  self->quit();
}

StreamSupervisor::behavior_type Behavior(StreamSupervisor::stateful_pointer<SupervisorState> self,
                                         StreamOptions options) {
  self->state.self = self;
  self->state.kept_alive = StreamSupervisor{self};
  self->state.options = std::move(options);
  self->state.shard = ShardOf(self->state.own().ledger);
  self->set_down_handler([self](caf::down_msg& down) { self->state.ChildDown(down); });
  self->state.StartIngest();
  self->state.StartBranches();
  return {
      [self](const DrainStream& drain) { self->state.Drain(drain); },
      [self](EndDelivery& end) { self->state.EndDeliveries(end); },
      [self](EndStream& stop) { self->state.End(stop); },
      [self](StartReplay& start) { self->state.Replay(start); },
      [self](const StopReplay& stop) { self->state.EndReplay(stop.name); },
      [self](SetWindow window) {
        for (const Branch& branch : self->state.branches) {
          self->send(branch, SetWindow{self->state.WindowOfEach(window.bytes)});
        }
      },
      [self](TrimLog) {
        for (const BranchOptions& branch : self->state.options.branches) {
          self->send(branch.writer, TrimShard{branch.ledger});
        }
      },
  };
}

}  // namespace

StreamSupervisor SpawnStreamSupervisor(caf::actor_system& system, StreamOptions options) {
  return system.spawn(Behavior, std::move(options));
}

}  // namespace hydrant
