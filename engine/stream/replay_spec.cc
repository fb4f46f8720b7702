#include "engine/stream/replay_spec.h"

#include "engine/config/nearest_name.h"
#include "engine/config/values.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace hydrant {
namespace {

using Json = nlohmann::json;

constexpr std::array<std::string_view, 5> kFields = {"from", "to", "destination", "rate",
                                                     "dry_run"};
constexpr size_t kShownMax = 80;
constexpr char kPointRule[] =
    "must be a record's position (1200), a time (2026-11-21T09:30:00Z), how long ago (10m, \"10m "
    "ago\") or \"oldest\"";
constexpr char kRateRule[] = "must be a size a second (\"20 MiB\"), or 0 for no bound";

bool AllOf(std::string_view text, std::string_view characters) {
  return !text.empty() && text.find_first_not_of(characters) == text.npos;
}

std::string_view Trim(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

// `field: VALUE RULE`
Status Wrong(std::string_view field, const Json& value, std::string_view rule) {
  std::string shown = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (shown.size() > kShownMax) shown = shown.substr(0, kShownMax) + "…";
  return InvalidArgument(std::string(field) + ": " + shown + " " + std::string(rule));
}

StatusOr<ReplayPoint> PointOf(std::string_view field, const Json& value, absl::Time now) {
  if (value.is_number_unsigned()) return ReplayPoint(Position{value.get<uint64_t>()});
  if (!value.is_string()) return Wrong(field, value, kPointRule);
  StatusOr<ReplayPoint> point = ParseReplayPoint(value.get_ref<const std::string&>(), now);
  if (!point.ok()) return Wrong(field, value, Message(point.status()));
  return point;
}

StatusOr<uint64_t> RateOf(const Json& value) {
  uint64_t rate = 0;
  if (value.is_number_unsigned()) {
    rate = value.get<uint64_t>();
  } else if (value.is_string()) {
    const StatusOr<uint64_t> parsed = ParseSize(value.get_ref<const std::string&>());
    if (!parsed.ok()) return Wrong("rate", value, kRateRule);
    rate = *parsed;
  } else {
    return Wrong("rate", value, kRateRule);
  }
  return rate == 0 ? ReplaySpec::kNoBound : rate;
}

Status CheckFields(const Json& json) {
  if (!json.is_object()) {
    return InvalidArgument("the request must be a JSON object: {\"from\": \"10m ago\"}");
  }
  for (const auto& [field, value] : json.items()) {
    if (std::find(kFields.begin(), kFields.end(), field) != kFields.end()) continue;
    const std::string_view nearest = NearestName(field, kFields);
    return Wrong(field.substr(0, kShownMax), value,
                 "is no field of a replay" +
                     (nearest.empty() ? "; there are from, to, destination, "
                                        "rate and dry_run"
                                      : "; did you mean \"" + std::string(nearest) + "\"?"));
  }
  if (!json.contains("from")) {
    return InvalidArgument("from: is missing; it " + std::string(kPointRule));
  }
  return absl::OkStatus();
}

}  // namespace

StatusOr<ReplayPoint> ParseReplayPoint(std::string_view text, absl::Time now) {
  text = Trim(text);
  if (text == "oldest") return ReplayPoint(OldestRecord{});
  if (AllOf(text, "0123456789")) {
    Position position;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), position.value);
    if (error != std::errc()) return InvalidArgument(kPointRule);
    return ReplayPoint(position);
  }
  absl::Time time;
  if (absl::ParseTime(absl::RFC3339_full, ToAbsl(text), &time, nullptr)) {
    if (time == absl::InfiniteFuture() || time == absl::InfinitePast()) {
      return InvalidArgument(kPointRule);
    }
    return ReplayPoint(time);
  }
  if (text.ends_with(" ago")) {
    text = Trim(text.substr(0, text.size() - 4));
  } else if (text.starts_with('-')) {
    text.remove_prefix(1);
  }
  // Without a unit it might be a position with a slip of the pen.
  const StatusOr<absl::Duration> ago = ParseDuration(text);
  if (!ago.ok() || AllOf(Trim(text), "0123456789.")) return InvalidArgument(kPointRule);
  return ReplayPoint(now - *ago);
}

StatusOr<ReplaySpec> ParseReplaySpec(std::string_view text, absl::Time now) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return InvalidArgument("the request is not JSON");
  RETURN_IF_ERROR(CheckFields(json));
  ReplaySpec spec;
  ASSIGN_OR_RETURN(spec.from, PointOf("from", json["from"], now));
  if (json.contains("to")) {
    ASSIGN_OR_RETURN(spec.to, PointOf("to", json["to"], now));
  }
  if (json.contains("destination")) {
    const Json& value = json["destination"];
    if (!value.is_string()) return Wrong("destination", value, "must be a text: \"failover-1\"");
    spec.destination = value.get<std::string>();
  }
  if (json.contains("rate")) {
    ASSIGN_OR_RETURN(spec.bytes_per_second_max, RateOf(json["rate"]));
  }
  if (json.contains("dry_run")) {
    const Json& value = json["dry_run"];
    if (!value.is_boolean()) return Wrong("dry_run", value, "must be true or false");
    spec.dry_run = value.get<bool>();
  }
  return spec;
}

}  // namespace hydrant
