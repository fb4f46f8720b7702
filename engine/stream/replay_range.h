// FindReplayRange: which of a log's records a replay sends.
// Owner:   any thread; blocks on the disk
// Errors:  kInvalidArgument: no such range can be; kOutOfRange: the log no longer holds it; kNotFound: there is no
//          record in it. Each says what the log holds
#pragma once

#include "engine/log/record_log.h"
#include "engine/stream/replay_spec.h"

#include <absl/time/time.h>

#include <cstdint>

namespace hydrant {

struct ReplayRange {
  PositionRange positions;
  absl::Time first_arrival;  // of its first record, and of its last
  absl::Time last_arrival;
  uint64_t bytes = 0;  // roughly: its share of the log, taking records as of equal size
};

StatusOr<ReplayRange> FindReplayRange(RecordLog& log, const ReplaySpec& spec, absl::Time now);

}  // namespace hydrant
