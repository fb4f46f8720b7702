#include "engine/stream/destination_family.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <iterator>

namespace hydrant {
namespace {

using enum DestinationFamily;

constexpr RetrySchedule kQuick;
// Redshift and the OpenSearch family are tried again in steps of up to five minutes.
constexpr RetrySchedule kSlow = {absl::Seconds(1), absl::Minutes(5)};
constexpr RetrySchedule kHttpSteps = {absl::Seconds(1), absl::Minutes(2), Jitter::kProportional};

// Firehose's failures of the OpenSearch family have one type.
constexpr std::string_view kOpenSearchFailed = "AmazonOpenSearchService-failed";
// Firehose has none for S3 and Redshift, whose failures it reports in other ways.
constexpr std::string_view kDeliveryFailed = "delivery-failed";
constexpr std::string_view kNoMore = "{}";
constexpr std::string_view kRotation = R"({"IndexRotationPeriod": "OneDay"})";

constexpr BufferingHints kFiveMinutes;
constexpr uint64_t kMiB = 1 << 20;

// In the order of DestinationFamily.
constexpr FamilyFacts kFacts[] = {
    {kS3, kQuick, std::nullopt, kDeliveryFailed, "Enabled", "Disabled", kFiveMinutes, kNoMore},
    {kRedshift, kSlow, absl::Hours(1), kDeliveryFailed, "Enabled", "Disabled", std::nullopt,
     kNoMore},
    {kElasticsearch, kSlow, absl::Minutes(5), kOpenSearchFailed, "AllDocuments",
     "FailedDocumentsOnly", kFiveMinutes, kRotation},
    {kOpenSearch, kSlow, absl::Minutes(5), kOpenSearchFailed, "AllDocuments", "FailedDocumentsOnly",
     kFiveMinutes, kRotation},
    {kOpenSearchServerless, kSlow, absl::Minutes(5), kOpenSearchFailed, "AllDocuments",
     "FailedDocumentsOnly", kFiveMinutes, kNoMore},
    {kSplunk, kQuick, absl::Hours(1), "splunk-failed", "AllEvents", "FailedEventsOnly",
     BufferingHints{5 * kMiB, absl::Seconds(60)}, R"({"HECAcknowledgmentTimeoutInSeconds": 180})"},
    {kHttpEndpoint, kHttpSteps, absl::Minutes(5), "http-endpoint-failed", "AllData",
     "FailedDataOnly", kFiveMinutes, kNoMore},
    {kSnowflake, kQuick, absl::Minutes(1), "snowflake-failed", "AllData", "FailedDataOnly",
     BufferingHints{128 * kMiB, absl::ZeroDuration()}, R"({"DataLoadingOption": "JSON_MAPPING"})"},
    {kIceberg, kQuick, absl::Minutes(5), "iceberg-failed", "AllData", "FailedDataOnly",
     kFiveMinutes, R"({"AppendOnly": false})"},
};

struct MemberRow {
  std::string_view member;
  DestinationFamily family;
};
constexpr MemberRow kMembers[] = {
    {"S3DestinationConfiguration", kS3},
    {"ExtendedS3DestinationConfiguration", kS3},
    {"RedshiftDestinationConfiguration", kRedshift},
    {"ElasticsearchDestinationConfiguration", kElasticsearch},
    {"AmazonopensearchserviceDestinationConfiguration", kOpenSearch},
    {"AmazonOpenSearchServerlessDestinationConfiguration", kOpenSearchServerless},
    {"SplunkDestinationConfiguration", kSplunk},
    {"HttpEndpointDestinationConfiguration", kHttpEndpoint},
    {"SnowflakeDestinationConfiguration", kSnowflake},
    {"IcebergDestinationConfiguration", kIceberg},
};

}  // namespace

const FamilyFacts& FactsOf(DestinationFamily family) { return kFacts[static_cast<size_t>(family)]; }

std::string DestinationMember(const nlohmann::json& request) {
  for (const MemberRow& row : kMembers) {
    if (request.contains(row.member)) return std::string(row.member);
  }
  return "";
}

size_t CountDestinations(const nlohmann::json& request) {
  return static_cast<size_t>(
      std::count_if(std::begin(kMembers), std::end(kMembers),
                    [&](const MemberRow& row) { return request.contains(row.member); }));
}

DestinationFamily FamilyOf(std::string_view member) {
  for (const MemberRow& row : kMembers) {
    if (row.member == member) return row.family;
  }
  return kS3;
}

nlohmann::json WithDestination(nlohmann::json request, std::string_view member,
                               const nlohmann::json& destination) {
  for (const MemberRow& row : kMembers) request.erase(std::string(row.member));
  request[std::string(member)] = destination;
  return request;
}

}  // namespace hydrant
