#include "bench/roofline/sums.h"

#include "engine/testing/status_matchers.h"

#include <gtest/gtest.h>

#include <set>

namespace hydrant::roofline {
namespace {

Measured Stage(std::string name, std::vector<double> user, std::vector<double> sys) {
  Measured measured{std::move(name), "", {}};
  for (size_t i = 0; i < user.size(); ++i) measured.per_gb.push_back({user[i], sys[i]});
  return measured;
}

TEST(SumOf, NamesTheStageThatIsMissing) {
  const std::vector<Measured> measured = {Stage("a", {1}, {0})};
  const auto sum = SumOf({"job", {"a", "b"}}, measured);
  EXPECT_EQ(sum.status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Message(sum.status()), "job: there is no stage b");
}

TEST(SumOf, AddsRoundByRound) {
  // The median of the sums (11, 7, 12), not the sum of the medians (2 + 10).
  const std::vector<Measured> measured = {Stage("a", {1, 2, 3}, {0, 0, 0}),
                                          Stage("b", {9, 4, 5}, {1, 1, 4}),
                                          Stage("c", {100, 100, 100}, {0, 0, 0})};
  const auto sum = SumOf({"job", {"a", "b"}}, measured);
  ASSERT_TRUE(sum.ok());
  EXPECT_DOUBLE_EQ(sum->min, 7);
  EXPECT_DOUBLE_EQ(sum->median, 11);
  EXPECT_DOUBLE_EQ(sum->max, 12);
}

TEST(SpreadOf, TakesTheMeanOfTwoMiddleValues) {
  const Spread spread = SpreadOf({4, 1, 3, 10});
  EXPECT_DOUBLE_EQ(spread.min, 1);
  EXPECT_DOUBLE_EQ(spread.median, 3.5);
  EXPECT_DOUBLE_EQ(spread.max, 10);
  EXPECT_DOUBLE_EQ(SpreadOf({2}).median, 2);
}

TEST(SecondsPerGb, CountsABillionBytes) { EXPECT_DOUBLE_EQ(SecondsPerGb(0.05, 100'000'000), 0.5); }

TEST(Measured, TellsUserAndSystemTimeApart) {
  const Measured measured = Stage("a", {1, 2, 3}, {0, 10, 1});
  EXPECT_DOUBLE_EQ(measured.user(), 2);
  EXPECT_DOUBLE_EQ(measured.sys(), 1);
  EXPECT_DOUBLE_EQ(measured.total().median, 4);
}

TEST(Jobs, HaveEveryStageOnceAndDifferInTheSyncAlone) {
  for (const Job& job : Jobs()) {
    EXPECT_EQ(std::set<std::string>(job.stages.begin(), job.stages.end()).size(),
              job.stages.size());
    const bool fsync = job.name.ends_with("-fsync");
    EXPECT_EQ(std::count(job.stages.begin(), job.stages.end(), "log-write-sync"), fsync);
    EXPECT_EQ(std::count(job.stages.begin(), job.stages.end(), "log-write"), !fsync);
  }
  EXPECT_TRUE(IsInJob("gzip"));
  EXPECT_FALSE(IsInJob("gzip-zlib-6"));
}

}  // namespace
}  // namespace hydrant::roofline
