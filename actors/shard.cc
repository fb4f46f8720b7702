#include "actors/shard.h"

#include <algorithm>
#include <utility>

namespace hydrant {

void ShardLedger::Observe() {
  const LedgerState& state = ledger->state();
  watermark.store(state.watermark.value, std::memory_order_relaxed);
  lost_records.store(state.lost_records, std::memory_order_relaxed);
  uint64_t failed = 0;
  for (const Failure& failure : state.failed) failed += CountPositions(failure.positions);
  failed_records.store(failed, std::memory_order_relaxed);
  elsewhere_records.store(CountPositions(state.elsewhere), std::memory_order_relaxed);
}

Position Shard::watermark() const {
  absl::MutexLock lock(&mutex_);
  Position lowest{UINT64_MAX};
  for (const auto& ledger : ledgers_) {
    if (ledger->is_replay) continue;
    lowest = std::min(lowest, Position{ledger->watermark.load(std::memory_order_relaxed)});
  }
  return lowest;
}

Position Shard::synced_watermark() const {
  absl::MutexLock lock(&mutex_);
  Position lowest{UINT64_MAX};
  for (const auto& ledger : ledgers_) {
    if (!ledger->is_replay) lowest = std::min(lowest, ledger->synced_watermark);
  }
  return lowest;
}

Position Shard::wanted_by_replays() const {
  absl::MutexLock lock(&mutex_);
  Position lowest{UINT64_MAX};
  for (const auto& ledger : ledgers_) {
    if (!ledger->is_replay || ledger->ended) continue;
    lowest = std::min(lowest, Position{ledger->watermark.load(std::memory_order_relaxed)});
  }
  return lowest;
}

ShardLedgerPtr AddLedger(const ShardPtr& shard, std::string_view branch,
                         std::unique_ptr<Ledger> ledger, bool is_replay) {
  // What a ShardLedgerPtr keeps alive.
  struct Held {
    ShardPtr shard;
    std::shared_ptr<ShardLedger> ledger;
  };
  auto added = std::make_shared<ShardLedger>();
  added->name = branch.empty() ? shard->name : shard->name + " " + std::string(branch);
  added->shard = shard.get();
  added->ledger = std::move(ledger);
  added->is_replay = is_replay;
  added->Observe();
  absl::MutexLock lock(&shard->mutex_);
  std::erase_if(shard->ledgers_, [](const auto& other) { return other->ended.load(); });
  shard->ledgers_.push_back(added);
  return ShardLedgerPtr(std::make_shared<Held>(Held{shard, added}), added.get());
}

}  // namespace hydrant
