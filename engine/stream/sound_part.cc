#include "engine/stream/sound_part.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_split.h>

#include <algorithm>
#include <string_view>

namespace hydrant {
namespace {

using Json = nlohmann::json;

// Its rules speak of partitioning and of partition keys, not of the member.
constexpr std::string_view kPartitioning = "DynamicPartitioningConfiguration";
constexpr std::string_view kPartitioningWord = "artition";

// Takes out what a path of the model's messages ("a.b.1.member.c") leads to, and says what that is in
// the request's own words. What is missing is only named.
std::string TakeOut(Json& request, std::string_view path) {
  const ModelShape* shape = FindModelShape("CreateDeliveryStreamInput");
  Json* value = &request;
  std::string taken;
  for (const absl::string_view step : absl::StrSplit(ToAbsl(path), '.')) {
    std::string name(step);
    if (!name.empty()) name[0] = absl::ascii_toupper(name[0]);
    taken.append(taken.empty() ? "" : ".").append(name);
    const ModelMember* member = shape->FindMember(name);
    const auto found = value->find(name);
    if (member == nullptr || found == value->end()) return taken;
    shape = &ModelShapeAt(member->shape);
    if (shape->kind != ModelKind::kStructure) {
      value->erase(name);
      return taken;
    }
    value = &*found;
    if (!value->is_object()) {
      *value = Json::object();
      return taken;
    }
  }
  return taken;
}

bool IsAtOrBelow(std::string_view path, std::string_view above) {
  return path == above || (path.starts_with(above) && path[above.size()] == '.');
}

bool HoldsWord(std::string_view text, std::string_view word) {
  const auto is_letter = [&](size_t at) {
    return at < text.size() && absl::ascii_isalnum(text[at]);
  };
  for (size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
    if (!(at > 0 && is_letter(at - 1)) && !is_letter(at + word.size())) return true;
  }
  return false;
}

bool IsAbout(const DefinitionProblem& problem, std::string_view broken) {
  const std::string_view member = broken.substr(broken.rfind('.') + 1);  // npos + 1 is 0
  if (IsAtOrBelow(problem.path, broken) || HoldsWord(problem.text, member)) return true;
  // A rule of a group of members, such as BufferingHints; that of a whole destination is none.
  if (problem.path.find('.') != std::string::npos && IsAtOrBelow(broken, problem.path)) return true;
  return broken.find(kPartitioning) != std::string_view::npos &&
         problem.text.find(kPartitioningWord) != std::string::npos;
}

}  // namespace

bool SoundPart::MayHaveMade(const DefinitionProblem& problem) const {
  return std::any_of(broken.begin(), broken.end(),
                     [&](const std::string& path) { return IsAbout(problem, path); });
}

SoundPart SoundPartOf(const nlohmann::json& request, const ModelCheck& check) {
  SoundPart sound{request, {}};
  for (const WrongType& wrong : check.wrong_types) {
    sound.broken.push_back(TakeOut(sound.request, wrong.path));
  }
  for (const Violation& violation : check.violations) {
    sound.broken.push_back(TakeOut(sound.request, violation.path));
  }
  return sound;
}

}  // namespace hydrant
