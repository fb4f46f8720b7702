#include "engine/delivery/outcome_policy.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace hydrant {
namespace {

using Kind = ChunkDecision::Kind;
// Records of one reason share a failure: a chunk may hold hundreds of thousands.
using ReasonKey = std::tuple<std::string_view, std::string_view,
                             std::vector<std::pair<std::string, std::string>>>;

bool IsOver(const RetryPolicy& policy, const AttemptHistory& history) {
  return policy.duration && history.failing_for >= *policy.duration;
}

// The last wait is cut to what is left of the duration, so that there is an attempt at its end. What the
// destination itself asked for is kept.
absl::Duration Delay(const RetryPolicy& policy, const DeliveryOutcome& outcome,
                     const AttemptHistory& history, Entropy& entropy) {
  const absl::Duration delay = RetryDelay(policy.schedule, history.failures, outcome, entropy);
  if (!policy.duration) return delay;
  const absl::Duration rest = *policy.duration - history.failing_for;
  return std::min(delay,
                  std::max({rest, outcome.retry_after.value_or(rest), absl::ZeroDuration()}));
}

void AddRecord(std::vector<RecordRange>& ranges, uint32_t index) {
  if (!ranges.empty() && ranges.back().end == index) {
    ++ranges.back().end;
  } else {
    ranges.push_back({index, index + 1});
  }
}

ChunkDecision Retry(absl::Duration delay) {
  ChunkDecision decision;
  decision.kind = Kind::kRetry;
  decision.delay = delay;
  return decision;
}

ChunkDecision GiveUp(const DeliveryOutcome& outcome, uint32_t record_count) {
  ChunkDecision decision;
  decision.kind = Kind::kSplit;
  if (record_count == 0) return decision;
  decision.given_up.push_back({{{0, record_count}}, outcome.error_code, outcome.error_message, {}});
  return decision;
}

// By index; empty when they cannot be true.
std::vector<const RecordOutcome*> Sorted(const std::vector<RecordOutcome>& records,
                                         uint32_t record_count) {
  std::vector<const RecordOutcome*> sorted;
  sorted.reserve(records.size());
  for (const RecordOutcome& record : records) sorted.push_back(&record);
  std::sort(sorted.begin(), sorted.end(),
            [](const auto* a, const auto* b) { return a->index < b->index; });
  const auto same = [](const auto* a, const auto* b) { return a->index == b->index; };
  const bool twice = std::adjacent_find(sorted.begin(), sorted.end(), same) != sorted.end();
  if (twice || sorted.back()->index >= record_count) sorted.clear();
  return sorted;
}

ChunkDecision Split(const std::vector<const RecordOutcome*>& records, bool over) {
  ChunkDecision decision;
  decision.kind = Kind::kSplit;
  std::map<ReasonKey, size_t> reasons;
  for (const RecordOutcome* record : records) {
    if (record->kind == OutcomeKind::kDelivered) continue;
    if (record->kind != OutcomeKind::kReject && !over) {
      AddRecord(decision.left, record->index);
      continue;
    }
    const auto [reason, is_new] = reasons.try_emplace(
        {record->error_code, record->error_message, record->details}, decision.given_up.size());
    if (is_new) {
      decision.given_up.push_back({{}, record->error_code, record->error_message, record->details});
    }
    AddRecord(decision.given_up[reason->second].records, record->index);
  }
  if (decision.left.empty() && decision.given_up.empty()) decision.kind = Kind::kDelivered;
  return decision;
}

ChunkDecision DecideFailure(const RetryPolicy& policy, const DeliveryOutcome& outcome,
                            const AttemptHistory& history, uint32_t record_count,
                            Entropy& entropy) {
  if (IsOver(policy, history)) return GiveUp(outcome, record_count);
  return Retry(Delay(policy, outcome, history, entropy));
}

ChunkDecision DecideCrash(const RetryPolicy& policy, const DeliveryOutcome& outcome,
                          const AttemptHistory& history, uint32_t record_count, Entropy& entropy) {
  if (history.crashes < kCrashesMax) {
    return Retry(RetryDelay(policy.schedule, history.failures, outcome, entropy));
  }
  ChunkDecision decision = GiveUp(outcome, record_count);
  decision.quarantined = true;
  return decision;
}

ChunkDecision DecideByRecords(const RetryPolicy& policy, const DeliveryOutcome& outcome,
                              const AttemptHistory& history, uint32_t record_count,
                              Entropy& entropy) {
  const auto records = Sorted(outcome.records, record_count);
  if (records.empty()) {
    return DecideFailure(policy,
                         DeliveryOutcome::Retry("Hydrant.InvalidOutcome",
                                                "the sink told of records that it was not given"),
                         history, record_count, entropy);
  }
  ChunkDecision decision = Split(records, IsOver(policy, history));
  if (!decision.left.empty()) decision.delay = Delay(policy, outcome, history, entropy);
  return decision;
}

}  // namespace

ChunkDecision Decide(const RetryPolicy& policy, const DeliveryOutcome& outcome,
                     const AttemptHistory& history, uint32_t record_count, Entropy& entropy) {
  if (!outcome.records.empty())
    return DecideByRecords(policy, outcome, history, record_count, entropy);
  switch (outcome.kind) {
    case OutcomeKind::kDelivered:
      return {};
    case OutcomeKind::kReject:
      return GiveUp(outcome, record_count);
    case OutcomeKind::kCrashed:
      return DecideCrash(policy, outcome, history, record_count, entropy);
    case OutcomeKind::kRetry:
      break;
  }
  return DecideFailure(policy, outcome, history, record_count, entropy);
}

}  // namespace hydrant
