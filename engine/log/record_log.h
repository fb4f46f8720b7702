// RecordLog: the append-only log of one shard, the only queue between producer and destination.
// Owner:   one writer (a log writer actor) calls Append, Sync and Trim; the rest may run on any
// thread
//          beside it
// Units:   bytes on disk, record positions
// Errors:  kResourceExhausted: quota or disk full, push back to the producer; kDataLoss: damage
// found
#pragma once

#include "engine/base/clock.h"
#include "engine/base/status.h"
#include "engine/record/memory_budget.h"
#include "engine/record/record_batch.h"

#include <absl/time/time.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace hydrant {

// What an answer of 200 means for the stream.
enum class Durability {
  kFsync,   // survives power loss
  kOs,      // survives kill -9 (in the operating system's cache)
  kMemory,  // survives nothing; for benchmarks and data that may be lost
};

struct LogOptions {
  Durability durability = Durability::kFsync;
  uint64_t segment_bytes_max = 64 << 20;
  // Most that this log may hold on disk. Append fails with kResourceExhausted past it.
  uint64_t quota_bytes = uint64_t{64} << 30;
  // Delivered records are kept this long, and up to this size, for replay; whichever ends first.
  // The quota comes first: delivered segments go before a producer is refused.
  absl::Duration retention_time = absl::Hours(1);
  uint64_t retention_bytes = uint64_t{1} << 30;
  // Recent batches kept in memory for a feed that keeps up.
  uint64_t tail_cache_bytes = 32 << 20;
  Entropy* entropy = &Entropy::System();
  // What all logs of a node may keep together; null: no bound but each log's own. Outlives the log.
  MemoryBudget* tail_memory = nullptr;
};

// A run of records that was lost to damage: reported, never served.
struct LogDamage {
  std::string file;
  uint64_t offset = 0;      // where in the file the damage starts
  uint64_t bytes = 0;       // how much was cut or passed over
  PositionRange positions;  // records known to be lost; empty for a torn tail (never acknowledged)
  std::string reason;
  std::string kept_as = {};  // where a file that was of no use is now
};

struct LogReadResult {
  // Next records in order, from the asked position on (or from the next intact one, see `damage`).
  // Null at the end of the log.
  RecordBatchPtr batch;
  // Where to read on.
  Position next;
  // Damage met on the way, already counted and logged.
  std::vector<LogDamage> damage;
};

struct LogStats {
  Position begin;        // oldest record still held
  Position durable_end;  // next position after the last one that readers may see
  uint64_t disk_bytes = 0;
  uint64_t cached_bytes = 0;
  uint64_t segments = 0;
};

class RecordLog {
 public:
  virtual ~RecordLog() = default;

  // Gives the batch its positions and writes it. Nothing is visible to readers before Sync.
  // After an error the log is as before the call.
  virtual Status Append(std::unique_ptr<RecordBatch> batch) = 0;
  // Makes all appended batches as durable as the options say, then visible. After
  // kResourceExhausted all that was appended since the last Sync is forgotten and its positions are
  // given again: refuse those requests. What any other error leaves of them is cut off if it can be, else
  // each batch may be there, whole, when the log is opened again. After any other error (of Append too) the log takes no more
  // appends until it is opened again (a failed fsync may have dropped pages: writing on would be a
  // lie).
  virtual Status Sync() = 0;

  // Batches from memory only, without blocking: the one that holds `from`, or null when only the
  // disk has it. The first record of the answer may lie before `from`.
  virtual RecordBatchPtr ReadCached(Position from) const = 0;
  // From memory or disk; may block on the disk. About `bytes_max` bytes, at least one frame. Below
  // the oldest record held, it goes on with that one.
  virtual StatusOr<LogReadResult> Read(Position from, uint64_t bytes_max) = 0;

  // Everything below `watermark` is settled and may go, after retention. Call it now and then even
  // when the watermark stands still: retention goes by the clock. What lies at `wanted_from` and behind
  // it outlives its retention, but goes when the quota needs the room.
  virtual Status Trim(Position watermark, Position wanted_from = Position{UINT64_MAX}) = 0;
  // First position whose batch arrived at or after `time` (durable_end if none).
  virtual StatusOr<Position> FindTime(absl::Time time) = 0;

  virtual LogStats stats() const = 0;
  // The next position to be given; above durable_end while appends wait for Sync.
  virtual Position append_position() const = 0;
};

}  // namespace hydrant
