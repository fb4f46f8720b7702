// How each family of destinations is delivered to: how long it is retried, where its failures go.
// Owner:   any thread; pure
// Source:  destination_family.h
#pragma once

#include "engine/delivery/failover_policy.h"
#include "engine/delivery/retry_policy.h"
#include "engine/stream/stream_definition.h"

#include <string_view>

namespace hydrant {

// The family's schedule, and the stream's duration.
RetryPolicy RetryPolicyFor(const StreamDefinition& stream);

FailoverRules FailoverRulesFor(const FailoverSettings& settings);

// Part of the key of an error object: "splunk-failed", … Firehose has none for S3 and Redshift, whose failures it
// reports in other ways; what is given up there is "delivery-failed".
std::string_view ErrorOutputType(DestinationFamily family);

// Error output types that belong to no destination.
inline constexpr std::string_view kProcessingFailed = "processing-failed";
inline constexpr std::string_view kFormatConversionFailed = "format-conversion-failed";
// A component crashed on these records again and again. Firehose has no such type.
inline constexpr std::string_view kQuarantined = "quarantined";

}  // namespace hydrant
