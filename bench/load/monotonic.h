// The clock of everything that is measured here.
#pragma once

#include <cstdint>
#include <ctime>

namespace hydrant::load {

// Nanoseconds of the monotonic clock.
inline int64_t MonotonicNs() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace hydrant::load
