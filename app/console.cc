#include "app/console.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_format.h>

#include <cstdlib>
#include <iostream>
#include <sys/ioctl.h>
#include <unistd.h>

namespace hydrant {
namespace {

constexpr size_t kColumnsUsual = 80;  // of a terminal that does not tell

}  // namespace

Console Console::System() {
  const char* no_colour = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  const bool plain = (no_colour != nullptr && *no_colour != '\0') ||
                     (term != nullptr && std::string_view(term) == "dumb");
  return {.out = std::cout,
          .err = std::cerr,
          .out_terminal = isatty(STDOUT_FILENO) == 1,
          .err_terminal = isatty(STDERR_FILENO) == 1,
          .colour = !plain};
}

size_t Console::OutColumns() const {
  if (!out_terminal) return SIZE_MAX;
  winsize size = {};
  const bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : kColumnsUsual;
}

void Console::Error(std::string_view message) const {
  const bool red = colour && err_terminal;
  err << (red ? "\033[31mhydrant:\033[0m " : "hydrant: ") << message << "\n";
}

std::string RenderCount(uint64_t number) {
  std::string text = std::to_string(number);
  for (size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

std::string RenderBytes(double bytes) {
  constexpr std::string_view kUnits[] = {"B", "kB", "MB", "GB", "TB", "PB"};
  size_t unit = 0;
  while (bytes >= 999.5 && unit + 1 < std::size(kUnits)) {
    bytes /= 1000;
    ++unit;
  }
  return absl::StrFormat("%.*f %s", unit == 0 ? 0 : 1, bytes, std::string(kUnits[unit]));
}

std::string Plain(std::string_view text) {
  std::string plain;
  for (const char c : text) plain += absl::ascii_iscntrl(static_cast<unsigned char>(c)) ? ' ' : c;
  return plain;
}

}  // namespace hydrant
