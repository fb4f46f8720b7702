#include "tests/simulation/faults.h"

#include <utility>

namespace hydrant::simulation {
namespace {

constexpr uint64_t kFaultsMax = 12;

}  // namespace

Faults::Faults(World& world, FaultTarget& target)
    : world_(world), target_(target), rng_(world.seeds.Fork()) {}

absl::Duration Faults::Plan() {
  const absl::Duration length =
      rng_.Pick({absl::Seconds(20), absl::Minutes(2), absl::Minutes(10), absl::Hours(2)});
  const uint64_t faults = rng_.Below(kFaultsMax + 1);
  for (uint64_t i = 0; i < faults; ++i) PlanOne(rng_.Between(absl::ZeroDuration(), length));
  return length;
}

void Faults::PlanOne(absl::Duration at) {
  Later(at, [this] { Begin(); });
}

void Faults::Later(absl::Duration delay, std::function<void()> work) {
  world_.timers.After(delay, [this, work = std::move(work)] {
    if (!over_) work();
  });
}

absl::Duration Faults::SomeTime() {
  return rng_.Between(absl::Milliseconds(1),
                      rng_.Pick({absl::Seconds(1), absl::Seconds(30), absl::Minutes(10)}));
}

void Faults::Begin() {
  const uint64_t choice = rng_.Below(100);
  if (choice < 35) {
    BadTemper(rng_.Below(world_.destinations.size()));
  } else if (choice < 50) {
    target_.Kill(rng_.Chance(0.3), /*with_power=*/false, SomeTime());
  } else if (choice < 70) {
    target_.Kill(rng_.Chance(0.3), /*with_power=*/true, SomeTime());
  } else if (choice < 80) {
    target_.Restart(rng_.Chance(0.5), SomeTime());
  } else if (choice < 88) {
    BadDisk();
  } else if (choice < 94) {
    FullDisk();
  } else {
    const absl::Duration step = rng_.Between(-absl::Hours(2), absl::Hours(2));
    world_.trace.Note("clock is set by ", absl::FormatDuration(step));
    world_.clock.Step(step);
    world_.model.ClockStepped();
  }
}

void Faults::BadTemper(size_t number) {
  Temper temper;
  temper.away = rng_.Chance(0.3);
  for (double* chance :
       {&temper.refuses, &temper.throttles, &temper.forbids, &temper.rejects, &temper.partly,
        &temper.drops_answer, &temper.arrives_late, &temper.arrives_twice, &temper.hangs}) {
    if (rng_.Chance(0.4)) *chance = rng_.Pick({0.05, 0.3, 0.8});
  }
  temper.latency_max = rng_.Pick({absl::Milliseconds(50), absl::Seconds(5), absl::Seconds(60)});
  world_.trace.Note("destination ", number, temper.away ? " goes away" : " gets moody");
  world_.destinations[number]->SetTemper(temper);
  // Some are away for hours.
  const bool long_gone = temper.away && rng_.Chance(0.3);
  Later(SomeTime() * (long_gone ? 10 : 1), [this, number] {
    world_.trace.Note("destination ", number, " is well");
    world_.destinations[number]->SetTemper({});
  });
}

void Faults::BadDisk() {
  const double chance = rng_.Pick({0.001, 0.01, 0.1, 1.0});
  world_.trace.Note("disk fails with chance ", chance);
  world_.files.SetFailures(chance);
  Later(SomeTime(), [this] {
    world_.trace.Note("disk is well");
    world_.files.SetFailures(0);
  });
}

void Faults::FullDisk() {
  // Logs leave 16 MiB free, and a node 20: the disk gets full for either, or for the ledgers too.
  const uint64_t left = rng_.Pick({0, 100'000, 17 << 20, 21 << 20});
  world_.trace.Note("disk has ", left, " bytes left");
  world_.files.SetSpace(world_.files.used() + left);
  Later(SomeTime(), [this] {
    world_.trace.Note("disk has room");
    world_.files.SetSpace(uint64_t{1} << 40);
  });
}

void Faults::End() {
  over_ = true;
  for (const auto& destination : world_.destinations) destination->SetTemper({});
  world_.files.SetFailures(0);
  world_.files.SetSpace(uint64_t{1} << 40);
}

}  // namespace hydrant::simulation
