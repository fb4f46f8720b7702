#include "bench/load/tally.h"

#include <algorithm>
#include <functional>
#include <limits>

namespace hydrant::load {
namespace {

constexpr size_t kLostNumbersMax = 10;

}  // namespace

Tally::Tally(const LoadPlan& plan, const RequestPool& pool, const RunId& run, const Ledger& ledger)
    : plan_(plan), pool_(pool), run_(run), ledger_(ledger) {
  if (!plan_.stamped) {
    ExpectContents();
    return;
  }
  seen_.resize(ledger_.tickets() * plan_.records_per_request);
  for (uint64_t number = 0; number < seen_.size(); ++number) {
    missing_ += static_cast<uint64_t>(ToldOf(number).acknowledged);
  }
}

Told Tally::ToldOf(uint64_t number) const {
  return ledger_.Of(number / plan_.records_per_request,
                    static_cast<uint32_t>(number % plan_.records_per_request));
}

void Tally::ExpectContents() {
  for (uint64_t ticket = 0; ticket < ledger_.tickets(); ++ticket) {
    const Request& request = pool_.at(ticket);
    for (uint32_t i = 0; i < plan_.records_per_request; ++i) {
      const Told told = ledger_.Of(ticket, i);
      const size_t hash = std::hash<std::string_view>()(pool_.RecordOf(request, i));
      Content& content = contents_[hash];
      content.told.acknowledged += told.acknowledged;
      content.told.uncertain += told.uncertain;
      missing_ += static_cast<uint64_t>(told.acknowledged);
    }
  }
}

void Tally::AddObject(std::string_view text, int64_t seen_at_ns) {
  while (!text.empty()) {
    const size_t newline = text.find('\n');
    const size_t size = newline == text.npos ? text.size() : newline + 1;
    AddRecord(text.substr(0, size), seen_at_ns);
    text.remove_prefix(size);
  }
}

void Tally::AddRecord(std::string_view record, int64_t seen_at_ns) {
  if (plan_.stamped) {
    const auto number = ReadStamp(record, run_);
    if (!number) {
      ++unknown_;
    } else {
      AddStamped(record, *number, seen_at_ns);
    }
    return;
  }
  const auto content = contents_.find(std::hash<std::string_view>()(record));
  if (content == contents_.end()) {
    ++unknown_;
  } else if (content->second.seen++ < static_cast<uint64_t>(content->second.told.acknowledged)) {
    --missing_;
  }
}

// A record is there only if all of its bytes are.
bool Tally::IsAsSent(std::string_view record, uint64_t number) const {
  if (number >= seen_.size()) return false;
  const Request& request = pool_.at(ledger_.RequestOf(number / plan_.records_per_request));
  return record.substr(kStampBytes) == pool_.RecordOf(request, number % plan_.records_per_request);
}

void Tally::AddStamped(std::string_view record, uint64_t number, int64_t seen_at_ns) {
  if (!IsAsSent(record, number)) {
    ++damaged_;
    return;
  }
  uint8_t& seen = seen_[number];
  const Told told = ToldOf(number);
  if (seen < told.acknowledged) --missing_;
  if (seen == 0 && told.acknowledged > 0) {
    // An object may be there before its answer has been read.
    delivery_time_.Add(std::max<int64_t>(0, seen_at_ns - told.acknowledged_at_ns));
  }
  if (seen < std::numeric_limits<uint8_t>::max()) ++seen;
}

void Tally::AddTo(Arrived& arrived, const Told& told, uint64_t seen) {
  const auto acknowledged = static_cast<uint64_t>(told.acknowledged);
  const uint64_t more = seen - std::min(seen, acknowledged);
  const uint64_t explained = std::min<uint64_t>(more, told.uncertain);
  const bool refused = acknowledged == 0 && told.uncertain == 0;
  arrived.records_found += seen;
  arrived.lost += acknowledged - std::min(seen, acknowledged);
  arrived.uncertain += explained;
  (refused ? arrived.unacknowledged : arrived.duplicates) += more - explained;
}

Arrived Tally::Sum() const {
  Arrived arrived;
  for (uint64_t number = 0; number < seen_.size(); ++number) {
    const uint64_t lost_before = arrived.lost;
    AddTo(arrived, ToldOf(number), seen_[number]);
    if (arrived.lost > lost_before && arrived.lost_numbers.size() < kLostNumbersMax) {
      arrived.lost_numbers.push_back(number);
    }
  }
  for (const auto& [hash, content] : contents_) AddTo(arrived, content.told, content.seen);
  arrived.damaged = damaged_;
  arrived.unknown = unknown_;
  return arrived;
}

}  // namespace hydrant::load
