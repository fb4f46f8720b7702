#include "engine/base/clock.h"

#include <absl/time/clock.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <thread>
#include <vector>

namespace hydrant {
namespace {

class FixedEntropy final : public Entropy {
 public:
  explicit FixedEntropy(std::vector<uint64_t> words) : words_(std::move(words)) {}
  uint64_t Next64() override { return words_[next_++ % words_.size()]; }

 private:
  std::vector<uint64_t> words_;
  size_t next_ = 0;
};

TEST(ClockTest, SystemClockIsNow) {
  const absl::Time before = absl::Now();
  const absl::Time now = Clock::System().Now();
  EXPECT_LE(before, now);
  EXPECT_LE(now, absl::Now());
}

TEST(UuidTest, VersionAndVariantBitsAreThoseOfRfc4122) {
  FixedEntropy zeros({0});
  FixedEntropy ones({~uint64_t{0}});
  FixedEntropy mixed({0x0123456789abcdefULL, 0xfedcba9876543210ULL});
  EXPECT_EQ(MakeUuid(zeros), "00000000-0000-4000-8000-000000000000");
  EXPECT_EQ(MakeUuid(ones), "ffffffff-ffff-4fff-bfff-ffffffffffff");
  EXPECT_EQ(MakeUuid(mixed), "01234567-89ab-4def-bedc-ba9876543210");
}

TEST(UuidTest, SystemEntropyDoesNotRepeatAcrossThreads) {
  constexpr int kThreads = 4;
  constexpr int kEach = 1000;
  std::vector<std::vector<std::string>> made(kThreads);
  {
    std::vector<std::jthread> threads;
    for (auto& mine : made) {
      threads.emplace_back([&mine] {
        for (int i = 0; i < kEach; ++i) mine.push_back(MakeUuid(Entropy::System()));
      });
    }
  }
  std::set<std::string> all;
  for (const auto& mine : made) all.insert(mine.begin(), mine.end());
  EXPECT_EQ(all.size(), static_cast<size_t>(kThreads * kEach));
  for (const std::string& uuid : all) ASSERT_EQ(uuid.size(), 36U);
}

TEST(EntropyTest, UniformRealIsInHalfOpenUnitInterval) {
  FixedEntropy extremes({0, ~uint64_t{0}, uint64_t{1} << 63});
  EXPECT_EQ(UniformReal(extremes), 0.0);
  const double largest = UniformReal(extremes);
  EXPECT_LT(largest, 1.0);
  EXPECT_GT(largest, 0.9999999);
  EXPECT_EQ(UniformReal(extremes), 0.5);
}

}  // namespace
}  // namespace hydrant
