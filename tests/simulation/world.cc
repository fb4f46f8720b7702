#include "tests/simulation/world.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <string>
#include <utility>

namespace hydrant::simulation {

World::World(uint64_t seed, Plant planted, bool print)
    : seeds(seed),
      trace(time, print),
      files(seeds.Fork()),
      plant(planted),
      plan(MakeNodePlan(seeds.Fork())) {
  files.OnFailure([this](const std::string& what) { trace.Note("disk: ", what); });
  if (plant == Plant::kAcknowledgeBeforeSync) files.IgnoreSyncsOf("/log/");
  for (size_t i = 0; i < plan.streams.size(); ++i) {
    const StreamPlan& stream = plan.streams[i];
    const int number = static_cast<int>(i);
    std::vector<BranchTraits> traits;
    stores.emplace_back();
    for (const BranchPlan& branch : stream.branches) {
      BranchTraits& known = traits.emplace_back();
      for (const StorePlan& store : branch.destinations) {
        known.destinations.push_back({store.keeps_records, store.retry.duration});
      }
      known.transforms = branch.transform.present;
      known.may_quarantine = branch.transform.throws > 0 || branch.transform.poison_every > 0;
      known.copies_back = traits.size() == 1 && stream.definition->failover.copy_back;
    }
    model.AddStream(stream.log.durability == Durability::kFsync, traits);
    NoteStream(number, stream);
    for (size_t branch = 0; branch < stream.branches.size(); ++branch) {
      stores[i].push_back(MakeStores({number, static_cast<int>(branch)}, stream.branches[branch]));
    }
  }
}

BranchStores World::MakeStores(Place place, const BranchPlan& branch) {
  BranchStores made;
  auto make = [&](int number, bool keeps_records) {
    destinations.push_back(std::make_unique<SimDestination>(place, number, keeps_records, timers,
                                                            model, trace, seeds.Fork()));
    return destinations.back().get();
  };
  for (const StorePlan& store : branch.destinations) {
    made.destinations.push_back(
        make(static_cast<int>(made.destinations.size()), store.keeps_records));
  }
  made.errors = make(kErrorOutput, false);
  return made;
}

void World::NoteStream(int number, const StreamPlan& stream) {
  const BufferingHints& hints = stream.definition->s3->buffering;
  const HydrantSettings& settings = stream.definition->hydrant;
  trace.Note(
      "stream ", number, ": durability ",
      stream.log.durability == Durability::kFsync ? "fsync" : "os", ", buffer ", hints.size_bytes,
      " bytes ", absl::FormatDuration(hints.interval), ", ", settings.delivery_workers_min, " to ",
      settings.delivery_workers_max, " workers, segments of ", stream.log.segment_bytes_max,
      " bytes, quota ", stream.log.quota_bytes, ", retention ",
      absl::FormatDuration(stream.log.retention_time), " ", stream.log.retention_bytes, " bytes");
  for (const BranchPlan& branch : stream.branches) {
    for (const StorePlan& store : branch.destinations) {
      trace.Note("  to a store of ", store.keeps_records ? "records" : "objects", ", tried for ",
                 absl::FormatDuration(store.retry.duration.value_or(absl::InfiniteDuration())),
                 ", poison ", store.sink.poison_every, ", transforms ", branch.transform.present,
                 ", poison ", branch.transform.poison_every);
    }
  }
  const FailoverSettings& failover = stream.definition->failover;
  trace.Note("  failover after ", absl::FormatDuration(failover.after), " breaker ",
             failover.when_breaker_opens, " lag ", absl::FormatDuration(failover.lag_max), " hold ",
             absl::FormatDuration(failover.hold_down), " drain ", failover.drain, " copy back ",
             failover.copy_back);
}

}  // namespace hydrant::simulation
