// ArrivalWatch: looks into a destination again and again and notes when each object could first be read.
// Only lists, and rests longer than it works while the load runs, so that it does not disturb.
// Owner:   any thread; it has one of its own
// Units:   nanoseconds of the monotonic clock
// Errors:  Start: those of the first list, kCancelled when it was stopped meanwhile; later ones are
//          kept until a list works again
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
  Status Start(const StopTest& stopped);
  void Stop();
  // The load is over: it rests briefly from now on.
  void Hurry();

  // Those since the last call.
  std::vector<Arrival> Take();
  // When the last list that worked began: what was there then has been seen.
  int64_t last_list_began_ns() const;
  // The longest time between two lists that worked: times are no finer.
  int64_t gap_max_ns() const;
  Status last_status() const;

 private:
  void Loop();
  Status Look();
  bool Stopping() const;

  Destination& destination_;
  std::unordered_set<std::string> known_;  // the thread's own, once it runs
  std::thread thread_;
  mutable absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool hurrying_ ABSL_GUARDED_BY(mutex_) = false;
  bool woken_ ABSL_GUARDED_BY(mutex_) = false;  // out of a rest
  std::vector<Arrival> arrivals_ ABSL_GUARDED_BY(mutex_);
  int64_t last_began_ns_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t last_ns_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t gap_max_ns_ ABSL_GUARDED_BY(mutex_) = 0;
  Status last_status_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hydrant::load
