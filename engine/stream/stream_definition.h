// StreamDefinition: a delivery stream as its user defined it, checked, with every default filled in
// Owner:   immutable once made; shared as std::shared_ptr<const StreamDefinition>
// Source:  firehose 2015-08-04 service model; developer guide "create-destination",
//          "create-configure"
#pragma once

#include "engine/log/record_log.h"
#include "engine/object/object_options.h"

#include <absl/time/time.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hydrant {

// The ten destination members of CreateDeliveryStream are nine families: S3 has two spellings.
enum class DestinationFamily {
  kS3,
  kRedshift,
  kElasticsearch,
  kOpenSearch,
  kOpenSearchServerless,
  kSplunk,
  kHttpEndpoint,
  kSnowflake,
  kIceberg,
};

enum class StreamStatus { kCreating, kActive, kCreatingFailed, kDeleting, kDeletingFailed };
// The DeliveryStreamType that puts are taken for.
inline constexpr std::string_view kDirectPut = "DirectPut";

std::string_view StreamStatusName(StreamStatus status);  // "ACTIVE", …
std::optional<StreamStatus> ParseStreamStatus(std::string_view name);

// 1–128 MB and 0–900 s. An interval of zero means as soon as possible.
struct BufferingHints {
  uint64_t size_bytes = 5 << 20;
  absl::Duration interval = absl::Seconds(300);
};

struct S3Settings {
  std::string bucket;  // from BucketARN
  std::string role_arn;
  BufferingHints buffering;
  ObjectOptions object;
  std::string kms_key_arn;  // EncryptionConfiguration.KMSEncryptionConfig; empty: none
};

// One entry of ProcessingConfiguration.Processors, in the user's order.
struct ProcessorSettings {
  std::string type;  // "AppendDelimiterToRecord", …
  std::vector<std::pair<std::string, std::string>> parameters;
  // Value of the first parameter of that name, or nothing.
  std::optional<std::string> Parameter(std::string_view name) const;
};

// What we add to CreateDeliveryStream, under its key `Hydrant`. Unset: the node's default.
struct HydrantSettings {
  std::optional<Durability> durability;
  std::optional<absl::Duration> retention_time;
  std::optional<uint64_t> retention_bytes;
  std::optional<uint64_t> quota_bytes;
  // Attempts at once, and the actors that encode for them.
  int delivery_workers_min = 4;
  int delivery_workers_max = 16;
  int transform_workers_min = 1;
  int transform_workers_max = 4;
  CompressionEffort compression = CompressionEffort::kFast;
};

// The key that a stream's records are encrypted with at rest.
struct EncryptionKey {
  std::string type = "AWS_OWNED_CMK";  // or "CUSTOMER_MANAGED_CMK"
  std::string arn;                     // of the latter
};

// By key; a tag may be without a value.
using StreamTags = std::map<std::string, std::optional<std::string>>;

struct StreamDefinition;

// Hydrant.Failover: where records go while the stream's destination fails.
struct FailoverSettings {
  // In order of preference. Each is the stream's definition with another destination; its own failover is
  // empty.
  std::vector<std::shared_ptr<const StreamDefinition>> destinations;
  // Switch when the destination has failed for this long (no attempt delivered, at least one failed), …
  absl::Duration after = absl::Seconds(60);
  // … or its circuit breaker has opened, …
  bool when_breaker_opens = false;
  // … or a record that failed once has waited for this long; InfiniteDuration: never.
  absl::Duration lag_max = absl::InfiniteDuration();
  // Back when the destination's probe has been well for this long.
  absl::Duration hold_down = absl::Seconds(30);
  // Whether chunks that were made for a further destination are still delivered there after the switch
  // back (as long as it is well), or go to the stream's own.
  bool drain = true;
  // Whether the stream's own destination gets a copy, from the log, of what went elsewhere meanwhile.
  bool copy_back = false;
};

struct StreamDefinition {
  std::string name;
  // A UUID, new for each creation: a stream that is deleted and made again never sees the old one's
  // log.
  std::string incarnation;
  std::string arn;
  std::string type;      // DeliveryStreamType: "DirectPut", …
  uint64_t version = 1;  // VersionId
  StreamStatus status = StreamStatus::kActive;
  std::string failure;  // why CREATING_FAILED or DELETING_FAILED
  // Why this build can't run the stream, mostly what it lacks, for people. Empty: it can. Not stored: the next
  // build may be able to.
  std::string missing;
  StreamTags tags;
  // Server-side encryption is asked for, and this node can say that it is there.
  std::optional<EncryptionKey> encryption;
  // Why the last attempt to enable it failed (ENABLING_FAILED); what was enabled before stays so.
  std::string encryption_failure;
  absl::Time created;
  absl::Time updated;
  DestinationFamily family = DestinationFamily::kS3;
  std::optional<S3Settings> s3;  // the S3 destination, or another family's backup bucket
  // How long a chunk that fails is tried again, from its first failure on; zero: it is not. Nothing: for ever
  // (S3, and what hydrant adds to it).
  std::optional<absl::Duration> retry_duration;
  // S3BackupMode is Enabled, AllData, AllDocuments or AllEvents: every source record also goes here. The
  // stream's definition with the backup bucket as its S3 destination.
  std::shared_ptr<const StreamDefinition> backup;
  FailoverSettings failover;
  std::vector<ProcessorSettings> processors;
  HydrantSettings hydrant;
  // Id of the replay that sends by this definition: what it delivers is marked with it. Empty: live records.
  std::string replay;
  // The CreateDeliveryStream request as JSON text: what it was made from, kept to be described and
  // restored.
  std::string request_json;
};

using StreamDefinitionPtr = std::shared_ptr<const StreamDefinition>;

// What people see: CREATING_FAILED for as long as this build can't run the stream, and why.
StreamStatus ShownStatus(const StreamDefinition& stream);
const std::string& ShownFailure(const StreamDefinition& stream);

// Makes it immutable. Its backup and the destinations of its failover are of the same incarnation, version and
// replay then.
StreamDefinitionPtr Share(StreamDefinition definition);
// What the replay `id` sends by: every destination of the stream, marked.
StreamDefinitionPtr ForReplay(StreamDefinition stream, std::string id);

}  // namespace hydrant
