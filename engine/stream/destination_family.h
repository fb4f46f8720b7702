// What Firehose says of each family of destinations: names, retries, backup, defaults. One row a family.
// Owner:   constant; any thread
// Units:   durations as absl::Duration, buffer sizes in bytes
// Source:  firehose 2015-08-04 service model (…RetryOptions, …S3BackupMode, …BufferingHints and their
//          documentation); developer guide "basic-deliver", "s3-prefixes", "create-destination",
//          "httpdeliveryrequestresponse"; the retry durations that the model leaves out: AWS's consoles
#pragma once

#include "engine/delivery/retry_policy.h"
#include "engine/stream/stream_definition.h"

#include <absl/time/time.h>
#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace hydrant {

struct FamilyFacts {
  DestinationFamily family;
  RetrySchedule schedule;
  // When RetryOptions.DurationInSeconds is not given. Nothing: it is retried for ever.
  std::optional<absl::Duration> retry_duration;
  // Part of the key of an error object.
  std::string_view error_type;
  // The values of S3BackupMode that back up all records, and the default.
  std::string_view backup_all;
  std::string_view backup_default;
  // When BufferingHints are not given. Nothing: the family buffers as its bucket does.
  std::optional<BufferingHints> buffering;
  // Further members that Firehose fills in, as JSON.
  std::string_view defaults;
};
const FamilyFacts& FactsOf(DestinationFamily family);

// The member of CreateDeliveryStream that configures the stream's destination
// ("ExtendedS3DestinationConfiguration"): the first that `request` has, or "".
std::string DestinationMember(const nlohmann::json& request);
size_t CountDestinations(const nlohmann::json& request);
// `member`: one of those.
DestinationFamily FamilyOf(std::string_view member);
// The request with that destination and no other.
nlohmann::json WithDestination(nlohmann::json request, std::string_view member,
                               const nlohmann::json& destination);

}  // namespace hydrant
