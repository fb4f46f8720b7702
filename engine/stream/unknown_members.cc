// Members that a shape does not have, with the name that was probably meant.
#include "engine/config/nearest_name.h"
#include "engine/stream/model.h"

#include <absl/strings/str_cat.h>
#include <nlohmann/json.hpp>

namespace hydrant {
namespace {

using Json = nlohmann::json;

std::string Nearest(const ModelShape& shape, std::string_view name) {
  std::vector<std::string_view> names;
  for (const ModelMember& member : shape.members) names.push_back(member.name);
  return std::string(NearestName(name, names));
}

void Collect(const ModelShape& shape, const Json& value, const std::string& path,
             std::vector<UnknownMember>& found) {
  if (shape.kind == ModelKind::kList && value.is_array()) {
    size_t number = 0;
    for (const Json& element : value) {
      Collect(ModelShapeAt(shape.element), element, path + "[" + std::to_string(number++) + "]",
              found);
    }
  }
  if (shape.kind != ModelKind::kStructure || !value.is_object()) return;
  for (const auto& [name, element] : value.items()) {
    const std::string member_path = path.empty() ? name : absl::StrCat(path, ".", name);
    if (const ModelMember* member = shape.FindMember(name); member != nullptr) {
      Collect(ModelShapeAt(member->shape), element, member_path, found);
    } else {
      found.push_back({member_path, Nearest(shape, name)});
    }
  }
}

}  // namespace

std::vector<UnknownMember> UnknownMembers(const ModelShape& shape, const nlohmann::json& value) {
  std::vector<UnknownMember> found;
  Collect(shape, value, "", found);
  return found;
}

}  // namespace hydrant
