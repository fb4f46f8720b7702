#include "engine/stream/hydrant_settings.h"

#include <absl/strings/ascii.h>
#include <absl/strings/numbers.h>
#include <nlohmann/json.hpp>

namespace hydrant {
namespace {

using Json = nlohmann::json;

std::string Text(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

bool ParseDurability(const Json& value, HydrantSettings& out) {
  const std::string text = Text(value);
  if (text == "fsync") out.durability = Durability::kFsync;
  if (text == "os") out.durability = Durability::kOs;
  if (text == "memory") out.durability = Durability::kMemory;
  return out.durability.has_value();
}

bool ParseDuration(const Json& value, std::optional<absl::Duration>& out) {
  const std::string text = Text(value);
  absl::Duration duration;
  int64_t seconds = 0;
  if (absl::SimpleAtoi(text, &seconds)) {
    duration = absl::Seconds(seconds);
  } else if (!absl::ParseDuration(text, &duration)) {
    return false;
  }
  if (duration < absl::ZeroDuration() || duration == absl::InfiniteDuration()) return false;
  out = duration;
  return true;
}

std::optional<uint64_t> UnitBytes(std::string_view unit) {
  constexpr std::pair<std::string_view, uint64_t> kUnits[] = {{"", 1},
                                                              {"b", 1},
                                                              {"kb", 1000},
                                                              {"mb", 1000 * 1000},
                                                              {"gb", 1000ull * 1000 * 1000},
                                                              {"tb", 1000ull * 1000 * 1000 * 1000},
                                                              {"kib", 1 << 10},
                                                              {"mib", 1 << 20},
                                                              {"gib", 1 << 30},
                                                              {"tib", uint64_t{1} << 40}};
  const std::string lower = absl::AsciiStrToLower(absl::StripAsciiWhitespace(ToAbsl(unit)));
  for (const auto& [name, bytes] : kUnits) {
    if (name == lower) return bytes;
  }
  return std::nullopt;
}

bool ParseSize(const Json& value, std::optional<uint64_t>& out) {
  constexpr uint64_t kBytesMax = uint64_t{1} << 60;
  const std::string text = Text(value);
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  uint64_t number = 0;
  if (!absl::SimpleAtoi(text.substr(0, digits), &number)) return false;
  const auto unit = UnitBytes(std::string_view(text).substr(digits));
  if (!unit.has_value() || number > kBytesMax / *unit) return false;
  out = number * *unit;
  return true;
}

bool ParseWorkers(const Json& value, HydrantSettings& out) {
  constexpr int kWorkersMax = 1024;
  return absl::SimpleAtoi(Text(value), &out.delivery_workers_max) &&
         out.delivery_workers_max >= 1 && out.delivery_workers_max <= kWorkersMax;
}

struct Row {
  std::string_view name;
  std::string_view rule;
  bool (*parse)(const Json&, HydrantSettings&);
};

constexpr std::string_view kSizeRule = "must be bytes or a size such as 1 GiB";
constexpr Row kRows[] = {
    {"durability", "must be fsync, os or memory", ParseDurability},
    {"retention", "must be seconds or a duration such as 1h30m",
     [](const Json& value, HydrantSettings& out) {
       return ParseDuration(value, out.retention_time);
     }},
    {"retention_bytes", kSizeRule,
     [](const Json& value, HydrantSettings& out) { return ParseSize(value, out.retention_bytes); }},
    {"quota", kSizeRule,
     [](const Json& value, HydrantSettings& out) { return ParseSize(value, out.quota_bytes); }},
    {"delivery_workers_max", "must be a number from 1 to 1024", ParseWorkers},
};

std::string ParseMember(const std::string& name, const Json& value, HydrantSettings& out) {
  for (const Row& row : kRows) {
    if (row.name != name) continue;
    if (row.parse(value, out)) return "";
    return "Hydrant." + name + ": " + std::string(row.rule) + ", not " + value.dump();
  }
  std::string known;
  for (const Row& row : kRows) known.append(known.empty() ? "" : ", ").append(row.name);
  return "Hydrant." + name + " is not known; there are " + known;
}

}  // namespace

StatusOr<HydrantSettings> ParseHydrantSettings(const nlohmann::json& value) {
  if (!value.is_object()) return InvalidArgument("Hydrant must be a map of settings");
  HydrantSettings settings;
  std::string problems;
  for (const auto& [name, member] : value.items()) {
    const std::string problem = ParseMember(name, member, settings);
    if (!problem.empty()) problems.append(problems.empty() ? "" : "; ").append(problem);
  }
  if (!problems.empty()) return InvalidArgument(problems);
  return settings;
}

}  // namespace hydrant
