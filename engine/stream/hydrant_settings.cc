#include "engine/stream/hydrant_settings.h"

#include "engine/base/status.h"
#include "engine/config/values.h"

#include <absl/strings/ascii.h>

#include <array>
#include <map>

namespace hydrant {
namespace {

using Json = nlohmann::json;

constexpr int64_t kWorkersMax = 1024;
constexpr std::string_view kCompression = "Compression";
constexpr std::string_view kFailover = "Failover";
constexpr std::string_view kDestinations = "Destinations";

std::string Text(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

Status SetDurability(const std::string& text, HydrantRequest& out) {
  std::optional<Durability>& durability = out.settings.durability;
  if (text == "fsync") durability = Durability::kFsync;
  if (text == "os") durability = Durability::kOs;
  if (text == "memory") durability = Durability::kMemory;
  return durability ? absl::OkStatus() : InvalidArgument("must be fsync, os or memory");
}

Status SetCompression(const std::string& text, HydrantRequest& out) {
  CompressionEffort& compression = out.settings.compression;
  if (text == "fast") {
    compression = CompressionEffort::kFast;
  } else if (text == "balanced") {
    compression = CompressionEffort::kBalanced;
  } else if (text == "small") {
    compression = CompressionEffort::kSmall;
  } else {
    return InvalidArgument("must be fast, balanced or small");
  }
  return absl::OkStatus();
}

Status SetRetention(const std::string& text, HydrantRequest& out) {
  ASSIGN_OR_RETURN(out.settings.retention_time, ParseDuration(text));
  return absl::OkStatus();
}

Status SetRetentionBytes(const std::string& text, HydrantRequest& out) {
  ASSIGN_OR_RETURN(out.settings.retention_bytes, ParseSize(text));
  return absl::OkStatus();
}

Status SetQuota(const std::string& text, HydrantRequest& out) {
  ASSIGN_OR_RETURN(out.settings.quota_bytes, ParseSize(text));
  return absl::OkStatus();
}

template <int HydrantSettings::*workers>
Status SetWorkers(const std::string& text, HydrantRequest& out) {
  const StatusOr<int64_t> number = ParseInteger(text);
  if (!number.ok() || *number < 1 || *number > kWorkersMax) {
    return InvalidArgument("must be a whole number from 1 to 1024");
  }
  out.settings.*workers = static_cast<int>(*number);
  return absl::OkStatus();
}

template <absl::Duration FailoverSettings::*duration>
Status SetWait(const std::string& text, HydrantRequest& out) {
  ASSIGN_OR_RETURN(const absl::Duration value, ParseDuration(text));
  if (value < absl::Seconds(1) || value > absl::Hours(24)) {
    return InvalidArgument("must be 1s to 1d");
  }
  out.failover.*duration = value;
  return absl::OkStatus();
}

template <bool FailoverSettings::*flag>
Status SetFlag(const std::string& text, HydrantRequest& out) {
  ASSIGN_OR_RETURN(out.failover.*flag, ParseBoolean(text));
  return absl::OkStatus();
}

struct Row {
  HydrantMember documented;
  // Null: a group or list, which is read by itself.
  Status (*set)(const std::string& text, HydrantRequest& out);
};
constexpr Row kRows[] = {
    {{"Durability", "choice: fsync, os, memory", "`log.durability`",
      "What an acknowledged record of the stream survives."},
     SetDurability},
    {{"Retention", "duration", "`log.retention`", "How long its delivered records are kept."},
     SetRetention},
    {{"RetentionBytes", "size", "`log.retention_size`",
      "How much of its delivered records is kept, at most."},
     SetRetentionBytes},
    {{"Quota", "size", "`log.quota`",
      "Most that its record log may hold. At this bound its producers are told to slow down."},
     SetQuota},
    {{"DeliveryWorkersMin", "integer, 1 to 1024", "4",
      "Attempts at once that it may always have; fewer when `DeliveryWorkersMax` is less."},
     SetWorkers<&HydrantSettings::delivery_workers_min>},
    {{"DeliveryWorkersMax", "integer, 1 to 1024", "16", "Most attempts at once."},
     SetWorkers<&HydrantSettings::delivery_workers_max>},
    {{"TransformWorkersMin", "integer, 1 to 1024", "1",
      "Fewest workers that process records and encode chunks."},
     SetWorkers<&HydrantSettings::transform_workers_min>},
    {{"TransformWorkersMax", "integer, 1 to 1024", "4", "Most of them."},
     SetWorkers<&HydrantSettings::transform_workers_max>},
    {{kCompression, "choice: fast, balanced, small", "fast",
      "How much CPU its `GZIP` and `ZIP` objects may cost for their size; see below."},
     SetCompression},
    {{kFailover, "map", "none", "Where its records go while its destination fails; see below."},
     nullptr},
};
constexpr Row kFailoverRows[] = {
    {{kDestinations, "list of 1 to 8 destinations", "required",
      "Further destinations in order of preference, each a map of one member as in "
      "CreateDeliveryStream: `{ExtendedS3DestinationConfiguration: {…}}`. Records come to them as "
      "the stream has processed them, so they have no ProcessingConfiguration, and no backup of "
      "all records."},
     nullptr},
    {{"After", "duration, 1s to 1d", "1m",
      "Switch when a destination has failed for this long: no attempt delivered, at least one "
      "failed."},
     SetWait<&FailoverSettings::after>},
    {{"WhenBreakerOpens", "boolean", "false",
      "Switch as soon as its circuit breaker opens, after five failures in a row."},
     SetFlag<&FailoverSettings::when_breaker_opens>},
    {{"LagMax", "duration, 1s to 1d", "never",
      "Switch when a record that failed once has waited for this long."},
     SetWait<&FailoverSettings::lag_max>},
    {{"HoldDown", "duration, 1s to 1d", "30s",
      "Switch back when a destination has been well for this long. Doubles, up to 10m, each time "
      "that it fails within an hour of its return."},
     SetWait<&FailoverSettings::hold_down>},
    {{"Drain", "boolean", "true",
      "After the switch back, deliver what was made for a further destination there, as long as "
      "it is well; else all of it goes to the stream's own."},
     SetFlag<&FailoverSettings::drain>},
    {{"CopyBack", "boolean", "false",
      "Give the stream's own destination a copy of what went elsewhere meanwhile. Until then the "
      "log keeps it: when that fills its quota, producers are told to slow down."},
     SetFlag<&FailoverSettings::copy_back>},
};

template <size_t count>
constexpr std::array<HydrantMember, count> Documented(const Row (&rows)[count]) {
  std::array<HydrantMember, count> members;
  for (size_t i = 0; i < count; ++i) members[i] = rows[i].documented;
  return members;
}

// "DeliveryWorkersMax", "delivery_workers_max" and the like are one name.
std::string Folded(std::string_view name) {
  std::string folded;
  for (const char c : name) {
    if (c != '_') folded += absl::ascii_tolower(static_cast<unsigned char>(c));
  }
  return folded;
}

const Row* FindRow(std::span<const Row> rows, std::string_view name) {
  const std::string folded = Folded(name);
  const auto row = std::find_if(rows.begin(), rows.end(), [&](const Row& candidate) {
    return Folded(candidate.documented.name) == folded;
  });
  return row == rows.end() ? nullptr : &*row;
}

// One that is given twice keeps its second spelling, and is refused when it is read.
Json Renamed(const Json& map, std::span<const Row> rows) {
  if (!map.is_object()) return map;
  Json renamed = Json::object();
  for (const auto& [name, value] : map.items()) {
    const Row* row = FindRow(rows, name);
    const std::string known(row == nullptr ? std::string_view(name) : row->documented.name);
    renamed[renamed.contains(known) ? name : known] = value;
  }
  return renamed;
}

using Given = std::map<std::string, std::string>;  // folded names, as they are written

// Reads the members of a map; returns those that it has.
Given ReadMembers(const Json& map, std::span<const Row> rows, const ProblemsBelow& problems,
                  HydrantRequest& out) {
  Given given;
  const auto fail = [&](const std::string& name, std::string_view rule) {
    problems.Add(name, JoinPath(problems.path(), name).append(rule));
  };
  for (const auto& [name, value] : map.items()) {
    const std::string folded = Folded(name);
    const Row* row = FindRow(rows, name);
    if (row == nullptr) {
      std::string known;
      for (const Row& candidate : rows) {
        known.append(known.empty() ? "" : ", ").append(candidate.documented.name);
      }
      fail(name, " is not known; there are " + known);
    } else if (!given.emplace(folded, name).second) {
      fail(name, " is given twice, as " + given[folded] + " too");
    } else if (row->set != nullptr) {
      const Status status = row->set(Text(value), out);
      // What is no single value may hold anything, secrets too.
      const std::string shown = value.is_structured() ? "a map or list" : value.dump();
      if (!status.ok()) fail(name, ": " + std::string(Message(status)) + ", not " + shown);
    }
  }
  return given;
}

// The default of a minimum gives way to the maximum.
void SettleBounds(int& min, int max, std::string_view kind, const Given& given,
                  const ProblemsBelow& problems) {
  if (min <= max) return;
  const std::string least = std::string(kind) + "Min";
  const std::string most = std::string(kind) + "Max";
  const auto written = given.find(Folded(least));
  if (written == given.end()) {
    min = max;
    return;
  }
  const std::string& name = written->second;
  problems.Add(name, JoinPath(problems.path(), name) + ": " + least + " must be at most " + most +
                         ", which is " + std::to_string(max) + ", not " + std::to_string(min));
}

void ReadFailover(const Json& value, const ProblemsBelow& problems, HydrantRequest& out) {
  const std::string& path = problems.path();
  if (!value.is_object()) return problems.Add("", path + " must be a map of settings");
  const Given given = ReadMembers(value, kFailoverRows, problems, out);
  const auto destinations = given.find(Folded(kDestinations));
  if (destinations == given.end()) {
    return problems.Add("", path +
                                ": Destinations is required: where records go while the "
                                "stream's own destination fails");
  }
  out.destinations = &value[destinations->second];
  out.destinations_path = JoinPath(path, destinations->second);
}

}  // namespace

std::span<const HydrantMember> HydrantMembers() {
  static constexpr auto kMembers = Documented(kRows);
  return kMembers;
}

std::span<const HydrantMember> FailoverMembers() {
  static constexpr auto kMembers = Documented(kFailoverRows);
  return kMembers;
}

nlohmann::json WithDocumentedNames(const nlohmann::json& hydrant) {
  Json renamed = Renamed(hydrant, kRows);
  if (!renamed.is_object()) return renamed;
  const auto failover = renamed.find(kFailover);
  if (failover != renamed.end()) *failover = Renamed(*failover, kFailoverRows);
  return renamed;
}

HydrantRequest ParseHydrantSettings(const nlohmann::json& value, const ProblemsBelow& problems) {
  HydrantRequest out;
  const ProblemsBelow below = problems.Below("Hydrant");
  if (!value.is_object()) {
    below.Add("", "Hydrant must be a map of settings");
    return out;
  }
  const Given given = ReadMembers(value, kRows, below, out);
  HydrantSettings& settings = out.settings;
  SettleBounds(settings.delivery_workers_min, settings.delivery_workers_max, "DeliveryWorkers",
               given, below);
  SettleBounds(settings.transform_workers_min, settings.transform_workers_max, "TransformWorkers",
               given, below);
  if (const auto compression = given.find(Folded(kCompression)); compression != given.end()) {
    out.compression_path = JoinPath(below.path(), compression->second);
  }
  const auto failover = given.find(Folded(kFailover));
  if (failover != given.end()) {
    ReadFailover(value[failover->second], below.Below(failover->second), out);
  }
  return out;
}

}  // namespace hydrant
