#include "actors/stream_supervisor.h"

#include "actors/attempts.h"
#include "actors/buffer.h"
#include "actors/delivery.h"
#include "actors/feed.h"
#include "actors/transformer.h"
#include "engine/base/logging.h"

#include <absl/container/flat_hash_set.h>
#include <caf/actor_system.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <bit>
#include <chrono>
#include <optional>
#include <utility>
#include <vector>

namespace hydrant {
namespace {

constexpr int kTransformers = 1;
constexpr std::chrono::milliseconds kRestartDelayMin{100};
constexpr std::chrono::milliseconds kRestartDelayMax{30000};
constexpr std::chrono::seconds kLedgerRetryDelay{1};

struct Pipeline {
  Buffer buffer;
  std::vector<Transformer> transformers;
  Feed feed;
  std::vector<DeliveryWorker> workers;
  size_t next_worker = 0;
};

struct SupervisorState {
  SupervisorState() {}
  ~SupervisorState();
  static inline const char* name = "hydrant.stream_supervisor";

  StreamSupervisor::pointer self = nullptr;
  StreamOptions options;
  std::unique_ptr<Pipeline> pipeline;        // null while it is being (re)built
  absl::flat_hash_set<ChunkWorkPtr> chunks;  // sealed, not finished
  std::optional<Attempts> attempts;          // of the pipeline
  absl::Time attempts_timer = absl::InfiniteFuture();
  Ingest ingest;
  size_t children_alive = 0;  // without ingest, which is apart from the pipeline
  int restarts_in_a_row = 0;
  bool starting = false;
  std::function<void()> drained;               // set: draining
  std::vector<std::function<void()>> stopped;  // not empty: stopping

