#include "bench/load/ledger.h"

#include <algorithm>

namespace hydrant::load {

void Ledger::Issue(uint64_t ticket, size_t request) {
  if (ticket >= whole_.size()) {
    whole_.resize(ticket + 1);
    requests_.resize(ticket + 1);
  }
  requests_[ticket] = static_cast<uint32_t>(request);
}

void Ledger::Acknowledge(uint64_t ticket, std::span<const uint32_t> part, int64_t now_ns) {
  const auto acknowledge = [now_ns](Told& told) {
    ++told.acknowledged;
    told.acknowledged_at_ns = now_ns;
  };
  // What is kept record by record is the smaller part of the request.
  if (!part.empty() && part.size() <= records_per_request_ / 2) {
    for (const uint32_t index : part) acknowledge(single_[{ticket, index}]);
    return;
  }
  acknowledge(whole_[ticket]);
  if (part.empty()) return;
  for (uint32_t index = 0, at = 0; index < records_per_request_; ++index) {
    if (at < part.size() && part[at] == index) {
      ++at;
    } else {
      --single_[{ticket, index}].acknowledged;
    }
  }
}

void Ledger::Doubt(uint64_t ticket, std::span<const uint32_t> part) {
  if (part.empty()) ++whole_[ticket].uncertain;
  for (const uint32_t index : part) ++single_[{ticket, index}].uncertain;
}

Told Ledger::Of(uint64_t ticket, uint32_t index) const {
  if (ticket >= whole_.size()) return {};
  Told told = whole_[ticket];
  if (single_.empty()) return told;
  const auto single = single_.find({ticket, index});
  if (single == single_.end()) return told;
  told.acknowledged += single->second.acknowledged;
  told.uncertain += single->second.uncertain;
  told.acknowledged_at_ns = std::max(told.acknowledged_at_ns, single->second.acknowledged_at_ns);
  return told;
}

}  // namespace hydrant::load
