// Schedule: when requests are due in an open loop, whether or not earlier ones were answered.
// Owner:   any thread
// Units:   nanoseconds of the monotonic clock
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace hydrant::load {

class Schedule {
 public:
  Schedule(int64_t start_ns, double records_per_second, uint32_t records_per_request)
      : start_ns_(start_ns), gap_ns_(1e9 * records_per_request / records_per_second) {}

  // From the start each time: rounding does not add up.
  int64_t DueNs(uint64_t request) const {
    // What is due in decades is due never: the sum must not overflow.
    return start_ns_ + std::llround(std::min(static_cast<double>(request) * gap_ns_, 4e18));
  }
  // How many requests are due at that time or earlier.
  uint64_t DueBy(int64_t now_ns) const {
    if (now_ns < start_ns_) return 0;
    auto count = static_cast<uint64_t>(static_cast<double>(now_ns - start_ns_) / gap_ns_);
    while (DueNs(count) <= now_ns) ++count;
    while (count > 0 && DueNs(count - 1) > now_ns) --count;
    return count;
  }

 private:
  const int64_t start_ns_;
  const double gap_ns_;
};

}  // namespace hydrant::load
