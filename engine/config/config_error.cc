#include "engine/config/config_error.h"

#include "engine/base/status.h"

#include <absl/strings/escaping.h>

namespace hydrant {
namespace {

constexpr size_t kShownMax = 100;

// Fit for a terminal: short, and without control characters.
std::string Printable(std::string_view text) {
  const bool cut = text.size() > kShownMax;
  std::string shown = absl::Utf8SafeCEscape(ToAbsl(text.substr(0, kShownMax)));
  if (cut) shown += "…";
  return shown;
}

}  // namespace

std::string FormatConfigError(const ConfigError& error) {
  std::string text = error.source;
  if (error.line > 0) {
    text += ":" + std::to_string(error.line) + ":" + std::to_string(error.column);
  }
  if (!text.empty()) text += ": ";
  if (!error.path.empty()) text += Printable(error.path) + ": ";
  if (error.value == "(secret)") {
    text += "(secret) ";
  } else if (!error.value.empty()) {
    text += "\"" + Printable(error.value) + "\" ";
  }
  text += error.rule;
  if (!error.mend.empty()) text += "; " + error.mend;
  return text;
}

}  // namespace hydrant
