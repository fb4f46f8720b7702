#include "engine/stream/hydrant_settings.h"

#include "engine/base/status.h"
#include "engine/config/values.h"

#include <nlohmann/json.hpp>

namespace hydrant {
namespace {

using Json = nlohmann::json;

std::string Text(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

Status SetDurability(const std::string& text, HydrantSettings& out) {
  if (text == "fsync") out.durability = Durability::kFsync;
  if (text == "os") out.durability = Durability::kOs;
  if (text == "memory") out.durability = Durability::kMemory;
  return out.durability ? absl::OkStatus() : InvalidArgument("must be fsync, os or memory");
}

Status SetRetention(const std::string& text, HydrantSettings& out) {
  ASSIGN_OR_RETURN(out.retention_time, ParseDuration(text));
  return absl::OkStatus();
}

Status SetRetentionBytes(const std::string& text, HydrantSettings& out) {
  ASSIGN_OR_RETURN(out.retention_bytes, ParseSize(text));
  return absl::OkStatus();
}

Status SetQuota(const std::string& text, HydrantSettings& out) {
  ASSIGN_OR_RETURN(out.quota_bytes, ParseSize(text));
  return absl::OkStatus();
}

Status SetWorkers(const std::string& text, HydrantSettings& out) {
  constexpr int64_t kWorkersMax = 1024;
  const StatusOr<int64_t> number = ParseInteger(text);
  if (!number.ok() || *number < 1 || *number > kWorkersMax) {
    return InvalidArgument("must be a whole number from 1 to 1024");
  }
  out.delivery_workers_max = static_cast<int>(*number);
  return absl::OkStatus();
}

struct Row {
  std::string_view name;
  Status (*set)(const std::string& text, HydrantSettings&);
};
constexpr Row kRows[] = {
    {"durability", SetDurability},          {"retention", SetRetention},
    {"retention_bytes", SetRetentionBytes}, {"quota", SetQuota},
    {"delivery_workers_max", SetWorkers},
};

// What is wrong with the member, or nothing.
std::string SetMember(const std::string& name, const Json& value, HydrantSettings& out) {
  for (const Row& row : kRows) {
    if (row.name != name) continue;
    const Status status = row.set(Text(value), out);
    if (status.ok()) return "";
    return "Hydrant." + name + ": " + std::string(Message(status)) + ", not " + value.dump();
  }
  std::string known;
  for (const Row& row : kRows) known.append(known.empty() ? "" : ", ").append(row.name);
  return "Hydrant." + name + " is not known; there are " + known;
}

}  // namespace

HydrantSettings ParseHydrantSettings(const nlohmann::json& value,
                                     std::vector<DefinitionProblem>& problems) {
  HydrantSettings settings;
  if (!value.is_object()) {
    problems.push_back({"Hydrant", "Hydrant must be a map of settings"});
    return settings;
  }
  for (const auto& [name, member] : value.items()) {
    std::string text = SetMember(name, member, settings);
    if (!text.empty()) problems.push_back({"Hydrant." + name, std::move(text)});
  }
  return settings;
}

}  // namespace hydrant
