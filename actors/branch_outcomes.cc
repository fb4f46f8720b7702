// Chunks on their way: attempts, what becomes of the chunk after each, and the ledger that is told.
#include "actors/branch_state.h"
#include "engine/base/bounded_text.h"
#include "engine/base/check.h"
#include "engine/base/logging.h"
#include "engine/stream/delivery_rules.h"

#include <caf/actor_system.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <bit>
#include <chrono>
#include <utility>
#include <variant>

namespace hydrant {
namespace {

constexpr std::chrono::seconds kLedgerRetryDelay{1};
constexpr size_t kErrorCodeBytesMax = 256;
constexpr size_t kErrorTextBytesMax = 4096;

// What every Failure of a decision on this chunk has in common.
Failure MakeFailure(const ChunkWork& work, std::string_view type, absl::Time ended) {
  Failure failure;
  failure.type = type;
  failure.attempts = static_cast<uint32_t>(work.history.failures);
  failure.ended = ended;
  return failure;
}

// What a destination or a transform says may be of any length, and no text at all.
void BoundTexts(Failure& failure) {
  failure.error_code = BoundedText(failure.error_code, kErrorCodeBytesMax);
  failure.error_message = BoundedText(failure.error_message, kErrorTextBytesMax);
  for (auto& [name, value] : failure.details) value = BoundedText(value, kErrorTextBytesMax);
}

PositionRanges PositionsOf(const ChunkWork& work, const std::vector<RecordRange>& records) {
  const bool whole = records.size() == 1 &&
                     records[0] == RecordRange{0, static_cast<uint32_t>(work.seal.record_count)};
  if (whole) return work.seal.positions;
  PositionRanges positions;
  if (!work.record_positions.empty()) {
    for (const RecordRange& range : records) {
      for (uint32_t i = range.begin; i < range.end; ++i) {
        const Position position = work.record_positions[i];
        AddRange(positions, {position, position + 1});
      }
    }
    return positions;
  }
  // Records are the chunk's positions, one after the other.
  uint64_t before = 0;
  auto range = records.begin();
  for (const PositionRange& held : work.seal.positions) {
    for (; range != records.end() && range->begin < before + held.size(); ++range) {
      const uint64_t begin = std::max<uint64_t>(range->begin, before) - before;
      const uint64_t end = std::min<uint64_t>(range->end - before, held.size());
      AddRange(positions, {held.begin + begin, held.begin + end});
      if (range->end > before + held.size()) break;  // goes on in the next
    }
    before += held.size();
  }
  return positions;
}

}  // namespace

void BranchState::Ready(const ChunkWorkPtr& work) {
  chunks.insert(work);
  UpdateOldest();
  if (!copied.empty()) NoteCopies(*work);
  if (work->delivery.chunk->slices.empty()) {
    // Nothing to deliver: every record was dropped by a rule, or lost and reported.
    return EndChunk(work, {FinishChunk{work->seal.id}, {}});
  }
  const absl::Duration age = options.clock->Now() - work->seal.oldest_arrival;
  work->waiting_since = Now() - std::max(age - options.hints.interval, absl::ZeroDuration());
  ReturningChunk before;
  if (auto found = returning.find(work->seal.id); found != returning.end()) {
    before = std::move(found->second);
    returning.erase(found);
    work->history = std::move(before.history);
    work->waiting_since = std::max(work->waiting_since, before.waiting_since);
  }
  const size_t lane = LaneOf(*work);
  if (work->history.is_copy && lane > 0) return LeaveCopies(work);
  if (IsLeft(lane)) return Reroute(work);
  attempts[lane].Add(work, before.due, before.asked);
  StartDue();
}

// Copies that share their chunk with other records may be elsewhere twice, when the stream's own destination fails
// again.
void BranchState::NoteCopies(ChunkWork& work) {
  const PositionRanges left = SubtractRanges(copied, work.seal.positions);
  const uint64_t copies = CountPositions(copied) - CountPositions(left);
  copied = left;
  work.history.is_copy = copies > 0 && copies == CountPositions(work.seal.positions);
  if (work.history.is_copy || copies == 0) return;
  if (LaneOf(work) > 0) options.probe->PossibleDuplicates(copies);
  work.history.ambiguous = true;
}

// They stay where they are, and are copied another time.
void BranchState::LeaveCopies(const ChunkWorkPtr& work) {
  if (work->history.ambiguous) options.probe->PossibleDuplicates(work->seal.record_count);
  EndChunk(work, {FinishElsewhere{work->seal.id}, {}});
}

void BranchState::StartDue() {
  if (stopping()) return;
  const absl::Time now = Now();
  absl::Time next = absl::InfiniteFuture();
  // By index: what is started may end in the same turn and start more.
  for (size_t lane = 0; lane < attempts.size(); ++lane) {
    while (ChunkWorkPtr work = attempts[lane].TakeDue(now)) StartAttempt(work);
    while (ChunkWorkPtr work = attempts[lane].TakeExpired(now)) Expire(work);
    next = std::min(next, attempts[lane].NextDue(now));
  }
  ObserveBreaker();
  KeepTicking();
  const bool sooner = next < attempts_timer || attempts_timer <= now;
  if (next == absl::InfiniteFuture() || !sooner) return;
  attempts_timer = next;
  const absl::Duration wait = absl::Ceil(next - now, absl::Milliseconds(1));
  self->delayed_send(self, absl::ToChronoMilliseconds(wait), StartAttempts{});
}

void BranchState::StartAttempt(const ChunkWorkPtr& work) {
  std::vector<DeliveryWorker>& workers = pipeline->workers;
  const size_t lane = LaneOf(*work);
  if (workers.size() < static_cast<size_t>(attempts[lane].under_way())) {
    const bool detached =
        options.detached_encoders &&
        std::any_of(options.destinations.begin(), options.destinations.end(),
                    [](const Destination& to) { return to.sink->EncodeWorkBytes() > 0; });
    workers.push_back(Adopt(SpawnDeliveryWorker(
        self->home_system(), DeliveryOptions{Branch{self}, options.executor, options.encode_memory,
                                             options.clock, detached})));
    pipeline->next_worker = workers.size() - 1;
  }
  work->under_way = true;
  self->send(workers[pipeline->next_worker++ % workers.size()], DeliverChunk{work});
}

// Whether what it takes is still wanted by the stream's own destination.
bool BranchState::IsElsewhere(const ChunkSeal& seal) const {
  return seal.destination > 0 && options.failover.copy_back;
}

namespace {

bool PutsElsewhere(const LedgerEntry& entry) {
  const auto* reduce = std::get_if<ReduceChunk>(&entry);
  return std::holds_alternative<FinishElsewhere>(entry) || (reduce && reduce->elsewhere);
}

using OutcomePtr = std::shared_ptr<const DeliveryOutcome>;

// There is nowhere else for error documents to go: they are held.
OutcomePtr HoldErrors(const OutcomePtr& outcome) {
  const bool final =
      outcome->kind == OutcomeKind::kReject || outcome->kind == OutcomeKind::kCrashed;
  if (!final) return outcome;
  auto held = std::make_shared<DeliveryOutcome>(*outcome);
  held->kind = OutcomeKind::kRetry;
  held->severity = Severity::kOperator;
  held->records.clear();
  return held;
}

}  // namespace

void BranchState::Finished(const DeliveryFinished& finished) {
  const ChunkWorkPtr& work = finished.work;
  if (!chunks.contains(work)) return;  // of a pipeline that is gone
  work->under_way = false;
  const size_t lane = LaneOf(*work);
  const OutcomePtr final = lane == error_lane() ? HoldErrors(finished.outcome) : finished.outcome;
  const DeliveryOutcome& outcome = *final;
  deliveries.Add(outcome, finished.elapsed);
  NoteOutcome(lane, *work, outcome);
  if (outcome.kind == OutcomeKind::kDelivered && outcome.records.empty()) {
    Delivered(work, finished.elapsed);
  } else {
    Failed(work, outcome);
  }
  if (stopping() && !IsBusy()) {
    self->send(self, EndNow{});
    return;
  }
  if (pipeline) StartDue();
}

void BranchState::NoteOutcome(size_t lane, ChunkWork& work, const DeliveryOutcome& outcome) {
  switch (outcome.kind) {
    case OutcomeKind::kDelivered:
    case OutcomeKind::kReject:
      attempts[lane].Answered();
      break;
    case OutcomeKind::kRetry:
      attempts[lane].Failed(Now(), outcome, *options.entropy);
      // It refutes what probes said; an attempt may end long after its destination was left.
      if (lane < probes.size()) probes[lane].well_since = absl::InfiniteFuture();
      break;
    case OutcomeKind::kCrashed:
      attempts[lane].Broke();
      ++work.history.crashes;
      break;
  }
  if (outcome.kind == OutcomeKind::kDelivered && outcome.records.empty()) return;
  ChunkHistory& history = work.history;
  ++history.failures;
  history.failing_since = std::min(history.failing_since, Now());
  history.error_code = outcome.error_code;
  history.error_message = outcome.error_message;
  history.ambiguous = history.ambiguous || outcome.ambiguous;
}

void BranchState::Delivered(const ChunkWorkPtr& work, absl::Duration elapsed) {
  const ChunkSeal& seal = work->seal;
  const absl::Duration age = options.clock->Now() - seal.oldest_arrival;
  restarts_in_a_row = 0;
  if (work->holds_errors()) {
    options.probe->ErrorsDelivered(seal.record_count);
    return EndChunk(work, {FinishChunk{seal.id}, {}});
  }
  options.probe->ChunkDelivered(seal.record_count, seal.payload_bytes, work->delivery.payload.size,
                                age, elapsed);
  if (IsElsewhere(seal)) return EndChunk(work, {FinishElsewhere{seal.id}, {}});
  EndChunk(work, {FinishChunk{seal.id}, {}});
}

void BranchState::Failed(const ChunkWorkPtr& work, const DeliveryOutcome& outcome) {
  options.probe->AttemptFailed(outcome);
  const ChunkHistory& history = work->history;
  const AttemptHistory so_far{history.failures, history.crashes, Now() - history.failing_since};
  const size_t lane = LaneOf(*work);
  const ChunkDecision decision =
      Decide(attempts[lane].policy(), outcome, so_far,
             static_cast<uint32_t>(work->seal.record_count), *options.entropy);
  switch (decision.kind) {
    case ChunkDecision::Kind::kDelivered:
      return Delivered(work, absl::ZeroDuration());
    case ChunkDecision::Kind::kSplit:
      return Split(work, decision, outcome.retry_after.has_value());
    case ChunkDecision::Kind::kRetry:
      return IsLeft(lane) ? Reroute(work) : Wait(work, outcome, decision.delay);
  }
}

void BranchState::Wait(const ChunkWorkPtr& work, const DeliveryOutcome& outcome,
                       absl::Duration delay) {
  const ChunkHistory& history = work->history;
  Attempts& lane = attempts[LaneOf(*work)];
  // Each doubling is worth a line, not each attempt.
  const bool doubled = std::has_single_bit(static_cast<unsigned>(history.failures));
  if (doubled && lane.policy().duration) {
    // So that the time goes on over a restart. When the entry can't be written it begins anew there.
    const absl::Duration failing = Now() - history.failing_since;
    caf::anon_send(options.writer,
                   WriteLedger{options.ledger,
                               NoteAttempts{work->seal.id, static_cast<uint32_t>(history.failures),
                                            options.clock->Now() - failing}});
  }
  if (doubled) {
    const bool needs_operator = outcome.severity == Severity::kOperator;
    Log(needs_operator ? LogLevel::kError : LogLevel::kWarn,
        needs_operator ? "Delivery fails until someone acts; the records are kept and tried again."
                       : "Delivery failed; it is tried again.",
        {{"stream", options.definition->name},
         {"branch", options.name},
         {"destination", work->sink->Describe()},
         {"object", work->seal.name},
         {"error_code", outcome.error_code},
         {"error", outcome.error_message},
         {"attempts", history.failures},
         {"next_in_seconds", absl::ToDoubleSeconds(delay)}});
  }
  lane.Add(work, Now() + delay, outcome.retry_after.has_value());
}

// Some records are delivered, some never will be, some are left.
void BranchState::Split(const ChunkWorkPtr& work, const ChunkDecision& decision, bool asked) {
  const std::string& type = options.destinations[work->seal.destination].failure_type;
  ReduceChunk reduce{work->seal.id, PositionsOf(*work, decision.left), {}, IsElsewhere(work->seal)};
  PositionRanges taken = reduce.left;
  for (const GivenUp& given_up : decision.given_up) {
    Failure failure =
        MakeFailure(*work, decision.quarantined ? kQuarantined : type, options.clock->Now());
    // Records that came from one log record share its fate: it is tried again as long as one of them is.
    failure.positions = SubtractRanges(PositionsOf(*work, given_up.records), taken);
    for (const PositionRange& range : failure.positions) AddRange(taken, range);
    if (failure.positions.empty()) continue;
    failure.error_code = given_up.error_code;
    failure.error_message = given_up.error_message;
    failure.details = given_up.details;
    BoundTexts(failure);
    options.probe->RecordsGivenUp(CountPositions(failure.positions));
    reduce.failures.push_back(std::move(failure));
  }
  if (!decision.given_up.empty()) {
    LogError("Records are given up: they go to the error output.",
             {{"stream", options.definition->name},
              {"branch", options.name},
              {"destination", work->sink->Describe()},
              {"records", CountPositions(taken) - CountPositions(reduce.left)},
              {"error_code", decision.given_up.front().error_code},
              {"error", decision.given_up.front().error_message}});
  }
  ReadAgain again{{}, reduce.failures, {}};
  if (!reduce.left.empty()) {
    ChunkSeal rest = work->seal;
    rest.positions = reduce.left;
    returning.insert_or_assign(rest.id,
                               ReturningChunk{work->history, Now() + decision.delay, asked});
    again.chunks.push_back(std::move(rest));
  }
  EndChunk(work, {std::move(reduce), std::move(again)});
}

// Its time is over without another attempt.
void BranchState::Expire(const ChunkWorkPtr& work) {
  const ChunkHistory& history = work->history;
  ChunkDecision decision;
  decision.kind = ChunkDecision::Kind::kSplit;
  decision.given_up.push_back({{{0, static_cast<uint32_t>(work->seal.record_count)}},
                               history.error_code,
                               history.error_message,
                               {}});
  Split(work, decision, /*asked=*/false);
}

// Another destination has taken over from the chunk's own.
void BranchState::Reroute(const ChunkWorkPtr& work) {
  if (work->history.is_copy) return LeaveCopies(work);
  ChunkSeal seal = work->seal;
  seal.destination = active;
  seal.version = options.definition->version;
  seal.attempts = 0;
  seal.failing_since = absl::InfiniteFuture();
  seal.name = options.destinations[active].sink->NameChunk(seal);
  if (work->history.ambiguous) options.probe->PossibleDuplicates(seal.record_count);
  ReturningChunk anew;
  anew.waiting_since = Now();
  returning.insert_or_assign(seal.id, std::move(anew));
  ReadAgain again{{seal}, {}, {}};
  EndChunk(work, {RerouteChunk{seal.id, seal.name, active, seal.version}, std::move(again)});
}

void BranchState::EndChunk(const ChunkWorkPtr& work, ChunkEnd end) {
  ends.insert_or_assign(work, std::move(end));
  WriteEnd(work);
}

void BranchState::WriteEnd(const ChunkWorkPtr& work) {
  self->request(options.writer, caf::infinite, WriteLedger{options.ledger, ends.at(work).entry})
      .then([this, work](const LedgerWritten& written) {
        if (!ends.contains(work)) return;  // of a pipeline that is gone
        if (written.status.ok()) {
          const bool elsewhere = PutsElsewhere(ends.at(work).entry);
          Forget(work);
          // The copies of before were read without it.
          if (elsewhere && active == 0 && !copy_pending) CopyBack();
          return;
        }
        LogError("The end of a chunk could not be noted in the ledger; it is tried again.",
                 {{"stream", options.definition->name},
                  {"branch", options.name},
                  {"error", Message(written.status)}});
        self->delayed_send(self, kLedgerRetryDelay, EndAgain{work});
      });
}

void BranchState::Forget(const ChunkWorkPtr& work) {
  auto end = ends.extract(work);
  chunks.erase(work);
  UpdateOldest();
  self->send(pipeline->buffer, ChunkDone{work->holds_errors()});
  // Before the credit: what is read again is not to be overlooked at the end of a drain.
  ReadAgain& again = end.mapped().again;
  if (!again.chunks.empty() || !again.failures.empty()) {
    self->send(pipeline->feed, std::move(again));
  }
  self->send(pipeline->feed, GrantCredit{work->cost_bytes});
  if (stopping() && !IsBusy()) self->send(self, EndNow{});
}

// The feed reads the records once more, as they came in, for the error output.
void BranchState::GiveUpBatch(const Quarantine& quarantine) {
  Failure failure = quarantine.failure;
  failure.type = kQuarantined;
  failure.ended = options.clock->Now();
  BoundTexts(failure);
  LedgerEntry entry = FailPositions{{failure}};
  if (!quarantine.chunk.empty()) entry = ReduceChunk{quarantine.chunk, {}, {failure}};
  self->request(options.writer, caf::infinite, WriteLedger{options.ledger, entry})
      .then([this, quarantine, failure, of = generation](const LedgerWritten& written) {
        if (!pipeline || of != generation) return;  // the ledger is read again
        if (!written.status.ok()) {
          // The records are nobody's now: they come again with the log.
          LogError("Records could not be given up in the ledger; the pipeline is built again.",
                   {{"stream", options.definition->name},
                    {"branch", options.name},
                    {"error", Message(written.status)}});
          return RebuildPipeline();
        }
        const uint64_t records = CountPositions(failure.positions);
        // An attempt before a restart may have got through.
        const auto known = returning.find(quarantine.chunk);
        const bool sure = known != returning.end() && !known->second.history.ambiguous;
        if (!quarantine.chunk.empty() && !sure) options.probe->PossibleDuplicates(records);
        returning.erase(quarantine.chunk);
        options.probe->RecordsGivenUp(records);
        self->send(pipeline->feed, ReadAgain{{}, {failure}, {}});
        self->send(pipeline->feed, GrantCredit{quarantine.cost_bytes});
      });
}

// Records that can't be delivered any more, or need not be. Until that is noted, the log can't be trimmed.
void BranchState::Settle(const LedgerEntry& entry) {
  self->request(options.writer, caf::infinite, WriteLedger{options.ledger, entry})
      .then([this, entry](const LedgerWritten& written) {
        if (written.status.ok()) {
          // What a replay came too late for is no damage.
          if (!options.ledger->is_replay) {
            options.probe->SetRecordsLost(options.ledger->lost_records);
          }
          return;
        }
        LogWarn("Settled records could not be noted in the ledger; it is tried again.",
                {{"stream", options.definition->name},
                 {"branch", options.name},
                 {"error", Message(written.status)}});
        self->delayed_send(self, kLedgerRetryDelay, SettleAgain{entry});
      });
}

void BranchState::UpdateOldest() {
  absl::Time oldest = absl::InfiniteFuture();
  for (const ChunkWorkPtr& work : chunks) oldest = std::min(oldest, work->seal.oldest_arrival);
  options.probe->SetOldestSealed(oldest);
}

void BranchState::ObserveBreaker() {
  const BreakerState state = attempts[active].breaker();
  const BreakerState before = options.probe->SetBreaker(state);
  if (state == before) return;
  const std::string destination = options.destinations[active].sink->Describe();
  if (before == BreakerState::kClosed) {
    LogWarn("The destination fails: nothing is sent to it but a probe now and then.",
            {{"stream", options.definition->name},
             {"branch", options.name},
             {"destination", destination}});
  } else if (state == BreakerState::kClosed) {
    LogInfo("The destination is well again.", {{"stream", options.definition->name},
                                               {"branch", options.name},
                                               {"destination", destination}});
  }
}

}  // namespace hydrant