  const std::string& stream() const { return options.definition->name; }
  bool stopping() const { return !stopped.empty(); }
  void StartPipeline();
  void BuildPipeline(LedgerState ledger);
  void TearDown();
  void StartIngest();
  void ChildDown(const caf::down_msg& down);
  void ScheduleRestart();
  void StartAttempt(const ChunkWorkPtr& work);
  void StartDue();
  void ObserveBreaker();
  absl::Time Now() const;
  void Ready(const ChunkWorkPtr& work);
  void Finished(const DeliveryFinished& finished);
  void AttemptFailed(const ChunkWorkPtr& work, const DeliveryOutcome& outcome);
  void FinishInLedger(const ChunkWorkPtr& work);
  void Forget(const ChunkWorkPtr& work);
  void Settle(const PositionRanges& positions);
  void UpdateOldest();
  void ApplyDraining();
  void EndIfStopped();
  template <typename Handle>
  Handle Adopt(Handle child);
};

template <typename Handle>
Handle SupervisorState::Adopt(Handle child) {
  self->monitor(child);
  ++children_alive;
  return child;
}

void SupervisorState::StartPipeline() {
  if (pipeline || starting || stopping()) return;
  starting = true;
  self->request(options.writer, caf::infinite, ReadLedger{options.shard})
      .then([this](LedgerSnapshot& snapshot) {
        starting = false;
        if (!stopping()) BuildPipeline(std::move(snapshot.state));
      });
}

void SupervisorState::BuildPipeline(LedgerState ledger) {
  caf::actor_system& system = self->home_system();
  const StreamSupervisor me{self};
  pipeline = std::make_unique<Pipeline>();
  attempts.emplace(options.definition->hydrant.delivery_workers_max);
  attempts_timer = absl::InfiniteFuture();
  BufferOptions buffer{me,
                       options.writer,
                       options.shard,
                       options.sink,
                       options.probe,
                       options.definition->s3->buffering,
                       options.definition->hydrant.delivery_workers_max,
                       options.entropy};
  pipeline->buffer = Adopt(SpawnBuffer(system, std::move(buffer)));
  if (!options.transforms.empty()) {
    for (int i = 0; i < kTransformers; ++i) {
      pipeline->transformers.push_back(Adopt(SpawnTransformer(
          system, TransformerOptions{options.transforms, pipeline->buffer, options.pool})));
    }
  }
  FeedOptions feed{me,
                   options.shard,
                   options.reader,
                   pipeline->buffer,
                   pipeline->transformers,
                   std::move(ledger),
                   options.pipeline_memory,
                   options.window_bytes};
  pipeline->feed = Adopt(SpawnFeed(system, std::move(feed)));
  ApplyDraining();
  self->send(options.writer, WatchShard{options.shard, [handle = pipeline->feed](Position end) {
                                          caf::anon_send(handle, LogAdvanced{end});
                                        }});
}

// Without a shard it has ended as it should.
SupervisorState::~SupervisorState() {
  if (!options.shard) return;
  LogError("The stream's supervisor failed; the stream is started again.", {{"stream", stream()}});
  TearDown();
  caf::anon_send_exit(ingest, caf::exit_reason::user_shutdown);
  options.shard->failed = true;
}

void SupervisorState::TearDown() {
  if (!pipeline) return;
  std::unique_ptr<Pipeline> old = std::move(pipeline);
  caf::anon_send(options.writer, WatchShard{options.shard, nullptr});
  const caf::exit_reason reason = caf::exit_reason::user_shutdown;
  caf::anon_send_exit(old->feed, reason);
  for (const Transformer& transformer : old->transformers) caf::anon_send_exit(transformer, reason);
  caf::anon_send_exit(old->buffer, reason);
  for (const DeliveryWorker& worker : old->workers) caf::anon_send_exit(worker, reason);
  // Attempts under way go on, hold what they need and report to nobody: their names are in the ledger.
  chunks.clear();
  attempts.reset();
  options.probe->SetBreaker(BreakerState::kClosed);
}

void SupervisorState::StartIngest() {
  ingest = SpawnIngest(self->home_system(),
                       IngestOptions{options.shard, options.probe, options.writer, options.pool});
  self->monitor(ingest);
  options.ingest->Set(ingest);
}

void SupervisorState::ChildDown(const caf::down_msg& down) {
  if (down.source == ingest.address()) {
    ingest = Ingest{};
    if (stopping()) return EndIfStopped();
    LogError("The stream's ingest actor failed; producers were told to send again.",
             {{"stream", stream()}, {"reason", caf::to_string(down.reason)}});
    return StartIngest();
  }
  --children_alive;
  if (pipeline && !stopping()) {
    LogError("An actor of the stream's pipeline failed; the pipeline is built again from the log.",
             {{"stream", stream()}, {"reason", caf::to_string(down.reason)}});
    options.probe->PipelineRestarted();
    TearDown();
  }
  if (children_alive > 0) return;
  if (stopping()) {
    EndIfStopped();
  } else {
    ScheduleRestart();
  }
}

void SupervisorState::ScheduleRestart() {
  const int doublings = std::min(restarts_in_a_row++, 10);
  const auto delay = std::min(kRestartDelayMin * (1 << doublings), kRestartDelayMax);
  self->delayed_send(self, delay, RestartPipeline{});
}

void SupervisorState::ApplyDraining() {
  if (!drained || !pipeline) return;
  self->send(pipeline->buffer, DrainBuffer{});
  self->send(pipeline->feed, DrainFeed{});
}

void SupervisorState::EndIfStopped() {
  if (!stopping() || children_alive > 0 || pipeline || ingest) return;
  options.shard.reset();
  for (const std::function<void()>& tell : std::exchange(stopped, {})) tell();
  self->quit();
}

void SupervisorState::Ready(const ChunkWorkPtr& work) {
  chunks.insert(work);
  UpdateOldest();
  if (work->delivery.chunk->slices.empty()) {
    // Nothing to deliver: every record was dropped by a rule, or lost and reported.
    work->delivered = true;
    FinishInLedger(work);
    return;
  }
  attempts->Add(work);
  StartDue();
}

// CAF's clock: it only goes forward, and tests turn it.
absl::Time SupervisorState::Now() const {
  return absl::UnixEpoch() + absl::FromChrono(self->clock().now().time_since_epoch());
}

void SupervisorState::StartDue() {
  const absl::Time now = Now();
  while (ChunkWorkPtr work = attempts->TakeDue(now)) StartAttempt(work);
  ObserveBreaker();
  const absl::Time next = attempts->NextDue(now);
  const bool sooner = next < attempts_timer || attempts_timer <= now;
  if (next == absl::InfiniteFuture() || !sooner) return;
  attempts_timer = next;
  const absl::Duration wait = absl::Ceil(next - now, absl::Milliseconds(1));
  self->delayed_send(self, absl::ToChronoMilliseconds(wait), hydrant::StartAttempts{});
}

void SupervisorState::ObserveBreaker() {
  const BreakerState state = attempts->breaker();
  const BreakerState before = options.probe->SetBreaker(state);
  if (state == before) return;
  if (before == BreakerState::kClosed) {
    LogWarn("The destination fails: nothing is sent to it but a probe now and then.",
            {{"stream", stream()}, {"destination", options.sink->Describe()}});
  } else if (state == BreakerState::kClosed) {
    LogInfo("The destination is well again.",
            {{"stream", stream()}, {"destination", options.sink->Describe()}});
  }
}

void SupervisorState::StartAttempt(const ChunkWorkPtr& work) {
  std::vector<DeliveryWorker>& workers = pipeline->workers;
  const auto workers_max = static_cast<size_t>(options.definition->hydrant.delivery_workers_max);
  if (workers.size() < std::min(chunks.size(), workers_max)) {
    workers.push_back(Adopt(SpawnDeliveryWorker(
        self->home_system(), DeliveryOptions{StreamSupervisor{self}, options.executor,
                                             options.encode_memory, options.clock})));
    pipeline->next_worker = workers.size() - 1;
  }
  self->send(workers[pipeline->next_worker++ % workers.size()], DeliverChunk{work});
}

void SupervisorState::Finished(const DeliveryFinished& finished) {
  const ChunkWorkPtr& work = finished.work;
  if (!chunks.contains(work)) return;  // of a pipeline that is gone
  if (finished.outcome->kind != OutcomeKind::kDelivered) {
    AttemptFailed(work, *finished.outcome);
    return;
  }
  const ChunkSeal& seal = work->delivery.chunk->seal;
  options.probe->ChunkDelivered(seal.record_count, seal.payload_bytes, work->delivery.payload.size,
                                options.clock->Now() - seal.oldest_arrival, finished.elapsed);
  work->delivered = true;
  restarts_in_a_row = 0;
  attempts->Delivered();
  FinishInLedger(work);
  StartDue();
}

void SupervisorState::AttemptFailed(const ChunkWorkPtr& work, const DeliveryOutcome& outcome) {
  options.probe->AttemptFailed(outcome);
  const absl::Duration delay = attempts->Failed(work, outcome, Now(), *options.entropy);
  // Each doubling is worth a line, not each attempt.
  if (std::has_single_bit(static_cast<unsigned>(work->failures))) {
    const bool needs_operator = outcome.severity == Severity::kOperator;
    Log(needs_operator ? LogLevel::kError : LogLevel::kWarn,
        needs_operator ? "Delivery fails until someone acts; the records are kept and tried again."
                       : "Delivery failed; it is tried again.",
        {{"stream", stream()},
         {"destination", options.sink->Describe()},
         {"object", work->delivery.chunk->seal.name},
         {"error_code", outcome.error_code},
         {"error", outcome.error_message},
         {"attempts", work->failures},
         {"next_in_seconds", absl::ToDoubleSeconds(delay)}});
  }
  StartDue();
}

void SupervisorState::FinishInLedger(const ChunkWorkPtr& work) {
  const std::string& id = work->delivery.chunk->seal.id;
  self->request(options.writer, caf::infinite, WriteLedger{options.shard, FinishChunk{id}})
      .then([this, work](const LedgerWritten& written) {
        if (written.status.ok()) {
          Forget(work);
          return;
        }
        LogError("A delivered chunk could not be noted in the ledger; it is tried again.",
                 {{"stream", stream()}, {"error", Message(written.status)}});
        self->delayed_send(self, kLedgerRetryDelay, FinishAgain{work});
      });
}

void SupervisorState::Forget(const ChunkWorkPtr& work) {
  if (chunks.erase(work) == 0 || !pipeline) return;
  UpdateOldest();
  self->send(pipeline->buffer, ChunkDone{});
  self->send(pipeline->feed, GrantCredit{work->cost_bytes});
}

// Records that can't be delivered any more. Until that is noted, the log can't be trimmed.
void SupervisorState::Settle(const PositionRanges& positions) {
  self->request(options.writer, caf::infinite, WriteLedger{options.shard, LosePositions{positions}})
      .then([this, positions](const LedgerWritten& written) {
        if (written.status.ok()) {
          options.probe->SetRecordsLost(options.shard->lost_records);
          return;
        }
        LogWarn("Lost records could not be noted in the ledger; it is tried again.",
                {{"stream", stream()}, {"error", Message(written.status)}});
        self->delayed_send(self, kLedgerRetryDelay, PositionsLost{positions});
      });
}

void SupervisorState::UpdateOldest() {
  absl::Time oldest = absl::InfiniteFuture();
  for (const ChunkWorkPtr& work : chunks) {
    oldest = std::min(oldest, work->oldest_arrival);
  }
  options.probe->SetOldestSealed(oldest);
}

StreamSupervisor::behavior_type Behavior(StreamSupervisor::stateful_pointer<SupervisorState> self,
                                         StreamOptions options) {
  self->state.self = self;
  self->state.options = std::move(options);
  self->set_down_handler([self](caf::down_msg& down) { self->state.ChildDown(down); });
  self->state.StartIngest();
  self->state.StartPipeline();
  return {
      [self](const ChunkReady& ready) {
        if (self->state.pipeline) self->state.Ready(ready.work);
      },
      [self](const ChunkEncoded& encoded) {
        if (self->state.pipeline && self->state.chunks.contains(encoded.work)) {
          self->send(self->state.pipeline->feed, GrantCredit{encoded.released_bytes});
        }
      },
      [self](const DeliveryFinished& finished) { self->state.Finished(finished); },
      [self](StartAttempts) {
        if (self->state.pipeline) self->state.StartDue();
      },
      [self](const FinishAgain& again) {
        const ChunkWorkPtr work = again.work.lock();
        if (work && self->state.chunks.contains(work)) self->state.FinishInLedger(work);
      },
      [self](const PositionsLost& lost) { self->state.Settle(lost.positions); },
      [self](FeedDrained) {
        if (!self->state.drained) return;
        std::exchange(self->state.drained, nullptr)();
      },
      [self](DrainStream& drain) {
        self->state.drained = std::move(drain.drained);
        self->state.ApplyDraining();
      },
      [self](EndStream& stop) {
        self->state.stopped.push_back(std::move(stop.stopped));
        self->state.TearDown();
        self->state.options.ingest->Set(Ingest{});
        caf::anon_send_exit(self->state.ingest, caf::exit_reason::user_shutdown);
        self->state.EndIfStopped();
      },
      [self](SetWindow window) {
        self->state.options.window_bytes = window.bytes;
        if (self->state.pipeline) self->send(self->state.pipeline->feed, window);
      },
      [self](RestartPipeline) { self->state.StartPipeline(); },
      [self](TrimLog) {
        self->send(self->state.options.writer, TrimShard{self->state.options.shard});
      },
  };
}

}  // namespace

StreamSupervisor SpawnStreamSupervisor(caf::actor_system& system, StreamOptions options) {
  return system.spawn(Behavior, std::move(options));
}

}  // namespace hydrant
