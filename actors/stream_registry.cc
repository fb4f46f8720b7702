#include "actors/stream_registry.h"

#include "actors/running_stream.h"
#include "engine/base/check.h"
#include "engine/base/logging.h"
#include "engine/log/memory_ledger.h"
#include "engine/log/memory_log.h"
#include "engine/log/shard_files.h"

#include <absl/container/flat_hash_set.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <caf/actor_system.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <bit>
#include <exception>
#include <filesystem>
#include <future>
#include <utility>

namespace hydrant {
namespace {

// How long a request waits for ingest memory before its producer is told to slow down.
constexpr absl::Duration kAdmitWaitMax = absl::Seconds(1);
constexpr std::chrono::milliseconds kAdmitRetryDelay{10};
constexpr uint64_t kTailCacheBytesMax = 32 << 20;
constexpr char kNodeStops[] = "the node was stopped";

// Counts down to zero; waiting has a deadline.
class Countdown {
 public:
  explicit Countdown(size_t count) : count_(count) {}
  void Done() {
    absl::MutexLock lock(&mutex_);
    --count_;
  }
  bool WaitUntil(absl::Time deadline) {
    absl::MutexLock lock(&mutex_);
    return mutex_.AwaitWithDeadline(absl::Condition(
                                        +[](size_t* count) { return *count == 0; }, &count_),
                                    deadline);
  }

