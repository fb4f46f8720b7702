#include "actors/branch_state.h"
#include "actors/monotonic_now.h"
#include "engine/base/logging.h"

#include <caf/actor_system.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace hydrant {
namespace {

constexpr std::chrono::milliseconds kRestartDelayMin{100};
constexpr std::chrono::milliseconds kRestartDelayMax{30000};
// How long a graceful end waits for attempts under way.
constexpr std::chrono::seconds kGraceMax{30};
constexpr int kErrorAttemptsMax = 2;
// S3's own, and for what only hydrant delivers: held until it gets through.
constexpr RetryPolicy kNeverGivesUp{};

}  // namespace

absl::Time BranchState::Now() const { return MonotonicNow(*self); }

void BranchState::StartPipeline() {
  if (pipeline || starting || stopping()) return;
  starting = true;
  self->request(options.writer, caf::infinite, ReadLedger{options.ledger})
      .then([this](LedgerSnapshot& snapshot) {
        starting = false;
        if (stopping()) return;
        const std::vector<RerouteChunk> renamed = Rename(snapshot.state);
        if (!renamed.empty()) return WriteNames(renamed);
        BuildPipeline(std::move(snapshot.state));
      });
}

// Chunks that were bound for a destination which the stream no longer has go to its own; those that another
// definition has named are named as this one says.
std::vector<RerouteChunk> BranchState::Rename(const LedgerState& ledger) const {
  std::vector<RerouteChunk> renamed;
  for (ChunkSeal seal : ledger.open_chunks) {
    const bool missing = seal.destination >= options.destinations.size();
    const bool old = seal.version != 0 && seal.version != options.definition->version;
    if (!missing && !old) continue;
    if (missing) seal.destination = 0;
    const std::shared_ptr<Sink>& sink =
        seal.failures.empty() ? options.destinations[seal.destination].sink : options.errors;
    renamed.push_back(
        {seal.id, sink->NameChunk(seal), seal.destination, options.definition->version});
  }
  return renamed;
}

// No name is used before the ledger has it: a crash must find the object that an attempt may have left.
void BranchState::WriteNames(const std::vector<RerouteChunk>& names) {
  starting = true;
  auto left = std::make_shared<size_t>(names.size());
  auto failed = std::make_shared<bool>(false);
  for (const RerouteChunk& renamed : names) {
    self->request(options.writer, caf::infinite, WriteLedger{options.ledger, renamed})
        .then([this, left, failed](const LedgerWritten& written) {
          if (!written.status.ok() && !std::exchange(*failed, true)) {
            LogError("Chunks could not be named anew in the ledger; it is tried again.",
                     {{"stream", options.definition->name},
                      {"branch", options.name},
                      {"error", Message(written.status)}});
          }
          if (--*left > 0) return;
          starting = false;
          if (stopping()) return;
          if (*failed) return ScheduleRestart();
          StartPipeline();
        });
  }
}

Transformer BranchState::MakeTransformer() {
  return Adopt(SpawnTransformer(
      self->home_system(), TransformerOptions{options.transforms, pipeline->buffer, options.pool,
                                              pipeline->transforming}));
}

