// A request that has everything, for tests of what it is written as.
// Owner:   one test
#pragma once

#include "engine/exchange/exported.h"
#include "engine/stream/model.h"

#include <fstream>
#include <set>
#include <string>

namespace hydrant {

// Every member that there is, whether it makes sense beside the others or not.
inline nlohmann::ordered_json FullValue(const ModelShape& shape) {
  using Json = nlohmann::ordered_json;
  switch (shape.kind) {
    case ModelKind::kStructure: {
      Json value = Json::object();
      for (const ModelMember& member : shape.members) {
        value[std::string(member.name)] = FullValue(ModelShapeAt(member.shape));
      }
      return value;
    }
    case ModelKind::kList:
      return Json::array({FullValue(ModelShapeAt(shape.element))});
    case ModelKind::kMap:
      return {{"key", "value"}};
    case ModelKind::kBoolean:
      return true;
    case ModelKind::kInteger:
      return 7;
    case ModelKind::kDouble:
      return 0.5;
    case ModelKind::kTimestamp:
      return 1'600'000'000.5;
    default:
      return shape.values.empty() ? "text" : std::string(shape.values.front());
  }
}

// With the one destination of that family.
inline nlohmann::ordered_json FullRequest(const std::string& family) {
  nlohmann::ordered_json request = FullValue(*FindModelShape("CreateDeliveryStreamInput"));
  nlohmann::ordered_json kept = nlohmann::ordered_json::object();
  for (const auto& [name, value] : request.items()) {
    const bool other =
        name.ends_with("DestinationConfiguration") && name != family + "DestinationConfiguration";
    if (!other) kept[name] = value;
  }
  kept["DeliveryStreamName"] = "my.logs";
  return kept;
}

// "Tags", "Tags.Key": where there is something, without the places in lists.
inline void CollectPaths(const nlohmann::ordered_json& value, const std::string& path,
                         std::set<std::string>& paths) {
  if (value.is_array()) {
    for (const auto& element : value) CollectPaths(element, path, paths);
  } else if (value.is_object()) {
    for (const auto& [name, element] : value.items()) {
      const std::string below = path.empty() ? name : path + "." + name;
      paths.insert(below);
      CollectPaths(element, below, paths);
    }
  }
}

// The lines of a file, without those that begin with '#'.
inline std::set<std::string> ReadLines(const std::string& path) {
  std::set<std::string> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with('#')) lines.insert(line);
  }
  return lines;
}

inline constexpr const char* kAllFamilies[] = {
    "S3",     "ExtendedS3",   "Redshift",  "Elasticsearch", "Amazonopensearchservice",
    "Splunk", "HttpEndpoint", "Snowflake", "Iceberg",       "AmazonOpenSearchServerless"};

}  // namespace hydrant
