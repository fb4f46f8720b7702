#include "engine/stream/java_time_format.h"

#include "engine/testing/source_file.h"
#include "engine/testing/status_matchers.h"

#include <absl/strings/str_split.h>

#include <fstream>

namespace hydrant {
namespace {

using ::hydrant::testing::StatusIs;
using ::testing::HasSubstr;

TEST(JavaTimeFormatTest, RefusesWhatJavaRefusesAndSaysWhy) {
  const std::pair<const char*, const char*> kCases[] = {
      {"b", "Unknown pattern letter: b"},
      {"MMMMMM", "Too many pattern letters: M"},
      {"V", "Pattern letter count must be 2"},
      {"OO", "count must be 1 or 4"},
      {"cc", "Invalid pattern"},
      {"'abc", "incomplete string literal"},
      {"{", "reserved character: '{'"},
      {"yyyy]", "] without previous ["},
      {"p/", "must be followed by valid pad"},
      {"yyyyyyyyyyyyyyyyyyyy", "Too many"},
  };
  for (const auto& [pattern, rule] : kCases) {
    EXPECT_THAT(JavaTimeFormat::Parse(pattern),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(rule)));
  }
}

TEST(JavaTimeFormatTest, FailsWhenAValueIsLongerThanItsPad) {
  auto format = JavaTimeFormat::Parse("pH");
  ASSERT_OK(format);
  std::string out;
  EXPECT_THAT(format->AppendTo(absl::FromUnixSeconds(10 * 3600), absl::UTCTimeZone(), out),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("exceeds pad width of 1")));
}

// Empty where the pattern is refused, or can't print this time.
std::string Format(const std::string& pattern, absl::Time time, const absl::TimeZone& zone) {
  auto format = JavaTimeFormat::Parse(pattern);
  std::string out;
  if (!format.ok() || !format->AppendTo(time, zone, out).ok()) return "";
  return out;
}

TEST(JavaTimeFormatTest, PrintsWhatJavaPrints) {
  std::ifstream table(testing::SourceFile("engine/stream/testdata/java_time_format.tsv"));
  int rows = 0;
  for (std::string line; std::getline(table, line); ++rows) {
    const std::vector<std::string> row = absl::StrSplit(line, '\t');
    ASSERT_EQ(row.size(), 5u) << line;
    absl::TimeZone zone;
    ASSERT_TRUE(absl::LoadTimeZone(row[3], &zone)) << row[3];
    const absl::Time time =
        absl::FromUnixSeconds(std::stoll(row[1])) + absl::Nanoseconds(std::stoll(row[2]));
    EXPECT_EQ(Format(row[0], time, zone), row[4]) << line;
  }
  EXPECT_GT(rows, 1000);
}

}  // namespace
}  // namespace hydrant
