#include "engine/record/position.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

namespace hydrant {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

PositionRange Range(uint64_t begin, uint64_t end) { return {{begin}, {end}}; }

TEST(PositionRangesTest, EmptyRangesAddNothing) {
  PositionRanges ranges;
  AddRange(ranges, Range(5, 5));
  AddRange(ranges, Range(6, 5));
  EXPECT_THAT(ranges, IsEmpty());
}

TEST(PositionRangesTest, JoinsNeighboursAndOverlaps) {
  PositionRanges ranges;
  AddRange(ranges, Range(10, 20));
  AddRange(ranges, Range(30, 40));
  AddRange(ranges, Range(0, 5));
  EXPECT_THAT(ranges, ElementsAre(Range(0, 5), Range(10, 20), Range(30, 40)));
  AddRange(ranges, Range(20, 30));
  EXPECT_THAT(ranges, ElementsAre(Range(0, 5), Range(10, 40)));
  AddRange(ranges, Range(12, 13));
  EXPECT_THAT(ranges, ElementsAre(Range(0, 5), Range(10, 40)));
  AddRange(ranges, Range(5, 10));
  EXPECT_THAT(ranges, ElementsAre(Range(0, 40)));
}

TEST(PositionRangesTest, SubtractsWhatIsCovered) {
  EXPECT_THAT(SubtractRanges(Range(0, 10), {}), ElementsAre(Range(0, 10)));
  EXPECT_THAT(SubtractRanges(Range(0, 10), {Range(0, 10)}), IsEmpty());
  EXPECT_THAT(SubtractRanges(Range(5, 15), {Range(0, 6), Range(8, 9), Range(14, 30)}),
              ElementsAre(Range(6, 8), Range(9, 14)));
  EXPECT_THAT(SubtractRanges(Range(5, 15), {Range(0, 5), Range(15, 20)}),
              ElementsAre(Range(5, 15)));
}

TEST(PositionRangesTest, BehaveAsSets) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    PositionRanges ranges;
    std::set<uint64_t> model;
    for (int step = 0; step < 100; ++step) {
      const uint64_t begin = random() % 200;
      const uint64_t end = begin + random() % 12;
      const PositionRanges rest = SubtractRanges(Range(begin, end), ranges);
      uint64_t missing = 0;
      for (uint64_t p = begin; p < end; ++p) missing += model.contains(p) ? 0 : 1;
      ASSERT_EQ(CountPositions(rest), missing);
      AddRange(ranges, Range(begin, end));
      for (uint64_t p = begin; p < end; ++p) model.insert(p);
      ASSERT_EQ(CountPositions(ranges), model.size());
      for (size_t i = 1; i < ranges.size(); ++i) ASSERT_GT(ranges[i].begin, ranges[i - 1].end);
      for (const PositionRange& range : ranges) {
        ASSERT_TRUE(model.contains(range.begin.value) && model.contains(range.end.value - 1));
      }
    }
  }
}

}  // namespace
}  // namespace hydrant
