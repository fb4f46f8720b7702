#include "engine/delivery/outcome_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace hydrant {
namespace {

using Kind = ChunkDecision::Kind;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class HighestEntropy final : public Entropy {
 public:
  uint64_t Next64() override { return UINT64_MAX; }
};

constexpr uint32_t kRecords = 10;
const RetrySchedule kSchedule = {absl::Seconds(1), absl::Seconds(30)};

ChunkDecision DecideOn(const DeliveryOutcome& outcome, AttemptHistory history = {.failures = 1},
                       std::optional<absl::Duration> duration = absl::Minutes(5)) {
  HighestEntropy entropy;
  return Decide({kSchedule, duration}, outcome, history, kRecords, entropy);
}

DeliveryOutcome PerRecord(std::vector<RecordOutcome> records) {
  DeliveryOutcome outcome = DeliveryOutcome::Delivered();
  outcome.records = std::move(records);
  return outcome;
}

RecordOutcome Rejected(uint32_t index, std::string code = "400") {
  return {index, OutcomeKind::kReject, std::move(code), "no"};
}
RecordOutcome Retried(uint32_t index) { return {index, OutcomeKind::kRetry, "429", "busy"}; }

// All of the chunk, with that code.
void ExpectAllGivenUp(const ChunkDecision& decision, std::string_view code) {
  EXPECT_EQ(decision.kind, Kind::kSplit);
  EXPECT_THAT(decision.left, IsEmpty());
  ASSERT_EQ(decision.given_up.size(), 1u);
  EXPECT_THAT(decision.given_up[0].records, ElementsAre(RecordRange{0, kRecords}));
  EXPECT_EQ(decision.given_up[0].error_code, code);
}

TEST(OutcomePolicy, AWholeChunk) {
  const DeliveryOutcome retry = DeliveryOutcome::Retry("503", "busy");
  const DeliveryOutcome reject = DeliveryOutcome::Reject("413", "too large");
  EXPECT_EQ(DecideOn(DeliveryOutcome::Delivered(), {}).kind, Kind::kDelivered);
  EXPECT_EQ(DecideOn(retry).kind, Kind::kRetry);
  ExpectAllGivenUp(DecideOn(reject), "413");
  ExpectAllGivenUp(DecideOn(reject, {.failures = 1}, std::nullopt), "413");
}

TEST(OutcomePolicy, TheDurationCountsFromTheFirstFailure) {
  const DeliveryOutcome retry = DeliveryOutcome::Retry("503", "busy");
  struct Case {
    std::optional<absl::Duration> duration;
    absl::Duration failing_for;
    bool over;
  };
  const absl::Duration kNone = absl::ZeroDuration();
  for (const Case& c : {
           Case{absl::Minutes(5), kNone, false},
           Case{absl::Minutes(5), absl::Seconds(299), false},
           Case{absl::Minutes(5), absl::Seconds(300), true},
           Case{absl::ZeroDuration(), kNone, true},
           Case{std::nullopt, absl::Hours(1000), false},
       }) {
    const AttemptHistory history{.failures = 3, .failing_for = c.failing_for};
    const ChunkDecision decision = DecideOn(retry, history, c.duration);
    if (c.over) {
      ExpectAllGivenUp(decision, "503");
      EXPECT_FALSE(decision.quarantined);
    } else {
      EXPECT_EQ(decision.kind, Kind::kRetry) << c.failing_for;
    }
  }
}

TEST(OutcomePolicy, TheLastAttemptIsAtTheEndOfTheDuration) {
  const AttemptHistory late{.failures = 9, .failing_for = absl::Seconds(290)};
  EXPECT_EQ(DecideOn(DeliveryOutcome::Retry("503", "")).delay, kSchedule.initial * (1 - 0x1p-53));
  EXPECT_EQ(DecideOn(DeliveryOutcome::Retry("503", ""), late).delay, absl::Seconds(10));
  EXPECT_GT(DecideOn(DeliveryOutcome::Retry("503", ""), late, std::nullopt).delay,
            absl::Seconds(29));
  DeliveryOutcome asks = DeliveryOutcome::Retry("503", "");
  asks.retry_after = absl::Seconds(70);
  EXPECT_EQ(DecideOn(asks, late).delay, absl::Seconds(70)) << "what the destination asks for";
}

TEST(OutcomePolicy, TheThirdCrashQuarantines) {
  const DeliveryOutcome crash = DeliveryOutcome::Crashed("out of range");
  EXPECT_TRUE(crash.ambiguous);
  for (int crashes : {1, 2}) {
    // Also when the destination may not be tried again: it did not fail.
    const AttemptHistory history{.failures = 5, .crashes = crashes, .failing_for = absl::Hours(1)};
    const ChunkDecision decision = DecideOn(crash, history, absl::ZeroDuration());
    EXPECT_EQ(decision.kind, Kind::kRetry);
    EXPECT_GT(decision.delay, absl::ZeroDuration());
  }
  const ChunkDecision third = DecideOn(crash, {.failures = 3, .crashes = 3}, std::nullopt);
  ExpectAllGivenUp(third, "Hydrant.ComponentCrashed");
  ASSERT_EQ(third.given_up.size(), 1u);
  EXPECT_EQ(third.given_up[0].error_message, "out of range");
  EXPECT_TRUE(third.quarantined);
}

TEST(OutcomePolicy, SplitsByRecord) {
  const ChunkDecision decision =
      DecideOn(PerRecord({Retried(9), Rejected(0), Retried(3), Rejected(1), Retried(4), Rejected(7),
                          Rejected(5, "500")}));
  EXPECT_EQ(decision.kind, Kind::kSplit);
  EXPECT_THAT(decision.left, ElementsAre(RecordRange{3, 5}, RecordRange{9, 10}));
  ASSERT_EQ(decision.given_up.size(), 2u);
  EXPECT_THAT(decision.given_up[0].records, ElementsAre(RecordRange{0, 2}, RecordRange{7, 8}));
  EXPECT_EQ(decision.given_up[0].error_code, "400");
  EXPECT_THAT(decision.given_up[1].records, ElementsAre(RecordRange{5, 6}));
  EXPECT_GT(decision.delay, absl::ZeroDuration());
}

TEST(OutcomePolicy, RecordsOfOtherDetailsAreNotPutTogether) {
  RecordOutcome first = Rejected(0);
  RecordOutcome second = Rejected(1);
  first.details = {{"esDocumentId", "a"}};
  second.details = {{"esDocumentId", "b"}};
  const ChunkDecision decision = DecideOn(PerRecord({first, second}));
  ASSERT_EQ(decision.given_up.size(), 2u);
  EXPECT_EQ(decision.given_up[1].details, second.details);
}

TEST(OutcomePolicy, NothingLeftNeedsNoWait) {
  EXPECT_EQ(DecideOn(PerRecord({Rejected(2)})).delay, absl::ZeroDuration());
}

TEST(OutcomePolicy, RecordsThatFailedForTooLongAreGivenUpWithTheirOwnError) {
  const AttemptHistory late{.failures = 9, .failing_for = absl::Minutes(5)};
  const ChunkDecision decision = DecideOn(PerRecord({Retried(3), Rejected(4)}), late);
  EXPECT_THAT(decision.left, IsEmpty());
  ASSERT_EQ(decision.given_up.size(), 2u);
  EXPECT_EQ(decision.given_up[0].error_code, "429");
  EXPECT_EQ(decision.given_up[1].error_code, "400");
}

TEST(OutcomePolicy, BelievesNothingOfAnOutcomeThatCannotBe) {
  for (const auto& records : {std::vector<RecordOutcome>{Rejected(kRecords)},
                              std::vector<RecordOutcome>{Rejected(2), Retried(2)}}) {
    EXPECT_EQ(DecideOn(PerRecord(records)).kind, Kind::kRetry);
    ExpectAllGivenUp(DecideOn(PerRecord(records), {.failures = 1}, absl::ZeroDuration()),
                     "Hydrant.InvalidOutcome");
  }
}

// Each record is in one place, whatever the destination says.
TEST(OutcomePolicy, AccountsForEachRecord) {
  std::mt19937 random(7);
  for (int round = 0; round < 2000; ++round) {
    std::vector<RecordOutcome> records;
    std::vector<char> want(kRecords, 'd');
    for (uint32_t i = 0; i < kRecords; ++i) {
      const auto what = random() % 3;
      if (what == 0) continue;
      const bool rejected = what == 1;
      records.push_back(rejected ? Rejected(i, std::to_string(random() % 2)) : Retried(i));
      want[i] = rejected ? 'g' : 'l';
    }
    std::shuffle(records.begin(), records.end(), random);
    const ChunkDecision decision = DecideOn(PerRecord(records));
    std::vector<char> got(kRecords, 'd');
    const auto mark = [&](const std::vector<RecordRange>& ranges, char what) {
      uint32_t last = 0;
      for (const RecordRange& range : ranges) {
        ASSERT_TRUE(range.begin < range.end && (last == 0 || range.begin > last));
        last = range.end;
        for (uint32_t i = range.begin; i < range.end; ++i) {
          ASSERT_EQ(std::exchange(got[i], what), 'd');
        }
      }
    };
    mark(decision.left, 'l');
    for (const GivenUp& given_up : decision.given_up) mark(given_up.records, 'g');
    ASSERT_EQ(got, want);
    ASSERT_EQ(decision.kind == Kind::kDelivered, records.empty());
  }
}

}  // namespace
}  // namespace hydrant
