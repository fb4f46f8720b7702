// Histogram: latencies, kept to three significant digits in bounded memory (about 270 KiB): buckets
// whose width doubles where the value doubles, as in an HDR histogram.
// Owner:   not thread-safe: caller serializes
// Units:   nanoseconds, up to kValueMax (73 minutes); longer ones count as that
// Source:  Gil Tene's HdrHistogram: the layout of buckets and sub-buckets
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace hydrant::load {

class Histogram {
 public:
  static constexpr int64_t kValueMax = (int64_t{1} << 42) - 1;

  Histogram();

  void Add(int64_t value_ns, uint64_t times = 1);
  void Clear();

  uint64_t count() const { return count_; }
  int64_t max_ns() const { return max_; }
  int64_t min_ns() const { return count_ == 0 ? 0 : min_; }
  double MeanNs() const;
  // The smallest value that `percent` of all are not above, by nearest rank; 0 when there are none.
  int64_t PercentileNs(double percent) const;
  // Each bucket that holds any, in order: the highest value that falls into it, and how many did.
  void ForEach(const std::function<void(int64_t highest_ns, uint64_t count)>& visit) const;

 private:
  std::vector<uint64_t> counts_;
  uint64_t count_ = 0;
  int64_t max_ = 0;
  int64_t min_ = kValueMax;
  double sum_ = 0;
};

}  // namespace hydrant::load
