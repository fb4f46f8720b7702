#include "engine/exchange/streams_yaml.h"

#include "engine/base/status.h"
#include "engine/config/yaml_tree.h"
#include "engine/exchange/export_names.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <string_view>

namespace hydrant {
namespace {

using Json = nlohmann::ordered_json;

// Words that YAML, of one version or another, does not take for texts.
constexpr std::string_view kWords[] = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"};

bool IsPlain(std::string_view text) {
  if (text.empty() || text.ends_with(':')) return false;
  if (!absl::ascii_isalpha(static_cast<unsigned char>(text[0])) && text[0] != '/') return false;
  for (const char c : text) {
    const bool harmless = absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                          std::string_view("_-./:@=+").find(c) != std::string_view::npos;
    if (!harmless) return false;
  }
  return std::none_of(std::begin(kWords), std::end(kWords), [&](std::string_view word) {
    return absl::EqualsIgnoreCase(ToAbsl(word), ToAbsl(text));
  });
}

// JSON is YAML; what reads well without quotes has none.
std::string Scalar(const Json& value) {
  if (value.is_string() && IsPlain(value.get_ref<const std::string&>())) return value;
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool IsBlock(const Json& value) { return value.is_structured() && !value.empty(); }

// The lines of a map or list, each indented; the first one goes on where `out` ends.
void WriteBlock(const Json& value, const std::string& indent, std::string& out) {
  bool first = true;
  for (const auto& [key, element] : value.items()) {
    if (!first) out += indent;
    first = false;
    if (value.is_array()) {
      out += "- ";
      if (IsBlock(element)) {
        WriteBlock(element, indent + "  ", out);
        continue;
      }
    } else {
      out.append(Scalar(key)).append(":");
      if (IsBlock(element)) {
        out.append("\n").append(indent).append("  ");
        WriteBlock(element, indent + "  ", out);
        continue;
      }
      out += " ";
    }
    out.append(Scalar(element)).append("\n");
  }
}

// {file: PATH} is the content of a file to who reads hydrant.yaml.
void FindFileMaps(const Json& value, const std::string& path, std::vector<std::string>& remarks) {
  if (!value.is_structured()) return;
  if (value.is_object() && value.size() == 1 && value.contains("file")) {
    remarks.push_back(path + ": a map with the only key `file` can't be said in hydrant.yaml");
  }
  for (const auto& [key, element] : value.items()) {
    const std::string step =
        value.is_array() ? absl::StrCat("[", key, "]") : absl::StrCat(".", key);
    FindFileMaps(element, path + step, remarks);
  }
}

std::vector<SecretToFill> ReferToVariables(StreamRequests& requests) {
  std::vector<SecretToFill> secrets;
  for (Json& request : requests) RemoveSecrets(request);
  for (const NamedSecret& named : NameSecrets(requests, NameStyle::kEnvironment)) {
    requests[named.request][named.place.at] = "${" + named.secret.name + "}";
    secrets.push_back(named.secret);
  }
  return secrets;
}

}  // namespace

Exported StreamsYaml(StreamRequests requests) {
  Exported exported;
  for (Json& request : requests) {
    FindFileMaps(request, StreamName(request), exported.remarks);
    ReplaceInTexts(request, "${", "$${");
  }
  exported.secrets = ReferToVariables(requests);
  exported.text = "streams: []\n";
  if (!requests.empty()) {
    exported.text = "streams:\n  ";
    WriteBlock(Json(requests), "  ", exported.text);
  }
  if (exported.text.size() > kYamlBytesMax) {
    exported.remarks.push_back("the list is larger than the " +
                               std::to_string(kYamlBytesMax >> 20) +
                               " MiB that hydrant.yaml may have");
  }
  return exported;
}

Exported StreamsJson(StreamRequests requests) {
  Exported exported;
  exported.secrets = ReferToVariables(requests);
  for (const Json& request : requests) {
    exported.text += request.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  }
  return exported;
}

}  // namespace hydrant
