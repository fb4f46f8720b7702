// ParseHydrantSettings: our own key `Hydrant` of a CreateDeliveryStream request.
// Owner:   any thread
// Units:   sizes and durations as in engine/config/values.h
#pragma once

#include "engine/stream/definition_problem.h"
#include "engine/stream/stream_definition.h"

#include <nlohmann/json.hpp>

#include <span>
#include <string>
#include <string_view>

namespace hydrant {

// A member as the documentation tells of it. Requests may write it in any case and with underscores.
struct HydrantMember {
  std::string_view name;
  std::string_view type;
  std::string_view unset;  // what holds without it
  std::string_view help;
};
std::span<const HydrantMember> HydrantMembers();
// Of Hydrant.Failover.
std::span<const HydrantMember> FailoverMembers();

struct HydrantRequest {
  HydrantSettings settings;
  FailoverSettings failover;     // without its destinations
  std::string compression_path;  // where Compression stands; empty: nowhere
  // Those, to be read by who knows destinations, and where they stand. Null: there is no failover.
  const nlohmann::json* destinations = nullptr;
  std::string destinations_path;
};

// `Hydrant` with every member that is known under its documented name, so that one can be laid over another.
nlohmann::json WithDocumentedNames(const nlohmann::json& hydrant);

// Every member that is wrong is added to `problems`, with its value and the rule. `value` must outlive the result.
HydrantRequest ParseHydrantSettings(const nlohmann::json& value, const ProblemsBelow& problems);

}  // namespace hydrant
