#include "tests/simulation/sim_destination.h"

#include <absl/strings/str_cat.h>

#include <cstring>
#include <stdexcept>
#include <utility>

namespace hydrant::simulation {
namespace {

constexpr absl::Duration kClientPatience = absl::Minutes(2);

DeliveryOutcome TimedOut() { return DeliveryOutcome::Retry("S3.Timeout", "no answer"); }

// All but the first record that can be told apart.
std::string WithoutOneRecord(const std::string& body) {
  uint32_t bytes = 0;
  if (body.size() < kRecordBytesMin) return body;
  std::memcpy(&bytes, body.data() + sizeof(uint32_t), sizeof bytes);
  return body.substr(bytes);
}

}  // namespace

SimDestination::Plan SimDestination::Decide() {
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

void SimDestination::StoreLater(absl::Duration delay, const std::string& name,
                                const std::shared_ptr<const std::string>& body,
                                const std::weak_ptr<const bool>& sender, bool needs_sender) {
  if (delay == absl::InfiniteDuration()) return;
  timers_.After(delay, [this, name, body, sender, needs_sender] {
    if (!needs_sender || !sender.expired()) model_.Stored(stream_, name, *body);
  });
}

asio::awaitable<DeliveryOutcome> SimDestination::Put(TimerQueue& client, std::string name,
                                                     std::string body) {
  Plan plan = Decide();
  trace_.Note("stream ", stream_, " sends ", body.size(), " bytes: ", plan.outcome.error_code);
  const auto alive = std::make_shared<const bool>(true);
  const auto shared = std::make_shared<const std::string>(std::move(body));
  StoreLater(plan.stored_after, name, shared, alive, plan.needs_sender);
  StoreLater(plan.again_after, name, shared, alive, false);
  co_await Sleep(client, plan.answer_after);
  co_return std::move(plan.outcome);
}

std::string SimSink::NameChunk(const ChunkSeal& seal) const {
  std::string name = "object-" + seal.id;
  if (name.size() < plan_.name_bytes) name.resize(plan_.name_bytes, '_');
  return name;
}

StatusOr<Payload> SimSink::Encode(const Chunk& chunk) const {
  if (rng_.Chance(plan_.throws)) throw std::runtime_error("planned");
  Payload payload;
  for (const Slice& slice : chunk.slices) {
    payload.pieces.push_back(slice.bytes());
    payload.size += slice.bytes().size();
  }
  if (!plan_.copies) return payload;
  auto copy = std::make_shared<std::string>();
  for (const std::string_view piece : payload.pieces) *copy += piece;
  payload.pieces = {*copy};
  payload.encoded_memory_bytes = copy->size() + 1;
  payload.owners.push_back(std::move(copy));
  return payload;
}

asio::awaitable<DeliveryOutcome> SimSink::Deliver(const Delivery& delivery) {
  if (plant_ == Plant::kDropOnSecondRetry && delivery.attempt == 3) {
    co_return DeliveryOutcome::Delivered();
  }
  std::string body;
  for (const std::string_view piece : delivery.payload.pieces) body += piece;
  if (plant_ == Plant::kForgetARejectedRecord && rng_.Chance(0.05)) body = WithoutOneRecord(body);
  std::string name = delivery.chunk->seal.name;
  co_return co_await destination_.Put(client_, std::move(name), std::move(body));
}

}  // namespace hydrant::simulation
