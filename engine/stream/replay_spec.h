// ReplaySpec: what a replay is asked to send again, and where and how fast, as people write it.
// Owner:   pure; any thread
// Units:   points are record positions ("1200"), times ("2026-11-21T09:30:00Z") or how long ago ("10m ago", "-10m",
//          "1h30m"); "oldest" is the first record that the log holds. A rate is in bytes of the log a second
//          ("20 MiB", at most that; 0: no bound)
// Errors:  kInvalidArgument: names field, value and rule
#pragma once

#include "engine/base/status.h"
#include "engine/record/position.h"

#include <absl/time/time.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace hydrant {

struct OldestRecord {
  bool operator==(const OldestRecord&) const = default;
};
using ReplayPoint = std::variant<OldestRecord, Position, absl::Time>;

StatusOr<ReplayPoint> ParseReplayPoint(std::string_view text, absl::Time now);

struct ReplaySpec {
  static constexpr uint64_t kNoBound = UINT64_MAX;

  ReplayPoint from;               // of the first record
  std::optional<ReplayPoint> to;  // behind the last one; nothing: all that is there at the start
  // "failover-1", "backup", or a destination as the stream describes it; empty: the stream's own.
  std::string destination;
  uint64_t bytes_per_second_max = 20 << 20;
  bool dry_run = false;  // only says what would be sent
};

// {"from": "10m ago", "to": 1200, "destination": "backup", "rate": "5 MiB", "dry_run": true}; but `from`, all may
// be left out.
StatusOr<ReplaySpec> ParseReplaySpec(std::string_view json, absl::Time now);

}  // namespace hydrant