void BranchState::BuildPipeline(LedgerState ledger) {
  caf::actor_system& system = self->home_system();
  const Branch me{self};
  const HydrantSettings& settings = options.definition->hydrant;
  pipeline = std::make_unique<Pipeline>();
  ++generation;
  attempts.clear();
  BufferOptions buffer;
  for (const Destination& destination : options.destinations) {
    attempts.emplace_back(destination.retry, settings.delivery_workers_min);
    buffer.destinations.push_back(destination.sink);
  }
  attempts.emplace_back(kNeverGivesUp, kErrorAttemptsMax);
  attempts_timer = absl::InfiniteFuture();
  buffer.branch = me;
  buffer.writer = options.writer;
  buffer.ledger = options.ledger;
  buffer.destination = active;
  buffer.version = options.definition->version;
  buffer.errors = options.errors;
  buffer.record_id_prefix = options.record_id_prefix;
  buffer.probe = options.probe;
  buffer.hints = options.hints;
  buffer.error_hints = options.error_hints;
  buffer.chunks_max = settings.delivery_workers_min;
  buffer.seal_waits = pipeline->seal_waits;
  buffer.pool = options.pool;
  buffer.entropy = options.entropy;
  pipeline->buffer = Adopt(SpawnBuffer(system, std::move(buffer)));
  if (!options.transforms.empty()) {
    for (int i = 0; i < settings.transform_workers_min; ++i) {
      pipeline->transformers.push_back(MakeTransformer());
    }
  }
  RememberHistories(ledger.open_chunks);
  TakeUpElsewhere(ledger.elsewhere);
  FeedOptions feed{me,
                   options.ledger,
                   options.reader,
                   pipeline->buffer,
                   pipeline->transformers,
                   pipeline->transforming,
                   std::move(ledger),
                   options.end,
                   options.bytes_per_second_max,
                   options.pipeline_memory,
                   options.window_bytes};
  pipeline->feed = Adopt(SpawnFeed(system, std::move(feed)));
  StartPolicies();
  ApplyDraining();
  self->send(options.writer, WatchShard{options.ledger, [handle = pipeline->feed](Position end) {
                                          caf::anon_send(handle, LogAdvanced{end});
                                        }});
}

// Of attempts before: in this process as it knows them, else as the ledger does.
void BranchState::RememberHistories(const std::vector<ChunkSeal>& open_chunks) {
  auto known = std::exchange(returning, {});
  for (const ChunkSeal& seal : open_chunks) {
    if (auto found = known.find(seal.id); found != known.end()) {
      found->second.due = absl::InfinitePast();
      returning.insert(std::move(*found));
      continue;
    }
    ChunkHistory history;
    // One may have been under way when the process before this one ended.
    history.ambiguous = true;
    if (seal.attempts > 0) {
      history.failures = static_cast<int>(seal.attempts);
      const absl::Duration failing = options.clock->Now() - seal.failing_since;
      history.failing_since = Now() - std::max(failing, absl::ZeroDuration());
    }
    returning.emplace(seal.id, ReturningChunk{std::move(history)});
  }
}

// Without a ledger it has ended as it should.
BranchState::~BranchState() {
  if (!options.ledger) return;
  const bool is_replay = options.ledger->is_replay;
  LogError(is_replay ? "A replay failed; it is not started again."
                     : "A stream's branch failed; the stream is started again.",
           {{"stream", options.definition->name}, {"branch", options.name}});
  TearDown();
  if (!is_replay) options.ledger->shard->failed = true;
}

void BranchState::TearDown() {
  if (!pipeline) return;
  std::unique_ptr<Pipeline> old = std::move(pipeline);
  caf::anon_send(options.writer, WatchShard{options.ledger, nullptr});
  const caf::exit_reason reason = caf::exit_reason::user_shutdown;
  caf::anon_send_exit(old->feed, reason);
  for (const Transformer& transformer : old->transformers) caf::anon_send_exit(transformer, reason);
  caf::anon_send_exit(old->buffer, reason);
  for (const DeliveryWorker& worker : old->workers) caf::anon_send_exit(worker, reason);
  // Attempts under way go on, hold what they need and report to nobody: their names are in the ledger.
  for (const ChunkWorkPtr& work : chunks) {
    work->history.ambiguous = work->history.ambiguous || work->under_way;
    returning.insert_or_assign(work->seal.id, ReturningChunk{work->history});
  }
  chunks.clear();
  ends.clear();
  attempts.clear();
  options.probe->SetBreaker(BreakerState::kClosed);
}

void BranchState::ChildDown(const caf::down_msg& down) {
  --children_alive;
  const bool retired = down.reason == caf::exit_reason::normal;
  if (pipeline && !stopping() && !retired) {
    LogError("An actor of the pipeline failed; it is built again from the log.",
             {{"stream", options.definition->name},
              {"branch", options.name},
              {"reason", caf::to_string(down.reason)}});
    RebuildPipeline();
  }
  if (children_alive > 0) return;
  if (stopping()) {
    EndIfStopped();
  } else if (!pipeline) {
    ScheduleRestart();
  }
}

