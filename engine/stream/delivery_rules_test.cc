#include "engine/stream/delivery_rules.h"

#include "engine/stream/destination_family.h"

#include <gtest/gtest.h>

namespace hydrant {
namespace {

// The documented values; see the header.
TEST(DeliveryRules, AreFirehoses) {
  struct Case {
    DestinationFamily family;
    std::optional<absl::Duration> duration;
    absl::Duration wait_max;
    std::string_view error_type;
    std::string_view backup_all;
  };
  const absl::Duration kQuick = absl::Seconds(30);
  const absl::Duration kSlow = absl::Minutes(5);
  constexpr std::string_view kSearchFailed = "AmazonOpenSearchService-failed";
  using enum DestinationFamily;
  for (const Case& c : {
           Case{kS3, std::nullopt, kQuick, "delivery-failed", "Enabled"},
           Case{kRedshift, absl::Seconds(3600), kSlow, "delivery-failed", "Enabled"},
           Case{kElasticsearch, absl::Seconds(300), kSlow, kSearchFailed, "AllDocuments"},
           Case{DestinationFamily::kOpenSearch, absl::Seconds(300), kSlow, kSearchFailed,
                "AllDocuments"},
           Case{kOpenSearchServerless, absl::Seconds(300), kSlow, kSearchFailed, "AllDocuments"},
           Case{kSplunk, absl::Seconds(3600), kQuick, "splunk-failed", "AllEvents"},
           Case{kHttpEndpoint, absl::Seconds(300), absl::Minutes(2), "http-endpoint-failed",
                "AllData"},
           Case{kSnowflake, absl::Seconds(60), kQuick, "snowflake-failed", "AllData"},
           Case{kIceberg, absl::Seconds(300), kQuick, "iceberg-failed", "AllData"},
       }) {
    EXPECT_EQ(FactsOf(c.family).family, c.family);
    EXPECT_EQ(FactsOf(c.family).retry_duration, c.duration) << c.error_type;
    EXPECT_EQ(ErrorOutputType(c.family), c.error_type);
    EXPECT_EQ(FactsOf(c.family).backup_all, c.backup_all);
    EXPECT_EQ(FactsOf(c.family).backup_default.starts_with("Failed"), c.backup_all != "Enabled");
    StreamDefinition stream;
    stream.family = c.family;
    stream.retry_duration = absl::Seconds(7);
    const RetryPolicy policy = RetryPolicyFor(stream);
    EXPECT_EQ(policy.duration, absl::Seconds(7));
    EXPECT_EQ(RetryBound(policy.schedule, 1000), c.wait_max);
    EXPECT_EQ(policy.schedule.jitter == Jitter::kProportional, c.family == kHttpEndpoint);
  }
}

TEST(DeliveryRules, FailoverAsItsSettingsSay) {
  FailoverSettings settings;
  settings.after = absl::Seconds(1);
  settings.when_breaker_opens = true;
  settings.lag_max = absl::Seconds(2);
  settings.hold_down = absl::Seconds(3);
  const FailoverRules rules = FailoverRulesFor(settings);
  EXPECT_EQ(rules.after, absl::Seconds(1));
  EXPECT_TRUE(rules.when_breaker_opens);
  EXPECT_EQ(rules.lag_max, absl::Seconds(2));
  EXPECT_EQ(rules.hold_down, absl::Seconds(3));
}

}  // namespace
}  // namespace hydrant
