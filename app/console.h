// Console: where a command writes, and whether people are watching.
// Owner:   not thread-safe: caller serializes
#pragma once

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>

namespace hydrant {

// What the process answers to its caller.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed =
    1;  // something went wrong at run time, or a checked file is wrong
inline constexpr int kExitBySignal = 128;  // and the signal's number
inline constexpr int kExitUsage = 2;       // the command line or the configuration cannot be used

struct Console {
  std::ostream& out;
  std::ostream& err;
  bool out_terminal = false;
  bool err_terminal = false;
  bool colour = false;  // on terminals only

  // Standard output and error of the process; NO_COLOR and TERM=dumb switch colour off.
  static Console System();

  // How wide the terminal is now; off one, SIZE_MAX.
  size_t OutColumns() const;

  // `hydrant: MESSAGE` on standard error, in red on a terminal.
  void Error(std::string_view message) const;
};

// "12,345", "64.2 MB".
std::string RenderCount(uint64_t number);
std::string RenderBytes(double bytes);

// `text` without control characters, for a terminal.
std::string Plain(std::string_view text);

}  // namespace hydrant
