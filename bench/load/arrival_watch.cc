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

}  // namespace

Status ArrivalWatch::Start() {
  ASSIGN_OR_RETURN(const std::vector<std::string> keys, destination_.List());
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
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

std::vector<Arrival> ArrivalWatch::Take() {
  absl::MutexLock lock(&mutex_);
  return std::exchange(arrivals_, {});
}

uint64_t ArrivalWatch::rounds() const {
  absl::MutexLock lock(&mutex_);
  return rounds_;
}

int64_t ArrivalWatch::gap_max_ns() const {
  absl::MutexLock lock(&mutex_);
  return gap_max_ns_;
}

Status ArrivalWatch::last_status() const {
  absl::MutexLock lock(&mutex_);
  return last_status_;
}

void ArrivalWatch::Loop() {
  while (true) {
    const int64_t begin = MonotonicNs();
    const Status looked = Look();
    const absl::Duration took = absl::Nanoseconds(MonotonicNs() - begin);
    absl::MutexLock lock(&mutex_);
    last_status_ = looked;
    mutex_.AwaitWithTimeout(absl::Condition(&stopping_),
                            std::clamp(took * kRestShare, kPauseMin, kPauseMax));
    if (stopping_) return;
  }
}

Status ArrivalWatch::Look() {
  ASSIGN_OR_RETURN(std::vector<std::string> keys, destination_.List());
  const int64_t now_ns = MonotonicNs();
  std::vector<Arrival> fresh;
  for (std::string& key : keys) {
    if (known_.insert(key).second) fresh.push_back({std::move(key), now_ns});
  }
  absl::MutexLock lock(&mutex_);
  arrivals_.insert(arrivals_.end(), fresh.begin(), fresh.end());
  ++rounds_;
  gap_max_ns_ = std::max(gap_max_ns_, now_ns - last_ns_);
  last_ns_ = now_ns;
  return absl::OkStatus();
}

}  // namespace hydrant::load
