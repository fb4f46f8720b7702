#include "tests/simulation/world.h"

#include <absl/strings/str_cat.h>

#include <algorithm>

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

StreamPlan MakeStreamPlan(Rng& rng, size_t number, uint64_t batch_bytes_max) {
  auto definition = std::make_shared<StreamDefinition>();
  definition->name = absl::StrCat("stream-", number);
  definition->type = kDirectPut;
  definition->s3.emplace();
  definition->s3->buffering.size_bytes = rng.Pick({kKiB, 8 * kKiB, 64 * kKiB, kMiB});
  definition->s3->buffering.interval =
      rng.Pick({absl::ZeroDuration(), absl::Seconds(1), absl::Seconds(10), absl::Seconds(60)});
  definition->hydrant.delivery_workers_max = static_cast<int>(rng.Pick({1, 2, 4, 8}));
  const Durability durability = rng.Chance(0.75) ? Durability::kFsync : Durability::kOs;
  definition->hydrant.durability = durability;
  StreamPlan plan;
  plan.log = MakeLogOptions(rng, durability, batch_bytes_max);
  plan.definition = std::move(definition);
  plan.sink.throws = rng.Chance(0.2) ? 0.02 : 0;
  plan.sink.copies = rng.Chance(0.3);
  plan.sink.name_bytes = rng.Chance(0.1) ? 16 * kKiB : 0;  // so that ledgers are rewritten early
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

void World::NoteStream(int number, const StreamPlan& stream) {
  const BufferingHints& hints = stream.definition->s3->buffering;
  trace.Note("stream ", number, ": durability ",
             stream.log.durability == Durability::kFsync ? "fsync" : "os", ", buffer ",
             hints.size_bytes, " bytes ", absl::FormatDuration(hints.interval), ", ",
             stream.definition->hydrant.delivery_workers_max, " workers, segments of ",
             stream.log.segment_bytes_max, " bytes, quota ", stream.log.quota_bytes, ", retention ",
             absl::FormatDuration(stream.log.retention_time), " ", stream.log.retention_bytes,
             " bytes");
}

World::World(uint64_t seed, Plant planted, bool print)
    : seeds(seed),
      trace(time, print),
      files(seeds.Fork()),
      plant(planted),
      plan(MakeNodePlan(seeds.Fork())) {
  files.OnFailure([this](const std::string& what) { trace.Note("disk: ", what); });
  if (plant == Plant::kAcknowledgeBeforeSync) files.IgnoreSyncsOf("/log/");
  for (const StreamPlan& stream : plan.streams) {
    model.AddStream(stream.log.durability == Durability::kFsync);
    const int number = static_cast<int>(destinations.size());
    NoteStream(number, stream);
    destinations.push_back(
        std::make_unique<SimDestination>(number, timers, model, trace, seeds.Fork()));
  }
}

}  // namespace hydrant::simulation
