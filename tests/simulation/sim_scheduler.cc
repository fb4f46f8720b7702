#include "tests/simulation/sim_scheduler.h"

#include <caf/actor_system.hpp>

#include <utility>

namespace hydrant::simulation {
namespace {

using ActorClock = caf::detail::test_actor_clock;

// The clock keeps to itself when its next timer ends.
struct OpenClock : ActorClock {
  static const schedule_map& ScheduleOf(const ActorClock& clock) {
    return clock.*(&OpenClock::schedule_);
  }
};

}  // namespace

SimScheduler::SimScheduler(caf::actor_system& system, asio::io_context& io, const VirtualTime& time,
                           Rng rng)
    : actors_(dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler())),
      io_(io),
      time_(time),
      rng_(rng) {
  ObserveTime();
}

bool SimScheduler::RunOne() {
  io_.restart();
  if (rng_.Chance(0.5)) return io_.poll_one() > 0 || RunActor();
  return RunActor() || io_.poll_one() > 0;
}

bool SimScheduler::RunActor() {
  if (!actors_.has_job()) return false;
  // Some messages overtake a lot.
  const size_t chosen = rng_.Below(actors_.jobs.size());
  std::swap(actors_.jobs.front(), actors_.jobs[chosen]);
  actors_.run_once();
  return true;
}

absl::Duration SimScheduler::next() const {
  const auto& schedule = OpenClock::ScheduleOf(actors_.clock());
  if (schedule.empty()) return absl::InfiniteDuration();
  return absl::FromChrono(schedule.begin()->first.time_since_epoch());
}

void SimScheduler::ObserveTime() {
  const auto now = absl::ToChronoNanoseconds(time_.elapsed());
  const auto step = now - actors_.clock().current_time.time_since_epoch();
  if (step.count() > 0 || next() <= time_.elapsed()) actors_.advance_time(step);
}

void SimScheduler::RunAll() {
  do {
    while (RunActor()) {
    }
    io_.restart();
  } while (io_.poll() > 0 || actors_.has_job());
}

void SimScheduler::DropTimers() { actors_.clock().cancel_all(); }

}  // namespace hydrant::simulation
