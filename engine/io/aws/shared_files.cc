#include "engine/io/aws/shared_files.h"

#include "engine/base/status.h"

#include <absl/strings/ascii.h>

#include <algorithm>

namespace hydrant::aws {
namespace {

std::string_view Strip(std::string_view text) {
  return FromAbsl(absl::StripAsciiWhitespace(ToAbsl(text)));
}

// "[profile  NAME] ; comment" to "NAME"; empty when the section is no profile.
std::string_view SectionProfile(std::string_view line, SharedFileKind kind) {
  const size_t end = line.find(']');
  if (end == line.npos) return {};
  const std::string_view name = Strip(line.substr(1, end - 1));
  if (kind == SharedFileKind::kCredentials || name == "default") return name;
  constexpr std::string_view kWord = "profile";
  const bool prefixed = name.starts_with(kWord) && name.size() > kWord.size() &&
                        (name[kWord.size()] == ' ' || name[kWord.size()] == '\t');
  return prefixed ? Strip(name.substr(kWord.size())) : std::string_view();
}

// A comment behind a value starts with '#' or ';' after white space.
std::string_view StripComment(std::string_view value) {
  for (size_t i = 1; i < value.size(); ++i) {
    const bool mark = value[i] == '#' || value[i] == ';';
    if (mark && (value[i - 1] == ' ' || value[i - 1] == '\t')) return Strip(value.substr(0, i));
  }
  return value;
}

}  // namespace

std::optional<std::map<std::string, std::string>> ParseProfile(std::string_view text,
                                                               SharedFileKind kind,
                                                               std::string_view profile) {
  std::optional<std::map<std::string, std::string>> settings;
  bool inside = false;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    begin = end + 1;
    if (line.empty() || line[0] == '#' || line[0] == ';' || line[0] == ' ' || line[0] == '\t') {
      continue;
    }
    if (line[0] == '[') {
      inside = SectionProfile(line, kind) == profile;
      if (inside && !settings) settings.emplace();
      continue;
    }
    const size_t equals = line.find('=');
    if (!inside || equals == line.npos) continue;
    const std::string name = absl::AsciiStrToLower(ToAbsl(Strip(line.substr(0, equals))));
    (*settings)[name] = std::string(StripComment(Strip(line.substr(equals + 1))));
  }
  return settings;
}

}  // namespace hydrant::aws
