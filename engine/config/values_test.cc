#include "engine/config/values.h"

#include "engine/config/nearest_name.h"
#include "engine/testing/status_matchers.h"

#include <gtest/gtest.h>

namespace hydrant {
namespace {

TEST(ParseSize, RefusesWhatIsNoSize) {
  for (const char* text :
       {"", " ", "MiB", "-1", "1 2", "1 parsec", "1.", ".5", "1e3", "1.2.3", "0x10", "0.3 B",
        "99999999 TiB", "18446744073709551616", "inf", "nan", "1 MiBs"}) {
    EXPECT_THAT(ParseSize(text), testing::StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
}

TEST(ParseSize, ReadsBytesAndUnits) {
  EXPECT_EQ(*ParseSize("134217728"), 134217728u);
  EXPECT_EQ(*ParseSize("128 MiB"), 128u << 20);
  EXPECT_EQ(*ParseSize("128mib"), 128u << 20);
  EXPECT_EQ(*ParseSize("64 MB"), 64'000'000u);
  EXPECT_EQ(*ParseSize("1.5 GiB"), 3u << 29);
  EXPECT_EQ(*ParseSize("0"), 0u);
}

TEST(ParseDuration, RefusesWhatIsNoDuration) {
  for (const char* text : {"", "-5", "5 s", "s", "1m30", "1h 2m", "5 weeks", "1..5s", "inf",
                           "20000d", "1e9", "1hh", "٣s"}) {
    EXPECT_THAT(ParseDuration(text), testing::StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
}

TEST(ParseDuration, ReadsSecondsAndUnits) {
  EXPECT_EQ(*ParseDuration("90"), absl::Seconds(90));
  EXPECT_EQ(*ParseDuration("1m30s"), absl::Seconds(90));
  EXPECT_EQ(*ParseDuration("250ms"), absl::Milliseconds(250));
  EXPECT_EQ(*ParseDuration("1.5h"), absl::Minutes(90));
  EXPECT_EQ(*ParseDuration("7d"), absl::Hours(168));
  EXPECT_EQ(*ParseDuration("0"), absl::ZeroDuration());
}

TEST(ParseInteger, ReadsWholeNumbersOnly) {
  EXPECT_EQ(*ParseInteger("-12"), -12);
  for (const char* text : {"", "1.0", "12a", "99999999999999999999", "+1", "0x1"}) {
    EXPECT_FALSE(ParseInteger(text).ok()) << text;
  }
}

TEST(ParseBoolean, ReadsTrueAndFalseOnly) {
  EXPECT_TRUE(*ParseBoolean("True"));
  EXPECT_FALSE(*ParseBoolean("false"));
  for (const char* text : {"", "yes", "1", "on"}) EXPECT_FALSE(ParseBoolean(text).ok()) << text;
}

TEST(RenderValues, ParseBackToTheSame) {
  for (const uint64_t bytes : {0ull, 1ull, 1000ull, 1024ull, 64'000'000ull, (5ull << 30) + 1}) {
    EXPECT_EQ(*ParseSize(RenderSize(bytes)), bytes) << RenderSize(bytes);
  }
  EXPECT_EQ(RenderSize(256 << 20), "256 MiB");
  for (const absl::Duration d : {absl::ZeroDuration(), absl::Milliseconds(250), absl::Seconds(90),
                                 absl::Hours(24 * 365), absl::Milliseconds(1500)}) {
    EXPECT_EQ(*ParseDuration(RenderDuration(d)), d) << RenderDuration(d);
  }
}

TEST(NearestName, FindsTypingMistakesOnly) {
  const std::string_view names[] = {"listen", "admin", "log.durability", "log.quota"};
  EXPECT_EQ(NearestName("lsiten", names), "listen");
  EXPECT_EQ(NearestName("Listen", names), "listen");
  EXPECT_EQ(NearestName("log.durabilty", names), "log.durability");
  EXPECT_EQ(NearestName("adnim", names), "admin");
  EXPECT_EQ(NearestName("bucket", names), "");
  EXPECT_EQ(NearestName("", names), "");
  EXPECT_EQ(NearestName(std::string(5000, 'x'), names), "");
}

}  // namespace
}  // namespace hydrant
