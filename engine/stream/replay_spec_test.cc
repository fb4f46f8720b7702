#include "engine/stream/replay_spec.h"

#include "engine/testing/status_matchers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hydrant {
namespace {

using ::testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

ReplayPoint Point(std::string_view text) {
  const StatusOr<ReplayPoint> point = ParseReplayPoint(text, kNow);
  EXPECT_OK(point);
  return point.value_or(ReplayPoint());
}

std::string Refusal(std::string_view json) {
  const StatusOr<ReplaySpec> spec = ParseReplaySpec(json, kNow);
  EXPECT_EQ(spec.status().code(), absl::StatusCode::kInvalidArgument) << json;
  return std::string(Message(spec.status()));
}

TEST(ReplayPointTest, RefusesWhatIsNeitherPositionNorTime) {
  const std::vector<std::string> all = {
      "",  "ago",        "-",      "-5",  "soon",       "10m before",           "90 ago",
      " ", "oldest ago", "10 m 5", "1.5", "99999999h",  "2026-11-21T10:00:00",  "12a",
      "x", "--10m",      "-inf",   "1 2", "2026-11-21", "18446744073709551616", "infinite-past"};
  for (const std::string& wrong : all) {
    EXPECT_FALSE(ParseReplayPoint(wrong, kNow).ok()) << wrong;
  }
}

TEST(ReplayPointTest, ReadsPositionsTimesAndHowLongAgo) {
  EXPECT_EQ(Point("oldest"), ReplayPoint(OldestRecord{}));
  EXPECT_EQ(Point("0"), ReplayPoint(Position{0}));
  EXPECT_EQ(Point(" 18446744073709551615 "), ReplayPoint(Position{UINT64_MAX}));
  EXPECT_EQ(
      Point("2026-11-21T10:30:00.5+02:00"),
      ReplayPoint(absl::FromCivil(absl::CivilSecond(2026, 11, 21, 8, 30, 0), absl::UTCTimeZone()) +
                  absl::Milliseconds(500)));
  const ReplayPoint ten_minutes_ago(kNow - absl::Minutes(10));
  for (const char* text : {"10m", "-10m", "10m ago", "-10m ", "600s ago"}) {
    EXPECT_EQ(Point(text), ten_minutes_ago) << text;
  }
  EXPECT_EQ(Point("1h30m"), ReplayPoint(kNow - absl::Minutes(90)));
}

TEST(ReplaySpecTest, ErrorsNameFieldValueAndRule) {
  EXPECT_THAT(Refusal("{"), HasSubstr("not JSON"));
  EXPECT_THAT(Refusal("[1]"), HasSubstr("must be a JSON object"));
  EXPECT_THAT(Refusal("{}"), HasSubstr("from: is missing"));
  EXPECT_THAT(Refusal(R"({"from":"soon"})"), HasSubstr("from: \"soon\" must be"));
  EXPECT_THAT(Refusal(R"({"from":-1})"), HasSubstr("from: -1 must be"));
  EXPECT_THAT(Refusal(R"({"from":1.5})"), HasSubstr("from: 1.5 must be"));
  EXPECT_THAT(Refusal(R"({"from":0,"to":null})"), HasSubstr("to: null must be"));
  EXPECT_THAT(Refusal(R"({"from":0,"rate":"fast"})"), HasSubstr("rate: \"fast\" must be a size"));
  EXPECT_THAT(Refusal(R"({"from":0,"rate":-1})"), HasSubstr("rate: -1"));
  EXPECT_THAT(Refusal(R"({"from":0,"destination":1})"), HasSubstr("destination: 1 must be"));
  EXPECT_THAT(Refusal(R"({"from":0,"dry_run":"yes"})"), HasSubstr("dry_run: \"yes\" must be"));
  EXPECT_THAT(Refusal(R"({"from":0,"dryrun":true})"), HasSubstr("did you mean \"dry_run\"?"));
  const std::string huge = Refusal("{\"from\":\"" + std::string(5000, 'x') + "\"}");
  EXPECT_LT(huge.size(), 400U);
}

TEST(ReplaySpecTest, ReadsAllFieldsAndHasDefaults) {
  const auto least = ParseReplaySpec(R"({"from": 7})", kNow);
  ASSERT_OK(least);
  EXPECT_EQ(least->from, ReplayPoint(Position{7}));
  EXPECT_FALSE(least->to);
  EXPECT_EQ(least->bytes_per_second_max, uint64_t{20} << 20);
  EXPECT_FALSE(least->dry_run);
  const auto all = ParseReplaySpec(
      R"({"from":"10m","to":"9","destination":"backup","rate":"5 MiB","dry_run":true})", kNow);
  ASSERT_OK(all);
  EXPECT_EQ(all->from, ReplayPoint(kNow - absl::Minutes(10)));
  EXPECT_EQ(all->to, ReplayPoint(Position{9}));
  EXPECT_EQ(all->destination, "backup");
  EXPECT_EQ(all->bytes_per_second_max, uint64_t{5} << 20);
  EXPECT_TRUE(all->dry_run);
  EXPECT_EQ(ParseReplaySpec(R"({"from":0,"rate":0})", kNow)->bytes_per_second_max,
            ReplaySpec::kNoBound);
  EXPECT_EQ(ParseReplaySpec(R"({"from":0,"rate":"0"})", kNow)->bytes_per_second_max,
            ReplaySpec::kNoBound);
}

}  // namespace
}  // namespace hydrant
