// Shard: an independent log of a stream and the ledgers of its readers, as the actors share them.
// Owner:   the log writer of the shard modifies `log` and uses the ledgers; reading the log is open to all
#pragma once

#include "engine/log/ledger.h"
#include "engine/log/record_log.h"

#include <absl/synchronization/mutex.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hydrant {

struct Shard;

// What became of a shard's records for one branch of its stream: the stream's own, the backup, a replay.
struct ShardLedger {
  std::string name;  // for people: "orders/0", "orders/0 backup"
  Shard* shard = nullptr;
  std::unique_ptr<Ledger> ledger;
  // A replay keeps records from ending with their retention, but not when the log needs the room.
  bool is_replay = false;
  std::atomic<bool> ended{false};  // of a replay: it holds nothing any more
  // Of the ledger's state, for status and metrics.
  std::atomic<uint64_t> watermark{0};
  std::atomic<uint64_t> lost_records{0};
  std::atomic<uint64_t> failed_records{0};  // given up, their error documents not delivered
  std::atomic<uint64_t> elsewhere_records{0};
  // The watermark that would survive power loss. The log writer's.
  Position synced_watermark;

  // The ledger has changed, or was opened.
  void Observe();
};
// Keeps the shard alive.
using ShardLedgerPtr = std::shared_ptr<ShardLedger>;

struct Shard {
  std::string name;  // stream and shard, for people: "orders/0"
  std::unique_ptr<RecordLog> log;
  bool in_memory = false;  // durability: memory
  // Set by the log writer when the log takes no more appends until it is opened again, and by a stream
  // supervisor that ends unasked.
  std::atomic<bool> failed{false};
  // An exception left log or ledger in an unknown state: the log writer writes nothing more.
  std::atomic<bool> poisoned{false};
  bool has_no_room = false;  // the last append found none; the log writer's

  // Every record below it is settled for every branch that must have it.
  Position watermark() const;
  // What Trim may forget: settled durably; and what of it replays still want.
  Position synced_watermark() const;
  Position wanted_by_replays() const;

 private:
  friend ShardLedgerPtr AddLedger(const std::shared_ptr<Shard>& shard, std::string_view branch,
                                  std::unique_ptr<Ledger> ledger, bool is_replay);
  mutable absl::Mutex mutex_;
  std::vector<std::shared_ptr<ShardLedger>> ledgers_ ABSL_GUARDED_BY(mutex_);
};
using ShardPtr = std::shared_ptr<Shard>;

inline ShardPtr ShardOf(const ShardLedgerPtr& ledger) { return ShardPtr(ledger, ledger->shard); }

// `branch`: empty for the stream's own, which is added first. The shard forgets those of replays that have ended.
ShardLedgerPtr AddLedger(const ShardPtr& shard, std::string_view branch,
                         std::unique_ptr<Ledger> ledger, bool is_replay = false);

}  // namespace hydrant
