// What a seed makes of a node's configuration.
#include "tests/simulation/world.h"

#include <absl/strings/str_cat.h>

#include <memory>
#include <utility>

namespace hydrant::simulation {
namespace {

constexpr uint64_t kKiB = 1 << 10;
constexpr uint64_t kMiB = 1 << 20;

LogOptions MakeLogOptions(Rng& rng, Durability durability, uint64_t batch_bytes_max) {
  LogOptions log;
  log.durability = durability;
  log.segment_bytes_max = rng.Pick({4 * kKiB, 16 * kKiB, 64 * kKiB, 256 * kKiB});
  log.quota_bytes = batch_bytes_max * 2 + rng.Pick({64 * kKiB, 256 * kKiB, kMiB, 64 * kMiB});
  log.retention_time =
      rng.Pick({absl::ZeroDuration(), absl::Seconds(5), absl::Minutes(1), absl::Hours(1)});
  log.retention_bytes = rng.Pick({uint64_t{0}, 16 * kKiB, kMiB});
  log.tail_cache_bytes = rng.Pick({uint64_t{0}, 64 * kKiB, kMiB});
  return log;
}

BufferingHints MakeHints(Rng& rng) {
  BufferingHints hints;
  hints.size_bytes = rng.Pick({kKiB, 8 * kKiB, 64 * kKiB, kMiB});
  hints.interval =
      rng.Pick({absl::ZeroDuration(), absl::Seconds(1), absl::Seconds(10), absl::Seconds(60)});
  return hints;
}

HydrantSettings MakeSettings(Rng& rng) {
  HydrantSettings settings;
  settings.delivery_workers_min = static_cast<int>(rng.Pick({1, 1, 2}));
  settings.delivery_workers_max = static_cast<int>(rng.Pick({2, 4, 16}));
  settings.transform_workers_min = static_cast<int>(rng.Pick({1, 1, 3}));
  settings.transform_workers_max = static_cast<int>(rng.Pick({3, 4}));
  settings.durability = rng.Chance(0.75) ? Durability::kFsync : Durability::kOs;
  return settings;
}

SinkPlan MakeSinkPlan(Rng& rng) {
  SinkPlan sink;
  sink.throws = rng.Chance(0.2) ? 0.02 : 0;
  sink.poison_every = rng.Chance(0.1) ? 200 : 0;
  sink.copies = rng.Chance(0.3);
  sink.name_bytes = rng.Chance(0.1) ? 16 * kKiB : 0;  // so that ledgers are rewritten early
  return sink;
}

StorePlan MakeStorePlan(Rng& rng) {
  StorePlan store;
  store.keeps_records = rng.Chance(0.5);
  store.sink = MakeSinkPlan(rng);
  if (!store.keeps_records) return store;
  store.retry.duration = rng.Pick(
      {absl::ZeroDuration(), absl::Seconds(5), absl::Minutes(1), absl::Minutes(5), absl::Hours(1)});
  if (rng.Chance(0.2)) store.retry.duration.reset();
  return store;
}

TransformPlan MakeTransformPlan(Rng& rng) {
  TransformPlan transform;
  transform.present = rng.Chance(0.35);
  if (!transform.present) return transform;
  transform.throws = rng.Chance(0.4) ? rng.Pick({0.02, 0.3}) : 0;
  transform.poison_every = rng.Chance(0.4) ? 150 : 0;
  transform.late = rng.Chance(0.3) ? 0.3 : 0;
  return transform;
}

// How many further destinations there are.
uint64_t MakeFailover(Rng& rng, FailoverSettings& failover) {
  failover.after = rng.Pick({absl::ZeroDuration(), absl::Seconds(5), absl::Minutes(1)});
  failover.when_breaker_opens = rng.Chance(0.3);
  if (rng.Chance(0.3)) failover.lag_max = rng.Pick({absl::Seconds(10), absl::Minutes(2)});
  failover.hold_down = rng.Pick({absl::ZeroDuration(), absl::Seconds(5), absl::Minutes(1)});
  failover.drain = rng.Chance(0.5);
  failover.copy_back = rng.Chance(0.5);
  return rng.Between(1, 2);
}

StreamPlan MakeStreamPlan(Rng& rng, size_t number, uint64_t batch_bytes_max) {
  auto definition = std::make_shared<StreamDefinition>();
  definition->name = absl::StrCat("stream-", number);
  definition->type = kDirectPut;
  definition->s3.emplace();
  definition->s3->buffering = MakeHints(rng);
  definition->hydrant = MakeSettings(rng);
  StreamPlan plan;
  plan.log = MakeLogOptions(rng, *definition->hydrant.durability, batch_bytes_max);
  plan.error_hints = MakeHints(rng);
  BranchPlan& own = plan.branches.emplace_back();
  own.hints = definition->s3->buffering;
  own.destinations.push_back(MakeStorePlan(rng));
  if (rng.Chance(0.4)) {
    const uint64_t further = MakeFailover(rng, definition->failover);
    for (uint64_t i = 0; i < further; ++i) own.destinations.push_back(MakeStorePlan(rng));
  }
  own.errors = MakeSinkPlan(rng);
  own.transform = MakeTransformPlan(rng);
  if (rng.Chance(0.3)) {
    BranchPlan& backup = plan.branches.emplace_back();
    backup.hints = MakeHints(rng);
    backup.destinations.push_back({false, MakeSinkPlan(rng), RetryPolicy{}});
    backup.errors = MakeSinkPlan(rng);
  }
  plan.definition = std::move(definition);
  return plan;
}

}  // namespace

NodePlan MakeNodePlan(Rng rng) {
  NodePlan plan;
  plan.batch_bytes_max = rng.Pick({16 * kKiB, 64 * kKiB, 256 * kKiB, kMiB});
  plan.ingest_bytes = plan.batch_bytes_max * rng.Between(1, 8);
  plan.tail_bytes = rng.Pick({uint64_t{0}, 128 * kKiB, kMiB, 4 * kMiB});
  plan.pipeline_bytes = rng.Pick({256 * kKiB, kMiB, 4 * kMiB, 16 * kMiB});
  plan.encode_bytes = rng.Pick({64 * kKiB, kMiB});
  const uint64_t streams = rng.Between(1, 3);
  for (uint64_t i = 0; i < streams; ++i) {
    plan.streams.push_back(MakeStreamPlan(rng, i, plan.batch_bytes_max));
  }
  return plan;
}

}  // namespace hydrant::simulation
