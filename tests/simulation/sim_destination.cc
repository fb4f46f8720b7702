#include "tests/simulation/sim_destination.h"

#include <absl/strings/str_cat.h>

#include <stdexcept>
#include <utility>

namespace hydrant::simulation {
namespace {

constexpr absl::Duration kClientPatience = absl::Minutes(2);

DeliveryOutcome TimedOut() {
  DeliveryOutcome outcome = DeliveryOutcome::Retry("S3.Timeout", "no answer");
  outcome.ambiguous = true;
  return outcome;
}

}  // namespace

std::string SimDestination::Name() const {
  return absl::StrCat("stream ", place_.stream, place_.branch == 0 ? "" : " backup",
                      keeps_errors() ? " errors" : absl::StrCat(" destination ", number_));
}

SimDestination::Plan SimDestination::Decide(size_t records) {
  Plan plan;
  plan.outcome = DeliveryOutcome::Delivered();
  plan.answer_after = rng_.Between(absl::Milliseconds(1), temper_.latency_max);
  plan.needs_sender = rng_.Chance(0.5);
  if (temper_.away) {
    plan.outcome = TimedOut();
    plan.answer_after = rng_.Between(absl::Milliseconds(10), kClientPatience);
    if (rng_.Chance(0.03)) plan.stored_after = plan.answer_after / 2;
    return plan;
  }
  DecideFailure(plan);
  if (plan.outcome.kind == OutcomeKind::kDelivered) {
    if (keeps_records_ && rng_.Chance(temper_.partly)) DecideRecords(plan, records);
    plan.stored_after = plan.answer_after / 2;
    if (rng_.Chance(temper_.arrives_twice)) {
      plan.again_after = rng_.Between(absl::Milliseconds(1), absl::Minutes(5));
    }
  }
  return plan;
}

void SimDestination::DecideFailure(Plan& plan) {
  if (rng_.Chance(temper_.refuses)) {
    plan.outcome = DeliveryOutcome::Retry("S3.InternalError", "planned");
  } else if (rng_.Chance(temper_.throttles)) {
    plan.outcome = DeliveryOutcome::Retry("S3.SlowDown", "planned");
    plan.outcome.throttled = true;
    if (rng_.Chance(0.3)) {
      plan.outcome.retry_after = rng_.Between(absl::ZeroDuration(), absl::Seconds(30));
    }
  } else if (rng_.Chance(temper_.forbids)) {
    plan.outcome = DeliveryOutcome::Retry("S3.AccessDenied", "planned", Severity::kOperator);
  } else if (rng_.Chance(temper_.rejects)) {
    plan.outcome = DeliveryOutcome::Reject("S3.InvalidRequest", "planned");
  } else if (rng_.Chance(temper_.drops_answer)) {
    plan.outcome = TimedOut();
    plan.stored_after = plan.answer_after / 2;
  } else if (rng_.Chance(temper_.arrives_late)) {
    plan.outcome = TimedOut();
    plan.stored_after = plan.answer_after + rng_.Between(absl::Seconds(1), absl::Minutes(10));
  } else if (rng_.Chance(temper_.hangs)) {
    plan.outcome = TimedOut();
    plan.answer_after = kClientPatience;
    if (rng_.Chance(0.5)) plan.stored_after = rng_.Between(absl::ZeroDuration(), kClientPatience);
  }
}

void SimDestination::DecideRecords(Plan& plan, size_t records) {
  const double fails = rng_.Pick({0.02, 0.5, 1.0});
  for (uint32_t i = 0; i < records; ++i) {
    if (!rng_.Chance(fails)) {
      plan.taken.push_back(i);
    } else {
      const bool again = rng_.Chance(0.7);
      plan.outcome.records.push_back({i, again ? OutcomeKind::kRetry : OutcomeKind::kReject,
                                      again ? "Sim.Busy" : "Sim.Malformed", "planned"});
    }
  }
}

void SimDestination::StoreLater(absl::Duration delay, const Plan& plan,
                                const std::shared_ptr<const Sent>& sent,
                                const std::weak_ptr<const bool>& sender, bool needs_sender) {
  if (delay == absl::InfiniteDuration()) return;
  const bool partly = !plan.outcome.records.empty();
  timers_.After(delay, [this, sent, sender, needs_sender, partly, taken = plan.taken] {
    if (needs_sender && sender.expired()) return;
    if (partly) {
      model_.StoredRecords(*sent, taken);
    } else {
      model_.Stored(*sent);
    }
  });
}

asio::awaitable<DeliveryOutcome> SimDestination::Put(TimerQueue& client, std::string chunk,
                                                     std::string name, std::string body) {
  const auto sent = model_.Sends(place_, number_, std::move(chunk), std::move(name), body);
  Plan plan = Decide(sent->records.size());
  trace_.Note(Name(), " is sent ", body.size(), " bytes, ", sent->records.size(),
              " records: ", plan.outcome.error_code, " ", plan.outcome.records.size());
  const auto alive = std::make_shared<const bool>(true);
  StoreLater(plan.stored_after, plan, sent, alive, plan.needs_sender);
  StoreLater(plan.again_after, plan, sent, alive, false);
  co_await Sleep(client, plan.answer_after);
  model_.Answers(*sent, plan.outcome);
  co_return std::move(plan.outcome);
}

asio::awaitable<Status> SimDestination::Probe(TimerQueue& client) {
  const bool fails = temper_.away || rng_.Chance(temper_.refuses) || rng_.Chance(temper_.forbids);
  co_await Sleep(client, rng_.Between(absl::Milliseconds(1), temper_.latency_max));
  if (fails) co_return Unavailable("planned");
  co_return absl::OkStatus();
}

std::string SimSink::NameChunk(const ChunkSeal& seal) const {
  std::string name = "object-" + seal.id;
  if (name.size() < plan_.name_bytes) name.resize(plan_.name_bytes, '_');
  return name;
}

StatusOr<Payload> SimSink::Encode(const Chunk& chunk) const {
  if (rng_.Chance(plan_.throws)) {
    destination_.Crashes(chunk.seal.id);
    throw std::runtime_error("planned");
  }
  StatusOr<Payload> payload = TryEncode(chunk);
  if (!payload.ok()) destination_.Crashes(chunk.seal.id);
  return payload;
}

StatusOr<Payload> SimSink::TryEncode(const Chunk& chunk) const {
  Payload payload;
  auto copy = std::make_shared<std::string>();
  const bool framed = destination_.keeps_records();
  for (const Slice& slice : chunk.slices) {
    for (uint32_t i = slice.begin; i < slice.end; ++i) {
      const std::string_view record = slice.batch->Record(i);
      const bool poison = IsPoison(NumberOf(record), plan_.poison_every);
      if (poison && !destination_.keeps_errors()) return Internal("planned");
      if (framed) AppendFramed(record, copy.get());
    }
    payload.pieces.push_back(slice.bytes());
  }
  if (plan_.copies && !framed) {
    for (const std::string_view piece : payload.pieces) *copy += piece;
  }
  if (plan_.copies || framed) {
    payload.pieces = {*copy};
    payload.encoded_memory_bytes = copy->size() + 1;
    payload.owners.push_back(std::move(copy));
  }
  for (const std::string_view piece : payload.pieces) payload.size += piece.size();
  return payload;
}

asio::awaitable<DeliveryOutcome> SimSink::Deliver(const Delivery& delivery) {
  if (plant_ == Plant::kDropOnSecondRetry && delivery.attempt == 3) {
    co_return DeliveryOutcome::Delivered();
  }
  std::string body;
  for (const std::string_view piece : delivery.payload.pieces) body += piece;
  std::string name = delivery.chunk->seal.name;
  std::string chunk = delivery.chunk->seal.id;
  co_return co_await destination_.Put(client_, std::move(chunk), std::move(name), std::move(body));
}

}  // namespace hydrant::simulation
