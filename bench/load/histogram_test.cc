#include "bench/load/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace hydrant::load {
namespace {

TEST(Histogram, AnEmptyOneHasNoValues) {
  const Histogram empty;
  EXPECT_EQ(empty.count(), 0u);
  EXPECT_EQ(empty.PercentileNs(50), 0);
  EXPECT_EQ(empty.max_ns(), 0);
  EXPECT_EQ(empty.min_ns(), 0);
  EXPECT_EQ(empty.MeanNs(), 0);
}

TEST(Histogram, ValuesOutsideOfItsRangeCountAsItsEnds) {
  Histogram histogram;
  histogram.Add(-5);
  histogram.Add(Histogram::kValueMax + 1);
  EXPECT_EQ(histogram.min_ns(), 0);
  EXPECT_EQ(histogram.max_ns(), Histogram::kValueMax);
  EXPECT_EQ(histogram.PercentileNs(100), Histogram::kValueMax);
}

TEST(Histogram, KeepsThreeDigitsOfAnyValue) {
  for (int64_t value = 1; value < Histogram::kValueMax; value += value / 7 + 1) {
    Histogram histogram;
    histogram.Add(value);
    histogram.Add(Histogram::kValueMax);  // so that the maximum does not help
    const int64_t kept = histogram.PercentileNs(50);
    EXPECT_GE(kept, value);
    EXPECT_LE(static_cast<double>(kept - value), static_cast<double>(value) / 1000) << value;
  }
}

TEST(Histogram, PercentilesAreThoseOfTheSortedValues) {
  std::mt19937_64 random(7);
  std::lognormal_distribution<double> latency(13, 2);
  std::vector<int64_t> values;
  Histogram histogram;
  for (int i = 0; i < 50'000; ++i) {
    values.push_back(static_cast<int64_t>(latency(random)));
    histogram.Add(values.back());
  }
  std::sort(values.begin(), values.end());
  for (const double percent : {1.0, 50.0, 90.0, 99.0, 99.9, 100.0}) {
    const auto rank = static_cast<size_t>(std::lround(percent / 100 * 50'000));
    const auto exact = static_cast<double>(values[rank - 1]);
    EXPECT_NEAR(static_cast<double>(histogram.PercentileNs(percent)), exact, exact / 1000 + 1);
  }
  EXPECT_EQ(histogram.max_ns(), values.back());
  EXPECT_EQ(histogram.min_ns(), values.front());
}

TEST(Histogram, BucketsComeInOrderAndHoldAll) {
  Histogram histogram;
  for (const int64_t value : {2047, 2048, 2049, 1'000'000, 1'000'000, 3}) histogram.Add(value);
  int64_t before = -1;
  uint64_t count = 0;
  histogram.ForEach([&](int64_t highest, uint64_t here) {
    EXPECT_GT(highest, before);
    before = highest;
    count += here;
  });
  EXPECT_EQ(count, 6u);
  histogram.Clear();
  EXPECT_EQ(histogram.count(), 0u);
  EXPECT_EQ(histogram.PercentileNs(99), 0);
}

}  // namespace
}  // namespace hydrant::load
