#include "engine/stream/delivery_rules.h"

namespace hydrant {
namespace {

struct Rules {
  RetrySchedule schedule;
  std::optional<absl::Duration> duration;
  std::string_view error_type;
  std::string_view backup_all;
  std::string_view backup_default;
};

// Firehose's failures of the OpenSearch family have one type.
constexpr std::string_view kOpenSearchFailed = "AmazonOpenSearchService-failed";
constexpr std::string_view kDeliveryFailed = "delivery-failed";

Rules RulesOf(DestinationFamily family) {
  const RetrySchedule quick;
  // Redshift and the OpenSearch family are tried again in steps of up to five minutes.
  const RetrySchedule slow = {absl::Seconds(1), absl::Minutes(5)};
  switch (family) {
    case DestinationFamily::kS3:
      return {quick, std::nullopt, kDeliveryFailed, "Enabled", "Disabled"};
    case DestinationFamily::kRedshift:
      return {slow, absl::Hours(1), kDeliveryFailed, "Enabled", "Disabled"};
    case DestinationFamily::kElasticsearch:
    case DestinationFamily::kOpenSearch:
    case DestinationFamily::kOpenSearchServerless:
      return {slow, absl::Minutes(5), kOpenSearchFailed, "AllDocuments", "FailedDocumentsOnly"};
    case DestinationFamily::kSplunk:
      return {quick, absl::Hours(1), "splunk-failed", "AllEvents", "FailedEventsOnly"};
    case DestinationFamily::kHttpEndpoint:
      return {{absl::Seconds(1), absl::Minutes(2), Jitter::kProportional},
              absl::Minutes(5),
              "http-endpoint-failed",
              "AllData",
              "FailedDataOnly"};
    case DestinationFamily::kSnowflake:
      return {quick, absl::Minutes(1), "snowflake-failed", "AllData", "FailedDataOnly"};
    case DestinationFamily::kIceberg:
      return {quick, absl::Minutes(5), "iceberg-failed", "AllData", "FailedDataOnly"};
  }
  return {};
}

}  // namespace

std::optional<absl::Duration> DefaultRetryDuration(DestinationFamily family) {
  return RulesOf(family).duration;
}

RetryPolicy RetryPolicyFor(const StreamDefinition& stream) {
  return {RulesOf(stream.family).schedule, stream.retry_duration};
}

FailoverRules FailoverRulesFor(const FailoverSettings& settings) {
  return {settings.after, settings.when_breaker_opens, settings.lag_max, settings.hold_down};
}

std::string_view ErrorOutputType(DestinationFamily family) { return RulesOf(family).error_type; }

std::string_view BackupAllMode(DestinationFamily family) { return RulesOf(family).backup_all; }

std::string_view BackupDefaultMode(DestinationFamily family) {
  return RulesOf(family).backup_default;
}

}  // namespace hydrant
