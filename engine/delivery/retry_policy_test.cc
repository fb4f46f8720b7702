#include "engine/delivery/retry_policy.h"

#include <gtest/gtest.h>

namespace hydrant {
namespace {

class FixedEntropy final : public Entropy {
 public:
  explicit FixedEntropy(uint64_t value) : value_(value) {}
  uint64_t Next64() override { return value_; }

 private:
  uint64_t value_;
};

const RetrySchedule kSchedule{absl::Seconds(1), absl::Seconds(30)};

TEST(RetryPolicy, BoundDoublesUntilTheMaximum) {
  FixedEntropy half(uint64_t{1} << 63);
  const DeliveryOutcome outcome = DeliveryOutcome::Retry("S3.SlowDown", "");
  struct Case {
    int failures;
    absl::Duration want;
  };
  for (const Case& c :
       {Case{1, absl::Milliseconds(500)}, Case{2, absl::Seconds(1)}, Case{5, absl::Seconds(8)},
        Case{6, absl::Seconds(15)}, Case{100, absl::Seconds(15)}}) {
    EXPECT_EQ(RetryDelay(kSchedule, c.failures, outcome, half), c.want) << c.failures;
  }
}

TEST(RetryPolicy, JitterIsFull) {
  FixedEntropy lowest(0);
  FixedEntropy highest(UINT64_MAX);
  const DeliveryOutcome outcome = DeliveryOutcome::Retry("", "");
  EXPECT_EQ(RetryDelay(kSchedule, 3, outcome, lowest), absl::ZeroDuration());
  EXPECT_LE(RetryDelay(kSchedule, 3, outcome, highest), absl::Seconds(4));
  EXPECT_GT(RetryDelay(kSchedule, 3, outcome, highest), absl::Milliseconds(3999));
}

TEST(RetryPolicy, ProportionalJitterStaysNearTheBound) {
  const RetrySchedule schedule{absl::Seconds(1), absl::Minutes(2), Jitter::kProportional};
  FixedEntropy lowest(0);
  FixedEntropy half(uint64_t{1} << 63);
  FixedEntropy highest(UINT64_MAX);
  const DeliveryOutcome outcome = DeliveryOutcome::Retry("", "");
  EXPECT_EQ(RetryDelay(schedule, 1, outcome, half), absl::Seconds(1));
  EXPECT_EQ(RetryDelay(schedule, 3, outcome, lowest), absl::Milliseconds(3400));
  EXPECT_GT(RetryDelay(schedule, 3, outcome, highest), absl::Milliseconds(4599));
  EXPECT_LE(RetryDelay(schedule, 3, outcome, highest), absl::Milliseconds(4600));
  EXPECT_EQ(RetryDelay(schedule, 50, outcome, lowest), absl::Seconds(102));
  EXPECT_EQ(RetryDelay(schedule, 50, outcome, highest), absl::Minutes(2));
}

TEST(RetryPolicy, DestinationAndOperatorSetTheLeastWait) {
  FixedEntropy lowest(0);
  DeliveryOutcome outcome = DeliveryOutcome::Retry("S3.AccessDenied", "", Severity::kOperator);
  EXPECT_EQ(RetryDelay(kSchedule, 1, outcome, lowest), kOperatorRetryMin);
  outcome.retry_after = absl::Seconds(70);
  EXPECT_EQ(RetryDelay(kSchedule, 1, outcome, lowest), absl::Seconds(70));
}

}  // namespace
}  // namespace hydrant