 private:
  absl::Mutex mutex_;
  size_t count_ ABSL_GUARDED_BY(mutex_);
};

StatusOr<std::shared_ptr<Transform>> MakeTransform(const ProcessorSettings& processor,
                                                   const TransformContext& context) {
  for (const TransformSpec* spec : TransformSpecs()) {
    if (spec->processor != processor.type) continue;
    ASSIGN_OR_RETURN(std::unique_ptr<Transform> transform, spec->create(processor, context));
    return std::shared_ptr<Transform>(std::move(transform));
  }
  return absl::UnimplementedError(
      ToAbsl("This build has no transform for the processor " + processor.type + "."));
}

std::string WithoutDashes(std::string text) {
  text.erase(std::remove(text.begin(), text.end(), '-'), text.end());
  return text;
}

}  // namespace

std::function<void()> OnceOrWhenDropped(std::function<void()> work) {
  struct Guard {
    std::function<void()> work;
    std::atomic<bool> done{false};
    void Fire() {
      if (!done.exchange(true)) work();
    }
    ~Guard() { Fire(); }
  };
  auto guard = std::make_shared<Guard>();
  guard->work = std::move(work);
  return [guard] { guard->Fire(); };
}

StreamRegistry::StreamRegistry(RegistryOptions options)
    : options_(std::move(options)),
      dropped_records_(options_.metrics->AddCounter(
          "hydrant_dropped_records_total",
          "Records dropped undelivered because their stream was deleted.")) {
  window_bytes_ = options_.pipeline_memory->limit() / 2;
  watcher_ = std::thread([this] { Watch(); });
}

StreamRegistry::~StreamRegistry() { StopAll(); }

Status StreamRegistry::OnMaintenance(std::function<Status()> work) {
  std::promise<Status> promise;
  asio::post(maintenance_, [&] {
    try {
      promise.set_value(work());
    } catch (const std::exception& error) {
      promise.set_value(Internal(error.what()));
    }
  });
  return promise.get_future().get();
}

// The same without waiting.
void StreamRegistry::Post(std::function<void()> work) {
  asio::post(maintenance_, [work = std::move(work)] {
    try {
      work();
    } catch (const std::exception& error) {
      LogError("A stream could not be started or stopped.",
               {{"error", std::string_view(error.what())}});
    }
  });
}

Status StreamRegistry::StartStream(StreamDefinitionPtr definition) {
  return OnMaintenance([&]() -> Status {
    ASSIGN_OR_RETURN(StreamPtr stream, MakeStream(definition, std::make_shared<IngestSlot>()));
    // A log that does not open now may open later: the stream is there, failed, and says why.
    if (Status opened = OpenShard(*stream); !opened.ok()) {
      stream->SetFailure(opened.ToString());
      LogError("The stream's log can't be opened; it is tried again.",
               {{"stream", definition->name}, {"error", Message(opened)}});
      Register(stream);
      return absl::OkStatus();
    }
    stream->slot->Hold([] {});  // who puts at once waits for the ingest actor
    Register(stream);
    Launch(stream);
    return absl::OkStatus();
  });
}

// All of a stream that needs no disk.
StatusOr<StreamRegistry::StreamPtr> StreamRegistry::MakeStream(
    const StreamDefinitionPtr& definition, std::shared_ptr<IngestSlot> slot) {
  auto stream = std::make_shared<RunningStream>();
  stream->definition = definition;
  ASSIGN_OR_RETURN(stream->routes, MakeStreamRoutes(*definition, options_.sinks));
  for (const ProcessorSettings& processor : definition->processors) {
    const TransformContext context{options_.sinks.clock};
    ASSIGN_OR_RETURN(std::shared_ptr<Transform> transform, MakeTransform(processor, context));
    stream->transforms.push_back(std::move(transform));
  }
  stream->probe = std::make_shared<StreamProbe>(*options_.metrics, definition->name);
  if (stream->routes.backup) {
    stream->backup_probe = std::make_shared<StreamProbe>(*options_.metrics, definition->name,
                                                         std::string(kBackupBranch));
  }
  stream->slot = std::move(slot);
  stream->intake = std::make_shared<LocalIntake>(definition, WithoutDashes(definition->incarnation),
                                                 stream->slot, disk_full_);
  return stream;
}

std::string StreamRegistry::StreamDirectory(const StreamDefinition& definition) const {
  return options_.config->data_dir + "/streams/" + definition.name + "-" +
         definition.incarnation.substr(0, 8);
}

Status StreamRegistry::OpenShard(RunningStream& stream) {
  const StreamDefinition& definition = *stream.definition;
  const HydrantSettings& own = definition.hydrant;
  const LogConfig& node = options_.config->log;
  LogOptions log;
  log.durability = own.durability.value_or(node.durability);
  log.segment_bytes_max = node.segment_bytes;
  log.quota_bytes = own.quota_bytes.value_or(node.quota_bytes);
  stream.quota_bytes = log.quota_bytes;
  log.retention_time = own.retention_time.value_or(node.retention_time);
  // What is only kept for replay must never fill the node's quota.
  log.retention_bytes = std::min(own.retention_bytes.value_or(node.retention_bytes),
                                 node.quota_bytes / 8 / std::bit_ceil(StreamCount() + 1));
  log.tail_cache_bytes = kTailCacheBytesMax;
  log.tail_memory = options_.tail_memory;
  log.entropy = options_.sinks.entropy;
  auto shard = std::make_shared<Shard>();
  shard->name = definition.name + "/0";
  std::vector<std::string> branches;
  if (stream.routes.backup) branches.emplace_back(kBackupBranch);
  std::vector<std::unique_ptr<Ledger>> ledgers;
  if (log.durability == Durability::kMemory) {
    shard->log = MakeMemoryLog(log, *options_.sinks.clock);
    for (size_t i = 0; i <= branches.size(); ++i) ledgers.push_back(MakeMemoryLedger());
    shard->in_memory = true;
  } else {
    ASSIGN_OR_RETURN(
        ShardFiles opened,
        OpenShardFiles(*options_.files, shard->name, StreamDirectory(definition) + "/shard-0",
                       branches, log, *options_.pool, *options_.sinks.clock));
    shard->log = std::move(opened.log);
    ledgers = std::move(opened.ledgers);
    stream.SetProblems(std::move(opened.problems));
  }
  std::vector<ShardLedgerPtr> added;
  for (size_t i = 0; i < ledgers.size(); ++i) {
    added.push_back(AddLedger(shard, i == 0 ? "" : branches[i - 1], std::move(ledgers[i])));
  }
  stream.probe->SetRecordsLost(added.front()->lost_records);
  stream.SetShard(std::move(shard), std::move(added));
  return absl::OkStatus();
}

void StreamRegistry::Register(const StreamPtr& stream) {
  {
    absl::MutexLock lock(&mutex_);
    streams_[stream->definition->name] = stream;
    refused_.erase(stream->definition->name);
  }
  ExposeGauges(stream);
  ShareWindows();
}

void StreamRegistry::Launch(const StreamPtr& stream) {
  StreamOptions options;
  options.ingest = stream->slot;
  options.branches.push_back(OwnBranch(*stream));
  if (stream->routes.backup) options.branches.push_back(BackupBranch(*stream));
  stream->SetFailure("");
  stream->SetSupervisor(SpawnStreamSupervisor(*options_.system, std::move(options)));
  CheckDestination(stream);
}

// What all branches of a stream have in common.
BranchOptions StreamRegistry::AnyBranch(const RunningStream& stream) const {
  BranchOptions branch;
  branch.definition = stream.definition;
  const size_t writer = std::hash<std::string>{}(stream.definition->name);
  branch.writer = options_.writers[writer % options_.writers.size()];
  branch.reader = options_.reader;
  branch.errors = stream.routes.errors;
  branch.record_id_prefix = stream.intake->record_id_prefix();
  branch.error_hints = stream.definition->s3->buffering;
  branch.executor = options_.sinks.executor;
  branch.pool = options_.pool;
  branch.pipeline_memory = options_.pipeline_memory;
  branch.encode_memory = options_.encode_memory;
  branch.clock = options_.sinks.clock;
  branch.entropy = options_.sinks.entropy;
  absl::MutexLock lock(&mutex_);
  branch.window_bytes = window_bytes_;
  return branch;
}

BranchOptions StreamRegistry::OwnBranch(const RunningStream& stream) const {
  BranchOptions branch = AnyBranch(stream);
  branch.name = stream.definition->name;
  branch.ledger = stream.ledgers().at(0);
  branch.destinations = stream.routes.destinations;
  branch.failover = stream.definition->failover;
  branch.hints = stream.definition->s3->buffering;
  branch.transforms = stream.transforms;
  branch.probe = stream.probe;
  return branch;
}

// All source records, as they came in.
BranchOptions StreamRegistry::BackupBranch(const RunningStream& stream) const {
  BranchOptions branch = AnyBranch(stream);
  branch.name = stream.definition->name + " " + std::string(kBackupBranch);
  branch.ledger = stream.ledgers().at(1);
  branch.destinations.push_back(BackupDestination(stream.routes.backup));
  branch.hints = stream.definition->backup->s3->buffering;
  branch.probe = stream.backup_probe;
  return branch;
}

// Tells the operator early, before the first delivery fails. Not every policy that allows writing allows
// looking, so this decides nothing.
void StreamRegistry::CheckDestination(const StreamPtr& stream) {
  asio::co_spawn(
      options_.sinks.executor, stream->sink()->Probe(),
      [name = stream->definition->name, sink = stream->sink(), weak = std::weak_ptr(stream)](
          const std::exception_ptr& error, const Status& status) {
        const StreamPtr held = weak.lock();
        if (error || status.ok() || !held || held->ended) return;
        LogWarn("The destination could not be checked; records are kept until it takes them.",
                {{"stream", name}, {"destination", sink->Describe()}, {"error", Message(status)}});
      });
}

// Every stream may hold the same part of the pipeline memory. Parts change in powers of two, so that
// making many streams does not tell all of them of each.
void StreamRegistry::ShareWindows() {
  std::vector<StreamPtr> changed;
  uint64_t window = 0;
  {
    absl::MutexLock lock(&mutex_);
    // Never more than half: what a dead destination holds must leave room for streams made later.
    window =
        options_.pipeline_memory->limit() / std::bit_ceil(std::max<size_t>(streams_.size(), 2));
    if (window == window_bytes_) return;
    window_bytes_ = window;
    for (const auto& [name, stream] : streams_) changed.push_back(stream);
  }
  for (const StreamPtr& stream : changed) stream->Send(SetWindow{window});
}

// Stops the actors of a stream that is no longer registered, then does `then` on the maintenance thread.
void StreamRegistry::End(const StreamPtr& stream, std::function<void()> then) {
  auto stopped = [this, stream, then = std::move(then)] {
    Post([this, stream, then] {
      stream->SetSupervisor(StreamSupervisor{});
      if (stream->shard()) stream->backlog_at_end = stream->UndeliveredRecords();
      stream->SetShard(nullptr, {});
      then();
      absl::MutexLock lock(&mutex_);
      ending_.erase(std::remove(ending_.begin(), ending_.end(), stream), ending_.end());
    });
  };
  stream->Send(EndStream{OnceOrWhenDropped(stopped)});
}

std::vector<std::string> StreamRegistry::LogDirectories() const {
  std::vector<std::string> found;
  std::error_code error;  // of a directory that isn't there: no stream was ever made
  std::filesystem::directory_iterator entry(options_.config->data_dir + "/streams", error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    found.push_back(entry->path().string());
  }
  return found;
}

std::vector<std::string> StreamRegistry::UnknownLogs(
    const std::vector<StreamDefinitionPtr>& known) const {
  absl::flat_hash_set<std::string> owned;
  for (const StreamDefinitionPtr& definition : known) owned.insert(StreamDirectory(*definition));
  std::vector<std::string> unknown;
  for (std::string& directory : LogDirectories()) {
    if (!owned.contains(directory)) unknown.push_back(std::move(directory));
  }
  return unknown;
}

std::shared_ptr<StreamIntake> StreamRegistry::Find(std::string_view stream) const {
  absl::MutexLock lock(&mutex_);
  if (auto found = streams_.find(ToAbsl(stream)); found != streams_.end()) {
    return found->second->intake;
  }
  auto refused = refused_.find(ToAbsl(stream));
  return refused == refused_.end() ? nullptr : refused->second;
}

void StreamRegistry::RefuseStream(const std::string& name, std::string_view type,
                                  std::string_view why) {
  auto definition = std::make_shared<StreamDefinition>();
  definition->name = name;
  definition->type = type;
  auto slot = std::make_shared<IngestSlot>();
  slot->Close(Unavailable(why));
  auto intake = std::make_shared<LocalIntake>(definition, "", std::move(slot), disk_full_);
  absl::MutexLock lock(&mutex_);
  refused_[name] = std::move(intake);
}

asio::awaitable<StatusOr<MemoryReservation>> StreamRegistry::Admit(uint64_t bytes) {
  if (bytes > options_.ingest_memory->limit()) {
    co_return ResourceExhausted("The request is larger than the node's ingest memory.");
  }
  const absl::Time deadline = absl::Now() + kAdmitWaitMax;
  while (true) {
    MemoryReservation reservation = options_.ingest_memory->TryReserve(bytes);
    if (reservation.bytes() == bytes) co_return reservation;
    if (absl::Now() >= deadline) co_return ResourceExhausted("The node's ingest memory is in use.");
    asio::steady_timer timer(co_await asio::this_coro::executor, kAdmitRetryDelay);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

bool StreamRegistry::DrainAll(absl::Time deadline) {
  const std::vector<StreamPtr> streams = Streams();
  auto left = std::make_shared<Countdown>(streams.size());
  for (const StreamPtr& stream : streams) {
    for (const ReplayPtr& replay : ReplaysOf(stream->definition->name)) {
      replay->ExpectEnd(kNodeStops);
      stream->Send(hydrant::StopReplay{replay->branch_name()});
    }
    stream->slot->Close(Unavailable("The node is stopping."));
    stream->Send(DrainStream{OnceOrWhenDropped([left] { left->Done(); })});
  }
  if (!left->WaitUntil(deadline)) return false;
  // A stream that failed meanwhile has drained nothing.
  const auto is_drained = [](const StreamPtr& stream) {
    return stream->shard() != nullptr && stream->BacklogRecords() == 0;
  };
  absl::MutexLock lock(&mutex_);
  // Those that are deleted or changed have to get through as well.
  return std::all_of(streams.begin(), streams.end(), is_drained) &&
         std::all_of(ending_.begin(), ending_.end(), is_drained);
}

void StreamRegistry::StopAll() {
  std::vector<StreamPtr> streams;
  {
    absl::MutexLock lock(&mutex_);
    if (std::exchange(stopping_, true)) return;
    for (const auto& [name, stream] : streams_) streams.push_back(stream);
    streams.insert(streams.end(), ending_.begin(), ending_.end());
    streams_.clear();
  }
  watcher_.join();
  auto left = std::make_shared<Countdown>(streams.size());
  for (const StreamPtr& stream : streams) {
    stream->slot->Close(Unavailable("The node is stopping."));
    stream->ended = true;
    ExpectReplaysEnd(stream->definition->name, kNodeStops);
    stream->Send(EndStream{OnceOrWhenDropped([left] { left->Done(); })});
  }
  HYDRANT_CHECK(left->WaitUntil(absl::InfiniteFuture()));
  maintenance_.join();
  for (const StreamPtr& stream : streams) {
    stream->SetSupervisor(StreamSupervisor{});
    stream->SetShard(nullptr, {});
  }
}

size_t StreamRegistry::StreamCount() const {
  absl::MutexLock lock(&mutex_);
  return streams_.size();
}

std::vector<StreamRegistry::StreamPtr> StreamRegistry::Streams() const {
  absl::MutexLock lock(&mutex_);
  std::vector<StreamPtr> streams;
  streams.reserve(streams_.size());
  for (const auto& [name, stream] : streams_) streams.push_back(stream);
  return streams;
}

}  // namespace hydrant
