#include "tests/simulation/sim_node.h"

#include "actors/running_stream.h"
#include "engine/log/shard_files.h"
#include "engine/stream/delivery_rules.h"
#include "tests/simulation/checked_shard.h"

#include <absl/strings/str_cat.h>
#include <caf/send.hpp>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <utility>

namespace hydrant::simulation {
namespace {

constexpr absl::Duration kWatchInterval = absl::Seconds(1);
constexpr int kEveryTicks = 10;  // trimming, and opening again what failed
constexpr absl::Duration kReleasePoll = absl::Milliseconds(10);
constexpr int kReleasePollsMax = 500;
// As a node leaves some of its disk free; more than a log does.
constexpr uint64_t kDiskReserveBytes = 20 << 20;

std::unique_ptr<caf::actor_system> MakeSystem(caf::actor_system_config& config) {
  config.set("scheduler.policy", caf::atom("testing"));
  return std::make_unique<caf::actor_system>(config);
}

}  // namespace

SimNode::SimNode(World& world)
    : world_(world),
      ingest_memory_(world.plan.ingest_bytes),
      tail_memory_(world.plan.tail_bytes),
      pipeline_memory_(world.plan.pipeline_bytes),
      encode_memory_(world.plan.encode_bytes),
      entropy_(world.seeds.Fork()),
      system_(MakeSystem(config_)),
      timers_(world.time),
      scheduler_(*system_, io_, world.time, world.seeds.Fork()),
      writer_(SpawnLogWriter(*system_, {.detached = false})),
      reader_(SpawnLogReader(*system_, {.detached = false})),
      streams_(world.plan.streams.size()) {
  for (size_t i = 0; i < streams_.size(); ++i) StartStream(i);
  Watch();
}

SimNode::~SimNode() {
  alive_.reset();
  timers_.Clear();  // nobody gets an answer any more
  for (RunningStream& stream : streams_) {
    caf::anon_send_exit(stream.supervisor, caf::exit_reason::kill);
    stream = {};
  }
  scheduler_.RunAll();
  caf::anon_send_exit(writer_, caf::exit_reason::kill);
  caf::anon_send_exit(reader_, caf::exit_reason::kill);
  writer_ = LogWriter{};
  reader_ = LogReader{};
  scheduler_.RunAll();
  scheduler_.DropTimers();
  scheduler_.RunAll();
  for (const MemoryBudget* budget :
       {&ingest_memory_, &tail_memory_, &pipeline_memory_, &encode_memory_}) {
    if (budget->used() != 0) {
      world_.model.Violate(
          absl::StrCat("a node that ended holds ", budget->used(), " bytes of a memory budget"));
    }
  }
}

void SimNode::StartStream(size_t number) {
  RunningStream& stream = streams_[number];
  const StreamPlan& plan = world_.plan.streams[number];
  for (size_t branch = 0; branch < plan.branches.size(); ++branch) {
    stream.routes.push_back(MakeRoute(number, branch));
  }
  stream.slot = std::make_shared<IngestSlot>();
  stream.intake = std::make_shared<LocalIntake>(plan.definition, "id-", stream.slot, disk_full_);
  if (OpenShard(number).ok()) {
    stream.supervisor = SpawnStreamSupervisor(*system_, OptionsOf(number));
  }
}

SimNode::Route SimNode::MakeRoute(size_t stream, size_t branch) {
  const StreamPlan& stream_plan = world_.plan.streams[stream];
  const BranchPlan& plan = stream_plan.branches[branch];
  const BranchStores& stores = world_.stores[stream][branch];
  Route route;
  auto make = [&](SimDestination& store, const SinkPlan& sink) {
    return std::make_shared<SimSink>(store, timers_, sink, world_.plant, world_.seeds.Fork());
  };
  for (size_t i = 0; i < plan.destinations.size(); ++i) {
    Destination destination;
    destination.sink = make(*stores.destinations[i], plan.destinations[i].sink);
    destination.retry = PlantInRetry(world_.plant, plan.destinations[i].retry);
    destination.failure_type = ErrorOutputType(DestinationFamily::kS3);
    route.destinations.push_back(std::move(destination));
  }
  route.errors = make(*stores.errors, plan.errors);
  if (plan.transform.present) {
    route.transforms.push_back(
        std::make_shared<SimTransform>(plan.transform, timers_, world_.seeds.Fork()));
  }
  route.probe = std::make_shared<StreamProbe>(metrics_, stream_plan.definition->name,
                                              branch == 0 ? "" : "backup");
  return route;
}

Status SimNode::OpenShard(size_t number) {
  const StreamPlan& plan = world_.plan.streams[number];
  const int stream = static_cast<int>(number);
  LogOptions log = plan.log;
  log.tail_memory = &tail_memory_;
  auto shard = std::make_shared<Shard>();
  shard->name = plan.definition->name + "/0";
  std::vector<std::string> branches;
  if (plan.branches.size() > 1) branches.push_back("backup");
  StatusOr<ShardFiles> opened =
      OpenShardFiles(world_.files, shard->name, "/data/" + plan.definition->name, branches, log,
                     pool_, world_.clock);
  world_.trace.Note("stream ", stream, " opens: ", static_cast<int>(opened.status().code()));
  if (!opened.ok()) {
    world_.trace.Print(Message(opened.status()));
    streams_[number].failure = Message(opened.status());
    world_.model.Disturbed(stream);  // nobody is there to give anything up
    if (absl::IsDataLoss(opened.status())) CallOperator(number, opened.status());
    return opened.status();
  }
  for (const std::string& problem : opened->problems) world_.trace.Print(problem);
  shard->log = WatchLog(PlantInLog(world_.plant, std::move(opened->log)), world_.model, stream,
                        log.quota_bytes);
  std::vector<ShardLedgerPtr>& ledgers = streams_[number].ledgers;
  ledgers.clear();
  for (std::unique_ptr<Ledger>& ledger : opened->ledgers) {
    const int branch = static_cast<int>(ledgers.size());
    const Place place{stream, branch};
    world_.model.Opened(place, ledger->state());
    ledgers.push_back(AddLedger(
        shard, branch == 0 ? "" : "backup",
        WatchLedger(PlantInLedger(world_.plant, std::move(ledger)), world_.model, place)));
  }
  world_.model.LogBegins(stream, shard->log->stats().begin);
  streams_[number].shard = std::move(shard);
  streams_[number].failure.clear();
  return absl::OkStatus();
}

// Somebody does what the error says; next time the stream opens, or tells of another line. That is no part of a
// promise to survive a power loss.
void SimNode::CallOperator(size_t number, const Status& error) {
  const StreamPlan& plan = world_.plan.streams[number];
  if (plan.log.durability == Durability::kFsync) {
    return world_.model.Violate(
        absl::StrCat("stream ", number, " needs a person to go on: ", ToAbsl(Message(error))));
  }
  const std::string_view told = Message(error);
  const size_t at = told.find(", line ");
  if (at == std::string_view::npos) return;
  const std::string path{told.substr(0, at)};
  const uint64_t line = std::strtoull(told.data() + at + 7, nullptr, 10);
  world_.trace.Note("somebody takes line ", line, " out of the ledger of stream ", number);
  world_.files.TakeOutLine(path, line);
  streams_[number].reopen_after_ticks = 0;
}

StreamOptions SimNode::OptionsOf(size_t number) {
  StreamOptions options;
  options.ingest = streams_[number].slot;
  for (size_t branch = 0; branch < streams_[number].routes.size(); ++branch) {
    options.branches.push_back(BranchOf(number, branch));
  }
  return options;
}

BranchOptions SimNode::BranchOf(size_t number, size_t branch) {
  const RunningStream& stream = streams_[number];
  const StreamPlan& plan = world_.plan.streams[number];
  const Route& route = stream.routes[branch];
  BranchOptions options;
  options.name = plan.definition->name + (branch == 0 ? "" : " backup");
  options.definition = plan.definition;
  options.ledger = stream.ledgers[branch];
  options.writer = writer_;
  options.reader = reader_;
  options.destinations = route.destinations;
  if (branch == 0) options.failover = plan.definition->failover;
  options.errors = route.errors;
  options.record_id_prefix = stream.intake->record_id_prefix();
  options.hints = plan.branches[branch].hints;
  options.error_hints = plan.error_hints;
  options.transforms = route.transforms;
  options.probe = route.probe;
  options.executor = io_.get_executor();
  options.pool = &pool_;
  options.pipeline_memory = &pipeline_memory_;
  options.encode_memory = &encode_memory_;
  options.window_bytes =
      pipeline_memory_.limit() / std::bit_ceil(std::max<size_t>(streams_.size(), 2));
  options.clock = &world_.clock;
  options.entropy = &entropy_;
  return options;
}

void SimNode::Put(int number, const std::vector<std::string>& records, AppendDone done) {
  uint64_t bytes = 0;
  for (const std::string& record : records) bytes += record.size();
  MemoryReservation reservation = ingest_memory_.TryReserve(bytes);
  if (reservation.bytes() != bytes) return done(ResourceExhausted("ingest memory is in use"));
  RecordBatchBuilder builder(pool_, bytes, records.size());
  for (const std::string& record : records) builder.AddRecord(record);
  auto guarded = [alive = std::weak_ptr(alive_), done](StatusOr<AppendReceipt> receipt) {
    if (!alive.expired()) done(std::move(receipt));
  };
  streams_[static_cast<size_t>(number)].intake->Append(std::move(builder).Build(world_.clock.Now()),
                                                       std::move(reservation), guarded);
}

bool SimNode::RunOne() {
  scheduler_.ObserveTime();
  const bool ran = timers_.RunOne() || scheduler_.RunOne();
  if (ran) CheckMemory();
  return ran;
}

absl::Duration SimNode::next() const { return std::min(timers_.next(), scheduler_.next()); }

// Each branch may always hold, beyond the budget, one batch and what a transform makes of it, or one chunk that it
// builds again: with what a transform, and error documents, make of its batches.
uint64_t SimNode::PipelineSlack() const {
  const uint64_t batch =
      2 * std::bit_ceil(std::max<uint64_t>(world_.plan.batch_bytes_max, 1 << 20));
  uint64_t slack = 0;
  for (const StreamPlan& stream : world_.plan.streams) {
    for (const BranchPlan& branch : stream.branches) {
      const uint64_t chunk = std::max(branch.hints.size_bytes, stream.error_hints.size_bytes);
      slack += 2 * batch + 6 * (chunk + world_.plan.batch_bytes_max);
    }
  }
  return slack;
}

void SimNode::CheckMemory() {
  const uint64_t slack = PipelineSlack();
  if (pipeline_memory_.used() > pipeline_memory_.limit() + slack) {
    world_.model.Violate(absl::StrCat("pipelines hold ", pipeline_memory_.used(),
                                      " bytes, over their ", pipeline_memory_.limit(), " and ",
                                      slack, " for one batch or rebuilt chunk a branch"));
  }
  if (tail_memory_.used() > tail_memory_.limit()) {
    world_.model.Violate("tail caches hold more than their budget");
  }
  if (ingest_memory_.used() > ingest_memory_.limit()) {
    world_.model.Violate("requests hold more than the ingest budget");
  }
}

// ---- What a node's registry does ----

void SimNode::Watch() {
  ++ticks_;
  world_.model.CheckTime();
  const StatusOr<uint64_t> free = world_.files.FreeBytes("/data");
  disk_full_ = free.ok() && *free < kDiskReserveBytes;
  for (size_t i = 0; i < streams_.size(); ++i) {
    RunningStream& stream = streams_[i];
    if (stream.ending) continue;
    if (stream.supervisor && ticks_ % kEveryTicks == 0) {
      caf::anon_send(stream.supervisor, TrimLog{});
    }
    const bool failed = stream.shard ? stream.shard->failed.load() : true;
    if (ending_ || !failed || stream.reopening || stream.reopen_after_ticks-- > 0) continue;
    stream.reopen_after_ticks = kEveryTicks;
    stream.reopening = true;
    Reopen(i);
  }
  timers_.After(kWatchInterval, [this] { Watch(); });
}

void SimNode::Reopen(size_t number) {
  RunningStream& stream = streams_[number];
  world_.trace.Note("stream ", number, " is opened again");
  auto stopped = [this, number, alive = std::weak_ptr(alive_)] {
    if (alive.expired()) return;
    timers_.After(absl::ZeroDuration(), [this, number] {
      RunningStream& ended = streams_[number];
      ended.supervisor = StreamSupervisor{};
      ended.ledgers.clear();
      const std::weak_ptr<Shard> old = std::exchange(ended.shard, nullptr);
      OpenReleased(number, old, kReleasePollsMax);
    });
  };
  const auto once = OnceOrWhenDropped(stopped);
  if (stream.supervisor) caf::anon_send(stream.supervisor, EndStream{once});
}

void SimNode::OpenReleased(size_t number, std::weak_ptr<Shard> old, int polls_left) {
  if (!old.expired() && polls_left > 0) {
    timers_.After(kReleasePoll,
                  [this, number, old, polls_left] { OpenReleased(number, old, polls_left - 1); });
    return;
  }
  RunningStream& stream = streams_[number];
  stream.reopening = false;
  if (ending_) return EndStreamOf(number);
  if (OpenShard(number).ok()) {
    stream.supervisor = SpawnStreamSupervisor(*system_, OptionsOf(number));
  }
}

void SimNode::BeginStop(bool drain) {
  ending_ = true;
  for (size_t i = 0; i < streams_.size(); ++i) {
    streams_[i].slot->Close(Unavailable("The node is stopping."));
    if (streams_[i].reopening) continue;
    if (!drain || !streams_[i].supervisor) {
      EndStreamOf(i);
      continue;
    }
    auto drained = [this, i, alive = std::weak_ptr(alive_)] {
      if (!alive.expired()) timers_.After(absl::ZeroDuration(), [this, i] { EndStreamOf(i); });
    };
    caf::anon_send(streams_[i].supervisor, DrainStream{OnceOrWhenDropped(drained)});
  }
}

void SimNode::EndStreamOf(size_t number) {
  RunningStream& stream = streams_[number];
  if (std::exchange(stream.ending, true)) return;
  auto stopped = [this, number, alive = std::weak_ptr(alive_)] {
    if (alive.expired()) return;
    streams_[number].ended = true;
    world_.trace.Note("stream ", number, " has ended");
  };
  const auto once = OnceOrWhenDropped(stopped);
  if (stream.supervisor) caf::anon_send(stream.supervisor, EndStream{once});
}

bool SimNode::stopped() const {
  return std::all_of(streams_.begin(), streams_.end(),
                     [](const RunningStream& stream) { return stream.ended; });
}

bool SimNode::drained() const { return Backlog().empty(); }

std::string SimNode::Backlog() const {
  for (size_t i = 0; i < streams_.size(); ++i) {
    const ShardPtr& shard = streams_[i].shard;
    if (!shard || shard->failed) {
      return absl::StrCat("stream ", i, " does not run: ", streams_[i].failure);
    }
    const Position end = shard->log->stats().durable_end;
    for (size_t branch = 0; branch < streams_[i].ledgers.size(); ++branch) {
      const LedgerState& ledger = streams_[i].ledgers[branch]->ledger->state();
      if (ledger.watermark >= end && ledger.open_chunks.empty()) continue;
      return absl::StrCat("stream ", i, branch == 0 ? "" : " (backup)", " is settled up to ",
                          ledger.watermark.value, " of ", end.value, ", with ",
                          ledger.open_chunks.size(), " chunks under way, ", ledger.failed.size(),
                          " failures and ", CountPositions(ledger.elsewhere),
                          " records elsewhere (", streams_[i].routes[branch].probe->last_error(),
                          ")");
    }
  }
  if (pipeline_memory_.used() > 0) {
    return absl::StrCat("pipelines hold ", pipeline_memory_.used(), " bytes");
  }
  return "";
}

}  // namespace hydrant::simulation
