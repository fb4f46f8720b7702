#include "bench/load/schedule.h"

#include <gtest/gtest.h>

namespace hydrant::load {
namespace {

TEST(Schedule, RequestsAreDueAtTheRateOfTheirRecords) {
  const Schedule schedule(1000, 50'000, 500);  // a hundred requests a second
  EXPECT_EQ(schedule.DueNs(0), 1000);
  EXPECT_EQ(schedule.DueNs(1), 10'001'000);
  EXPECT_EQ(schedule.DueNs(100), 1'000'001'000);
}

TEST(Schedule, RoundingDoesNotAddUp) {
  const Schedule schedule(0, 3, 1);  // a third of a second is no whole number of nanoseconds
  EXPECT_EQ(schedule.DueNs(3), 1'000'000'000);
  EXPECT_EQ(schedule.DueNs(3'000'000), 1'000'000'000'000'000);
}

TEST(Schedule, WhatIsDueInDecadesIsNotDueAtOnce) {
  const Schedule schedule(1000, 1e-8, 500);
  EXPECT_GT(schedule.DueNs(1), int64_t{1} << 60);
  EXPECT_EQ(schedule.DueBy(2000), 1u);
}

TEST(Schedule, CountsWhatIsDue) {
  const Schedule schedule(1000, 3, 1);
  EXPECT_EQ(schedule.DueBy(0), 0u);
  EXPECT_EQ(schedule.DueBy(999), 0u);
  EXPECT_EQ(schedule.DueBy(1000), 1u);
  for (uint64_t request = 1; request < 5000; request += 7) {
    EXPECT_EQ(schedule.DueBy(schedule.DueNs(request) - 1), request);
    EXPECT_EQ(schedule.DueBy(schedule.DueNs(request)), request + 1);
  }
}

}  // namespace
}  // namespace hydrant::load
