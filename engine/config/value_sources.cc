#include "engine/config/value_sources.h"

#include <absl/strings/ascii.h>
#include <simdjson.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>

namespace hydrant {
namespace {

constexpr size_t kFileBytesMax = 1 << 20;

StatusOr<std::string> ReadSmallFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return ErrnoStatus(errno, "open " + path);
  std::string text(kFileBytesMax + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return ErrnoStatus(errno, "read " + path);
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.size() > kFileBytesMax) return InvalidArgument(path + " is larger than 1 MiB");
  return text;
}

bool IsVariableName(std::string_view name) {
  if (name.empty() || absl::ascii_isdigit(name.front())) return false;
  for (const char c : name) {
    if (!absl::ascii_isalnum(c) && c != '_') return false;
  }
  return true;
}

StatusOr<std::string> ReadVariable(std::string_view name, const ValueSources& sources) {
  if (!IsVariableName(name)) {
    return InvalidArgument("holds ${ without a variable's name and }; write $${ for ${ itself");
  }
  std::optional<std::string> value = sources.environment(std::string(name));
  if (!value) {
    return InvalidArgument("names the environment variable " + std::string(name) +
                           ", which is not set");
  }
  if (!simdjson::validate_utf8(*value)) {
    return InvalidArgument("names the environment variable " + std::string(name) +
                           ", whose value is not UTF-8");
  }
  return *std::move(value);
}

void StripNewline(std::string& text) {
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
}

}  // namespace

ValueSources ValueSources::System() {
  return {
      .environment = [](const std::string& name) -> std::optional<std::string> {
        const char* value = std::getenv(name.c_str());
        if (value == nullptr) return std::nullopt;
        return value;
      },
      .read_file = ReadSmallFile,
  };
}

StatusOr<ResolvedText> ResolveVariables(std::string_view text, const ValueSources& sources) {
  ResolvedText result;
  for (size_t at = 0; at < text.size();) {
    const size_t dollar = text.find("${", at);
    if (dollar == std::string_view::npos) {
      result.text.append(text.substr(at));
      break;
    }
    if (dollar > at && text[dollar - 1] == '$') {
      result.text.append(text.substr(at, dollar - at - 1)).append("${");
      at = dollar + 2;
      continue;
    }
    result.text.append(text.substr(at, dollar - at));
    const size_t close = std::min(text.size(), text.find('}', dollar));
    const std::string_view name =
        close < text.size() ? text.substr(dollar + 2, close - dollar - 2) : std::string_view();
    ASSIGN_OR_RETURN(const std::string value, ReadVariable(name, sources));
    result.text.append(value);
    result.substituted = true;
    at = close + 1;
  }
  return result;
}

bool IsFileReference(const YamlNode& node) {
  return node.kind == YamlNode::Kind::kMap && node.entries.size() == 1 &&
         node.entries.front().key == "file";
}

StatusOr<ResolvedText> ResolveNode(const YamlNode& node, const ValueSources& sources) {
  if (!IsFileReference(node)) return ResolveVariables(node.text, sources);
  const YamlNode& path = node.entries.front().value;
  if (path.kind != YamlNode::Kind::kScalar) {
    return InvalidArgument("must name a file as text: {file: PATH}");
  }
  ASSIGN_OR_RETURN(const ResolvedText resolved_path, ResolveVariables(path.text, sources));
  StatusOr<std::string> text = sources.read_file(resolved_path.text);
  if (!text.ok()) {
    return WithContext(text.status(), "names a file that cannot be read");
  }
  if (!simdjson::validate_utf8(text->data(), text->size())) {
    return InvalidArgument("names a file that is not UTF-8");
  }
  StripNewline(*text);
  return ResolvedText{*std::move(text), true};
}

}  // namespace hydrant
