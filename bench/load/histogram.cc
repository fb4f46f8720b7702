#include "bench/load/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace hydrant::load {
namespace {

// 2,048 values apart by one, then 1,024 for each doubling: never more than 1/1,024 off.
constexpr int kPlainBits = 11;
constexpr size_t kPlain = size_t{1} << kPlainBits;
constexpr double kRounding = 1e-6;  // 99.9 percent of 1,000 are 999, not a little more
constexpr size_t kHalf = kPlain / 2;
constexpr size_t kBuckets = kPlain + (42 - kPlainBits) * kHalf;

size_t BucketOf(int64_t value) {
  const auto bits = static_cast<uint64_t>(value);
  const int shift = std::max(0, static_cast<int>(std::bit_width(bits)) - kPlainBits);
  return static_cast<size_t>(shift) * kHalf + (bits >> shift);
}

int64_t HighestOf(size_t bucket) {
  if (bucket < kPlain) return static_cast<int64_t>(bucket);
  const size_t shift = bucket / kHalf - 1;
  const uint64_t lowest = (bucket - shift * kHalf) << shift;
  return static_cast<int64_t>(lowest + (uint64_t{1} << shift) - 1);
}

static_assert(kBuckets == 33'792);

}  // namespace

Histogram::Histogram() : counts_(kBuckets) {}

void Histogram::Add(int64_t value_ns, uint64_t times) {
  if (times == 0) return;
  const int64_t value = std::clamp<int64_t>(value_ns, 0, kValueMax);
  counts_[BucketOf(value)] += times;
  count_ += times;
  max_ = std::max(max_, value);
  min_ = std::min(min_, value);
  sum_ += static_cast<double>(value) * static_cast<double>(times);
}

void Histogram::Clear() {
  std::fill(counts_.begin(), counts_.end(), 0);
  count_ = 0;
  max_ = 0;
  min_ = kValueMax;
  sum_ = 0;
}

double Histogram::MeanNs() const { return count_ == 0 ? 0 : sum_ / static_cast<double>(count_); }

int64_t Histogram::PercentileNs(double percent) const {
  if (count_ == 0) return 0;
  const double exact = std::ceil(percent / 100 * static_cast<double>(count_) - kRounding);
  const uint64_t rank = std::clamp<uint64_t>(static_cast<uint64_t>(exact), 1, count_);
  uint64_t seen = 0;
  for (size_t bucket = 0; bucket < counts_.size(); ++bucket) {
    seen += counts_[bucket];
    if (seen >= rank) return std::min(HighestOf(bucket), max_);
  }
  return max_;
}

void Histogram::ForEach(const std::function<void(int64_t, uint64_t)>& visit) const {
  for (size_t bucket = 0; bucket < counts_.size(); ++bucket) {
    if (counts_[bucket] > 0) visit(HighestOf(bucket), counts_[bucket]);
  }
}

}  // namespace hydrant::load