// When the last of the old one's actors is gone.
void BranchState::RebuildPipeline() {
  options.probe->PipelineRestarted();
  TearDown();
}

void BranchState::ScheduleRestart() {
  const int doublings = std::min(restarts_in_a_row++, 10);
  const auto delay = std::min(kRestartDelayMin * (1 << doublings), kRestartDelayMax);
  self->delayed_send(self, delay, RestartPipeline{});
}

void BranchState::Drain(DrainBranch& drain) {
  drained = std::move(drain.drained);
  draining = true;
  ApplyDraining();
}

void BranchState::ApplyDraining() {
  // A replay's feed knows its end, and buffers as usual until then.
  if (!draining || !pipeline || options.ledger->is_replay) return;
  self->send(pipeline->buffer, DrainBuffer{});
  self->send(pipeline->feed, DrainFeed{});
}

// Entries under way come first: whoever waits looks at the ledger next.
void BranchState::Drained() {
  if (!drained) return;
  self->request(options.writer, caf::infinite, ReadLedger{options.ledger})
      .then([tell = std::exchange(drained, nullptr)](const LedgerSnapshot&) { tell(); });
}

void BranchState::End(EndBranch& stop) {
  stopped.push_back(std::move(stop.stopped));
  if (stop.gracefully && IsBusy()) {
    self->delayed_send(self, kGraceMax, EndNow{});
    return;
  }
  TearDown();
  EndIfStopped();
}

// Whether an attempt is under way, or the ledger is about to hear of its end.
bool BranchState::IsBusy() const {
  return pipeline &&
         (!ends.empty() || std::any_of(chunks.begin(), chunks.end(),
                                       [](const ChunkWorkPtr& work) { return work->under_way; }));
}

void BranchState::EndIfStopped() {
  if (!stopping() || children_alive > 0 || pipeline) return;
  options.ledger.reset();
  for (const std::function<void()>& tell : std::exchange(stopped, {})) tell();
  self->quit();
}

namespace {

Branch::behavior_type Behavior(Branch::stateful_pointer<BranchState> self, BranchOptions options) {
  BranchState& state = self->state;
  state.self = self;
  state.options = std::move(options);
  self->set_down_handler([self](caf::down_msg& down) { self->state.ChildDown(down); });
  state.StartPipeline();
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
      [self](const EndAgain& again) {
        const ChunkWorkPtr work = again.work.lock();
        if (work && self->state.ends.contains(work)) self->state.WriteEnd(work);
      },
      [self](const Quarantine& quarantine) { self->state.GiveUpBatch(quarantine); },
      [self](const PositionsLost& lost) { self->state.Settle(LosePositions{lost.positions}); },
      [self](const SettleAgain& again) { self->state.Settle(again.entry); },
      [self](const CopiesForgotten& forgotten) { self->state.Forgotten(forgotten.records); },
      [self](FeedDrained) { self->state.Drained(); },
      [self](const DestinationProbed& probed) { self->state.Probed(probed); },
      [self](Tick) { self->state.OnTick(); },
      [self](DrainBranch& drain) { self->state.Drain(drain); },
      [self](EndBranch& stop) { self->state.End(stop); },
      [self](EndNow) {
        if (!self->state.stopping()) return;
        self->state.TearDown();
        self->state.EndIfStopped();
      },
      [self](SetWindow window) {
        self->state.options.window_bytes = window.bytes;
        if (self->state.pipeline) self->send(self->state.pipeline->feed, window);
      },
      [self](RestartPipeline) { self->state.StartPipeline(); },
  };
}

}  // namespace

Branch SpawnBranch(caf::actor_system& system, BranchOptions options) {
  return system.spawn(Behavior, std::move(options));
}

}  // namespace hydrant
