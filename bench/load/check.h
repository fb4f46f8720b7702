// CheckArrivals: after a run, waits until what was acknowledged is at the destination, reads it, and says what
// is lost, doubled or unclear.
// Owner:   the calling thread
// Units:   as the members' names say
// Errors:  none: what can't be read is counted
#pragma once

#include "bench/load/arrival_watch.h"
#include "bench/load/tally.h"

#include <absl/time/time.h>

#include <functional>
#include <string>

namespace hydrant::load {

enum class CheckEnd {
  kComplete,     // everything is there
  kTimeout,      // what is missing then is lost
  kInterrupted,  // nobody waited for what is missing
};

struct CheckResult {
  CheckEnd end = CheckEnd::kComplete;
  Arrived arrived;
  uint64_t objects = 0;
  uint64_t object_bytes = 0;  // as stored
  uint64_t objects_unreadable = 0;
  uint64_t objects_unread = 0;  // seen, but the time was over
  std::string first_error;
  double waited_seconds = 0;  // after the run
  double resolution_ms = 0;   // of delivery times: the longest time between two looks
  Histogram delivery_time;

  // When nobody waited, what is missing is not lost but not there yet.
  uint64_t lost() const { return end == CheckEnd::kInterrupted ? 0 : arrived.lost; }
  uint64_t not_there_yet() const { return arrived.lost - lost(); }
};

struct CheckHooks {
  absl::Duration timeout;
  std::function<bool()> stopped;                  // null: never
  std::function<void(uint64_t missing)> waiting;  // a few times a second; null: nobody
};

// The watch has started before the run. It is stopped here.
CheckResult CheckArrivals(Destination& destination, ArrivalWatch& watch, Tally& tally,
                          const CheckHooks& hooks);

}  // namespace hydrant::load
