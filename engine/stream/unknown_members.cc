// Members that a shape does not have, with the name that was probably meant.
#include "engine/stream/model.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <numeric>

namespace hydrant {
namespace {

using Json = nlohmann::json;

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Levenshtein's distance, blind to case.
size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0]++;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t replaced = diagonal + (Lower(a[i]) == Lower(b[j]) ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, diagonal + 1, row[j] + 1});
    }
  }
  return row.back();
}

std::string Nearest(const ModelShape& shape, std::string_view name) {
  constexpr size_t kNameBytesMax = 128;  // longer than any member: not a misspelling
  if (name.size() > kNameBytesMax) return "";
  size_t best = std::max<size_t>(2, name.size() / 3) + 1;
  std::string_view nearest;
  for (const ModelMember& member : shape.members) {
    const size_t distance = EditDistance(name, member.name);
    if (distance < best) {
      best = distance;
      nearest = member.name;
    }
  }
  return std::string(nearest);
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
    const std::string member_path = path.empty() ? name : path + "." + name;
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
