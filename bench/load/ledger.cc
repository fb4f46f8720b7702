#include "bench/load/ledger.h"

#include <algorithm>

namespace hydrant::load {

Told& Ledger::Whole(uint64_t ticket) {
  if (ticket >= whole_.size()) whole_.resize(ticket + 1);
  return whole_[ticket];
}

void Ledger::Acknowledge(uint64_t ticket, std::span<const uint32_t> part, int64_t now_ns) {
  const auto acknowledge = [now_ns](Told& told) {
    ++told.acknowledged;
    told.acknowledged_at_ns = now_ns;
  };
  Told& whole = Whole(ticket);
  if (part.empty()) return acknowledge(whole);
  for (const uint32_t index : part) acknowledge(single_[{ticket, index}]);
}

void Ledger::Doubt(uint64_t ticket, std::span<const uint32_t> part) {
  Told& whole = Whole(ticket);
  if (part.empty()) ++whole.uncertain;
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
