// What a shape keeps of a value.
#include "engine/stream/model.h"

namespace hydrant {
namespace {

using Json = nlohmann::json;

// Members of descriptions that have another name in the configuration.
std::string ConfigurationName(std::string_view description) {
  if (description == "S3DestinationDescription") return "S3Configuration";
  if (description == "VpcConfigurationDescription") return "VpcConfiguration";
  constexpr std::string_view kSuffix = "Description";
  std::string name(description);
  if (name.ends_with(kSuffix)) {
    name.replace(name.size() - kSuffix.size(), kSuffix.size(), "Configuration");
  }
  return name;
}

Json ProjectStructure(const ModelShape& shape, const Json& value) {
  Json kept = Json::object();
  for (const ModelMember& member : shape.members) {
    auto found = value.find(member.name);
    if (found == value.end()) found = value.find(ConfigurationName(member.name));
    if (found == value.end() || found->is_null()) continue;
    kept[std::string(member.name)] = ProjectOnModel(ModelShapeAt(member.shape), *found);
  }
  return kept;
}

}  // namespace

Json ProjectOnModel(const ModelShape& shape, const Json& value) {
  if (shape.kind == ModelKind::kStructure && value.is_object()) {
    return ProjectStructure(shape, value);
  }
  if (shape.kind == ModelKind::kList && value.is_array()) {
    Json kept = Json::array();
    for (const Json& element : value) {
      if (!element.is_null()) kept.push_back(ProjectOnModel(ModelShapeAt(shape.element), element));
    }
    return kept;
  }
  return value;
}

}  // namespace hydrant
