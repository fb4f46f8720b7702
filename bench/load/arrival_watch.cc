#include "bench/load/arrival_watch.h"

#include "bench/load/monotonic.h"

#include <absl/time/time.h>

#include <algorithm>
#include <utility>

namespace hydrant::load {
namespace {

constexpr absl::Duration kPauseMin = absl::Milliseconds(50);
constexpr absl::Duration kPauseMax = absl::Seconds(5);
constexpr int kRestShare = 20;  // so much longer than a list takes
constexpr absl::Duration kHurriedPauseMax = absl::Milliseconds(500);

}  // namespace

Status ArrivalWatch::Start(const StopTest& stopped) {
  ASSIGN_OR_RETURN(const std::vector<std::string> keys, destination_.List(stopped));
  known_.insert(keys.begin(), keys.end());
  {
    absl::MutexLock lock(&mutex_);
    last_ns_ = MonotonicNs();
  }
  thread_ = std::thread([this] { Loop(); });
  return absl::OkStatus();
}

void ArrivalWatch::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = woken_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

void ArrivalWatch::Hurry() {
  absl::MutexLock lock(&mutex_);
  hurrying_ = woken_ = true;
}

std::vector<Arrival> ArrivalWatch::Take() {
  absl::MutexLock lock(&mutex_);
  return std::exchange(arrivals_, {});
}

int64_t ArrivalWatch::last_list_began_ns() const {
  absl::MutexLock lock(&mutex_);
  return last_began_ns_;
}

int64_t ArrivalWatch::gap_max_ns() const {
  absl::MutexLock lock(&mutex_);
  return gap_max_ns_;
}

Status ArrivalWatch::last_status() const {
  absl::MutexLock lock(&mutex_);
  return last_status_;
}

bool ArrivalWatch::Stopping() const {
  absl::MutexLock lock(&mutex_);
  return stopping_;
}

void ArrivalWatch::Loop() {
  while (true) {
    const int64_t begin = MonotonicNs();
    const Status looked = Look();
    const absl::Duration took = absl::Nanoseconds(MonotonicNs() - begin);
    absl::MutexLock lock(&mutex_);
    if (stopping_) return;
    last_status_ = looked;
    const absl::Duration rest = hurrying_ ? std::clamp(took, kPauseMin, kHurriedPauseMax)
                                          : std::clamp(took * kRestShare, kPauseMin, kPauseMax);
    mutex_.AwaitWithTimeout(absl::Condition(&woken_), rest);
    if (stopping_) return;
    woken_ = false;
  }
}

Status ArrivalWatch::Look() {
  const int64_t began_ns = MonotonicNs();
  ASSIGN_OR_RETURN(std::vector<std::string> keys, destination_.List([this] { return Stopping(); }));
  const int64_t now_ns = MonotonicNs();
  std::vector<Arrival> fresh;
  for (std::string& key : keys) {
    if (known_.insert(key).second) fresh.push_back({std::move(key), now_ns});
  }
  absl::MutexLock lock(&mutex_);
  arrivals_.insert(arrivals_.end(), fresh.begin(), fresh.end());
  last_began_ns_ = began_ns;
  gap_max_ns_ = std::max(gap_max_ns_, now_ns - last_ns_);
  last_ns_ = now_ns;
  return absl::OkStatus();
}

}  // namespace hydrant::load
