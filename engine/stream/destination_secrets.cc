#include "engine/stream/destination_secrets.h"

#include "engine/stream/destination_family.h"

#include <string_view>

namespace hydrant {
namespace {

using Json = nlohmann::ordered_json;

struct SecretRow {
  DestinationFamily family;
  std::string_view group;  // member of the destination that holds it; empty: the destination itself
  std::string_view member;
  std::string_view first_word;
  std::string_view second_word;
  bool optional;
};
constexpr SecretRow kRows[] = {
    {DestinationFamily::kRedshift, "", "Password", "PASSWORD", "", false},
    {DestinationFamily::kSplunk, "", "HECToken", "HEC", "TOKEN", false},
    {DestinationFamily::kHttpEndpoint, "EndpointConfiguration", "AccessKey", "ACCESS", "KEY", true},
    {DestinationFamily::kSnowflake, "", "PrivateKey", "PRIVATE", "KEY", false},
    {DestinationFamily::kSnowflake, "", "KeyPassphrase", "KEY", "PASSPHRASE", true},
};

// A group that is something else than a map can hold no secret.
bool HasRoom(const Json& destination, std::string_view group) {
  const auto found = destination.find(std::string(group));
  return found == destination.end() || found->is_object();
}

// Those of the one destination of `map`, which stands at `at` in the request.
void AddPlaces(const Json& map, const Json::json_pointer& at, const std::string& path,
               const std::vector<std::string>& words, bool managed,
               std::vector<SecretPlace>& places) {
  const nlohmann::json members = map;
  const std::string name = members.is_object() ? DestinationMember(members) : "";
  if (name.empty() || !map[name].is_object()) return;
  static const Json::json_pointer kManaged("/SecretsManagerConfiguration/Enabled");
  const Json& destination = map[name];
  if (!managed && destination.contains(kManaged) && destination[kManaged] == true) return;
  for (const SecretRow& row : kRows) {
    if (row.family != FamilyOf(name) || !HasRoom(destination, row.group)) continue;
    SecretPlace place{at / name, path + name, words, row.optional};
    for (const std::string_view step : {row.group, row.member}) {
      if (step.empty()) continue;
      place.at /= std::string(step);
      place.path.append(".").append(step);
    }
    for (const std::string_view word : {row.first_word, row.second_word}) {
      if (!word.empty()) place.words.emplace_back(word);
    }
    places.push_back(std::move(place));
  }
}

// `managed`: also of destinations that have theirs from AWS Secrets Manager.
std::vector<SecretPlace> Places(const Json& request, bool managed) {
  std::vector<SecretPlace> places;
  AddPlaces(request, Json::json_pointer(), "", {}, managed, places);
  static const Json::json_pointer kFurther("/Hydrant/Failover/Destinations");
  if (!request.contains(kFurther) || !request[kFurther].is_array()) return places;
  const Json& further = request[kFurther];
  for (size_t i = 0; i < further.size(); ++i) {
    AddPlaces(further[i], kFurther / i, "Hydrant.Failover.Destinations[" + std::to_string(i) + "].",
              {"FAILOVER", std::to_string(i + 1)}, managed, places);
  }
  return places;
}

}  // namespace

std::vector<SecretPlace> SecretPlaces(const nlohmann::ordered_json& request) {
  return Places(request, /*managed=*/false);
}

void RemoveSecrets(nlohmann::ordered_json& request) {
  for (const SecretPlace& place : Places(request, /*managed=*/true)) {
    const Json::json_pointer holder = place.at.parent_pointer();
    if (request.contains(holder) && request[holder].is_object()) {
      request[holder].erase(place.at.back());
    }
  }
}

}  // namespace hydrant
