// ArrivalWatch: looks into a destination again and again and notes when each object could first be read.
// Only lists while the load runs, and rests longer than it works, so that it does not disturb.
// Owner:   any thread; it has one of its own
// Units:   nanoseconds of the monotonic clock
// Errors:  Start: those of the first list; later ones are kept until a list works again
#pragma once

#include "bench/load/destination.h"
#include "engine/base/status.h"

#include <absl/synchronization/mutex.h>

#include <cstdint>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

namespace hydrant::load {

struct Arrival {
  std::string key;
  int64_t seen_at_ns = 0;  // when the list that showed it was there
};

class ArrivalWatch {
 public:
  explicit ArrivalWatch(Destination& destination) : destination_(destination) {}
  ~ArrivalWatch() { Stop(); }

  // What is there already does not count.
  Status Start();
  void Stop();

  // Those since the last call.
  std::vector<Arrival> Take();
  // How many lists have worked so far: with each one more is known.
  uint64_t rounds() const;
  // The longest time between two lists that worked: times are no finer.
  int64_t gap_max_ns() const;
  Status last_status() const;

 private:
  void Loop();
  Status Look();

  Destination& destination_;
  std::unordered_set<std::string> known_;  // the thread's own, once it runs
  std::thread thread_;
  mutable absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<Arrival> arrivals_ ABSL_GUARDED_BY(mutex_);
  uint64_t rounds_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t last_ns_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t gap_max_ns_ ABSL_GUARDED_BY(mutex_) = 0;
  Status last_status_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hydrant::load
