#include "tests/simulation/sim_node.h"

#include "actors/running_stream.h"
#include "engine/log/shard_files.h"
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
  stream.sink = std::make_shared<SimSink>(*world_.destinations[number], timers_, plan.sink,
                                          world_.plant, world_.seeds.Fork());
  stream.probe = std::make_shared<StreamProbe>(metrics_, plan.definition->name);
  stream.slot = std::make_shared<IngestSlot>();
  stream.intake = std::make_shared<LocalIntake>(plan.definition, "id-", stream.slot, disk_full_);
  if (OpenShard(number).ok()) {
    stream.supervisor = SpawnStreamSupervisor(*system_, OptionsOf(number));
  }
}

Status SimNode::OpenShard(size_t number) {
  const StreamPlan& plan = world_.plan.streams[number];
  const int stream = static_cast<int>(number);
  LogOptions log = plan.log;
  log.tail_memory = &tail_memory_;
  auto shard = std::make_shared<Shard>();
  shard->name = plan.definition->name + "/0";
  StatusOr<ShardFiles> opened = OpenShardFiles(
      world_.files, shard->name, "/data/" + plan.definition->name, log, pool_, world_.clock);
  world_.trace.Note("stream ", stream, " opens: ", static_cast<int>(opened.status().code()));
  if (!opened.ok()) {
    world_.trace.Print(Message(opened.status()));
    streams_[number].failure = Message(opened.status());
    if (absl::IsDataLoss(opened.status())) CallOperator(number, opened.status());
    return opened.status();
  }
  for (const std::string& problem : opened->problems) world_.trace.Print(problem);
  world_.model.Opened(stream, opened->ledger->state(), opened->log->stats().begin);
  shard->log = WatchLog(PlantInLog(world_.plant, std::move(opened->log)), world_.model, stream,
                        log.quota_bytes);
  shard->ledger =
      WatchLedger(PlantInLedger(world_.plant, std::move(opened->ledger)), world_.model, stream);
  shard->Observe();
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
  const std::string path = "/data/" + plan.definition->name + "/ledger";
  const std::string_view told = Message(error);
  const size_t at = told.find(", line ");
  if (at == std::string_view::npos) return;
  const uint64_t line = std::strtoull(told.data() + at + 7, nullptr, 10);
  world_.trace.Note("somebody takes line ", line, " out of the ledger of stream ", number);
  world_.files.TakeOutLine(path, line);
  streams_[number].reopen_after_ticks = 0;
}

StreamOptions SimNode::OptionsOf(size_t number) {
  const RunningStream& stream = streams_[number];
  StreamOptions options;
  options.definition = world_.plan.streams[number].definition;
  options.shard = stream.shard;
  options.writer = writer_;
  options.reader = reader_;
  options.sink = stream.sink;
  options.probe = stream.probe;
  options.ingest = stream.slot;
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

void SimNode::CheckMemory() {
  // Each stream may always hold one batch, or one chunk that it builds again, beyond the budget.
  const uint64_t batch =
      2 * std::bit_ceil(std::max<uint64_t>(world_.plan.batch_bytes_max, 1 << 20));
  const uint64_t slack = streams_.size() * batch * 2;
  if (pipeline_memory_.used() > pipeline_memory_.limit() + slack) {
    world_.model.Violate(absl::StrCat("pipelines hold ", pipeline_memory_.used(),
                                      " bytes, over their ", pipeline_memory_.limit(), " and ",
                                      slack, " for one batch or rebuilt chunk a stream"));
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
    const LedgerState& ledger = shard->ledger->state();
    const Position end = shard->log->stats().durable_end;
    if (ledger.watermark < end || !ledger.open_chunks.empty()) {
      return absl::StrCat("stream ", i, " is settled up to ", ledger.watermark.value, " of ",
                          end.value, ", with ", ledger.open_chunks.size(), " chunks under way (",
                          streams_[i].probe->last_error(), ")");
    }
  }
  if (pipeline_memory_.used() > 0) {
    return absl::StrCat("pipelines hold ", pipeline_memory_.used(), " bytes");
  }
  return "";
}

}  // namespace hydrant::simulation
