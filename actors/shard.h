// Shard: an independent log and ledger of a stream, as the actors share it.
// Owner:   the log writer of the shard modifies `log` and uses `ledger`; reading the log is open to all
#pragma once

#include "engine/log/ledger.h"
#include "engine/log/record_log.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

namespace hydrant {

struct Shard {
  std::string name;  // stream and shard, for people: "orders/0"
  std::unique_ptr<RecordLog> log;
  std::unique_ptr<Ledger> ledger;
  bool in_memory = false;  // durability: memory
  // Of the ledger's state, for status and metrics.
  std::atomic<uint64_t> watermark{0};
  std::atomic<uint64_t> lost_records{0};
  // Set by the log writer when the log takes no more appends until it is opened again, and by a stream
  // supervisor that ends unasked.
  std::atomic<bool> failed{false};
  // An exception left log or ledger in an unknown state: the log writer writes nothing more.
  std::atomic<bool> poisoned{false};

  // The ledger has changed, or was opened.
  void Observe() {
    const LedgerState& state = ledger->state();
    watermark.store(state.watermark.value, std::memory_order_relaxed);
    lost_records.store(state.lost_records, std::memory_order_relaxed);
  }
};
using ShardPtr = std::shared_ptr<Shard>;

}  // namespace hydrant
