// What a branch does by the clock: which destination is in use, and how many workers there are.
#include "actors/branch_state.h"
#include "actors/exception_text.h"
#include "engine/base/logging.h"

#include <boost/asio/co_spawn.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

namespace hydrant {
namespace {

constexpr std::chrono::milliseconds kTick{250};
constexpr int kTicksOfScaling = 4;
constexpr absl::Duration kProbeInterval = absl::Seconds(1);

FailoverRules RulesOf(const FailoverSettings& settings) {
  return {settings.after, settings.when_breaker_opens, settings.lag_max, settings.hold_down};
}

}  // namespace

// Of a new pipeline: its attempts know nothing yet.
void BranchState::StartPolicies() {
  const HydrantSettings& settings = options.definition->hydrant;
  const size_t count = options.destinations.size();
  if (count > 1 && !failover) {
    failover.emplace(RulesOf(options.failover), count);
    probes.resize(count);
  }
  delivery_scale.emplace(ScaleBounds{settings.delivery_workers_min, settings.delivery_workers_max});
  transform_scale.emplace(
      ScaleBounds{settings.transform_workers_min, settings.transform_workers_max});
  deliveries = {};
  options.probe->SetDestination(active);
  options.probe->SetWorkers(delivery_scale->workers(),
                            static_cast<int>(pipeline->transformers.size()));
  KeepTicking();
}

// An idle branch needs no clock.
void BranchState::KeepTicking() {
  if (ticking || !pipeline || stopping()) return;
  const HydrantSettings& settings = options.definition->hydrant;
  const bool scaled = delivery_scale->workers() > settings.delivery_workers_min ||
                      transform_scale->workers() > settings.transform_workers_min;
  const bool idle = chunks.empty() && active == 0 && !copy_pending && *pipeline->transforming == 0;
  if (idle && !scaled) return;
  ticking = true;
  self->delayed_send(self, kTick, Tick{});
}

void BranchState::OnTick() {
  ticking = false;
  if (!pipeline || stopping()) return;
  if (failover) Failover();
  const Attempts& lane = attempts[active];
  deliveries.busy += static_cast<double>(lane.under_way()) / lane.at_once_max();
  if (++deliveries.ticks == kTicksOfScaling) {
    ScaleDelivery();
    ScaleTransforms();
    deliveries = {.backlog_age = deliveries.backlog_age};
  }
  KeepTicking();
}

// ---- Failover ----

void BranchState::Failover() {
  const absl::Time now = Now();
  std::vector<DestinationHealth> health(options.destinations.size());
  for (size_t i = 0; i < health.size(); ++i) {
    const Attempts& lane = attempts[i];
    if (lane.failing_since() != absl::InfiniteFuture()) {
      health[i].failing_since = lane.failing_since();
    }
    health[i].breaker = lane.breaker();
    health[i].failing_lag = lane.OldestFailing(now);
    const absl::Time well_since = probes[i].well_since;
    if (well_since != absl::InfiniteFuture()) health[i].probe_well_since = well_since;
  }
  const FailoverDecision decision = failover->Tick(now, health);
  if (decision.active != active) {
    UseOther(static_cast<uint32_t>(decision.active), decision.reason);
  }
  ProbeOthers();
}

void BranchState::UseOther(uint32_t destination, const std::string& reason) {
  const uint32_t before = std::exchange(active, destination);
  Log(destination > before ? LogLevel::kError : LogLevel::kInfo,
      "The stream is delivered to another destination.",
      {{"stream", options.definition->name},
       {"branch", options.name},
       {"from", options.destinations[before].sink->Describe()},
       {"to", options.destinations[destination].sink->Describe()},
       {"reason", reason}});
  options.probe->SetDestination(destination);
  probes[destination].well_since = absl::InfiniteFuture();
  // Its probes were well: nobody waits out a delay of before.
  attempts[destination].Recovered();
  options.probe->SetBreaker(attempts[destination].breaker());
  self->send(pipeline->buffer, UseDestination{destination});
  if (IsLeft(before)) {
    for (const ChunkWorkPtr& work : attempts[before].TakeWaiting()) Reroute(work);
  }
  if (options.failover.copy_back) SetCopying(destination == 0);
  StartDue();
}

// Whether what waits for that destination should go to the one in use.
bool BranchState::IsLeft(size_t lane) const {
  if (lane == error_lane() || lane == active) return false;
  const bool failing = attempts[lane].failing_since() != absl::InfiniteFuture();
  // The one before the switch has failed, whatever its attempts say by now.
  return lane < active || failing || !options.failover.drain;
}

// Copies begin when a probe finds the stream's own destination well, and end when it is left: what is not on its way
// then stays where it is.
void BranchState::SetCopying(bool copying) {
  copy_pending = copying;
  if (!copying) self->send(pipeline->feed, ForgetCopies{});
}

void BranchState::Forgotten(const PositionRanges& records) {
  copied = SubtractRanges(copied, records);
  // It was left and taken again meanwhile.
  if (!records.empty() && active == 0) copy_pending = true;
}

// What other destinations got meanwhile goes to the stream's own as well.
void BranchState::CopyBack() {
  self->request(options.writer, caf::infinite, ReadLedger{options.ledger})
      .then([this, of = generation](const LedgerSnapshot& snapshot) {
        if (!pipeline || of != generation || active != 0) return;
        const PositionRanges wanted = SubtractRanges(snapshot.state.elsewhere, copied);
        if (wanted.empty()) return;
        LogInfo("Records that went elsewhere are copied to the destination.",
                {{"stream", options.definition->name},
                 {"branch", options.name},
                 {"records", CountPositions(wanted)}});
        for (const PositionRange& range : wanted) AddRange(copied, range);
        self->send(pipeline->feed, ReadAgain{{}, {}, wanted});
      });
}

// Of a new pipeline: what the ledger says is elsewhere.
void BranchState::TakeUpElsewhere(const PositionRanges& elsewhere) {
  copied.clear();
  copy_pending = options.failover.copy_back && !elsewhere.empty();
  // Nobody wants the copies any more.
  if (!options.failover.copy_back && !elsewhere.empty()) Settle(SettlePositions{elsewhere});
}

// Destinations that would be preferred, and the next one when the one in use fails.
void BranchState::ProbeOthers() {
  const absl::Time now = Now();
  const bool failing = attempts[active].failing_since() != absl::InfiniteFuture();
  for (uint32_t i = 0; i < options.destinations.size(); ++i) {
    const bool wanted = i == active ? copy_pending && i == 0 : i < active || failing;
    Probing& probe = probes[i];
    if (!wanted || probe.under_way || now < probe.next) continue;
    probe.under_way = true;
    const std::shared_ptr<Sink> sink = options.destinations[i].sink;
    asio::co_spawn(
        options.executor, sink->Probe(),
        [i, sink, branch = Branch{self}](const std::exception_ptr& error, const Status& status) {
          caf::anon_send(branch,
                         DestinationProbed{i, error ? Internal(ExceptionText(error)) : status});
        });
  }
}

void BranchState::Probed(const DestinationProbed& probed) {
  const uint32_t i = probed.destination;
  Probing& probe = probes[i];
  const absl::Time now = Now();
  probe.under_way = false;
  probe.next = now + kProbeInterval;
  const bool well = probed.status.ok();
  probe.well_since = well ? std::min(probe.well_since, now) : absl::InfiniteFuture();
  if (absl::IsPermissionDenied(probed.status) && !std::exchange(probe.refused, true)) {
    LogWarn(
        "A destination can't be probed: as long as that is so the stream does not go back to it.",
        {{"stream", options.definition->name},
         {"branch", options.name},
         {"destination", options.destinations[i].sink->Describe()},
         {"error", Message(probed.status)}});
  }
  if (i == 0 && active == 0 && well && std::exchange(copy_pending, false)) CopyBack();
}

// ---- Scaling ----

void BranchState::ScaleDelivery() {
  ScaleSample sample;
  sample.busy = deliveries.busy / kTicksOfScaling;
  sample.work_waits = *pipeline->seal_waits;
  const absl::Time oldest = options.probe->oldest_arrival();
  const absl::Duration age =
      oldest == absl::InfiniteFuture() ? absl::ZeroDuration() : options.clock->Now() - oldest;
  sample.backlog_grows = age > std::exchange(deliveries.backlog_age, age);
  sample.throttled = deliveries.throttled;
  sample.finished = deliveries.finished;
  if (deliveries.finished > 0) sample.latency = deliveries.latencies / deliveries.finished;
  const int before = delivery_scale->workers();
  const ScaleDecision decision = delivery_scale->Tick(sample);
  if (decision.workers == before) return;
  LogInfo("The number of delivery workers changes.", {{"stream", options.definition->name},
                                                      {"branch", options.name},
                                                      {"from", before},
                                                      {"to", decision.workers},
                                                      {"reason", decision.reason}});
  SetDeliveryWorkers(decision.workers);
}

void BranchState::SetDeliveryWorkers(int count) {
  for (size_t lane = 0; lane < error_lane(); ++lane) attempts[lane].set_at_once_max(count);
  self->send(pipeline->buffer, SetChunksMax{count});
  std::vector<DeliveryWorker>& workers = pipeline->workers;
  while (workers.size() > static_cast<size_t>(count)) {
    self->send(workers.back(), Retire{});
    workers.pop_back();
  }
  options.probe->SetWorkers(count, static_cast<int>(pipeline->transformers.size()));
  StartDue();
}

void BranchState::ScaleTransforms() {
  std::vector<Transformer>& transformers = pipeline->transformers;
  if (transformers.empty()) return;
  const double inside = *pipeline->transforming;
  ScaleSample sample;
  sample.busy = std::min(1.0, inside / static_cast<double>(transformers.size()));
  sample.work_waits = inside > 2.0 * static_cast<double>(transformers.size());
  const ScaleDecision decision = transform_scale->Tick(sample);
  const auto count = static_cast<size_t>(decision.workers);
  if (count == transformers.size()) return;
  LogInfo("The number of transform workers changes.", {{"stream", options.definition->name},
                                                       {"branch", options.name},
                                                       {"from", transformers.size()},
                                                       {"to", count},
                                                       {"reason", decision.reason}});
  while (transformers.size() < count) transformers.push_back(MakeTransformer());
  transformers.resize(count);
  self->send(pipeline->feed, UseTransformers{transformers});
  options.probe->SetWorkers(delivery_scale->workers(), static_cast<int>(count));
}

}  // namespace hydrant
