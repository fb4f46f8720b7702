// Trace: what happened in a simulation, line by line: printed for people, and as a hash that tells whether two
// runs were the same.
// Owner:   one thread
#pragma once

#include "tests/simulation/virtual_time.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace hydrant::simulation {

class Trace {
 public:
  Trace(const VirtualTime& time, bool print) : time_(time), print_(print) {}

  // Values that differ from run to run (addresses, names made by other randomness) must not be noted.
  template <typename... Parts>
  void Note(const Parts&... parts) {
    const std::string line = absl::StrCat(parts...);
    ++lines_;
    Mix(static_cast<uint64_t>(absl::ToInt64Microseconds(time_.elapsed())));
    for (const char c : line) Mix(static_cast<unsigned char>(c));
    Print(line);
  }
  // Printed only.
  void Print(std::string_view line) const {
    if (!print_) return;
    absl::FPrintF(stdout, "%12.6f  %s\n", absl::ToDoubleSeconds(time_.elapsed()), ToAbsl(line));
  }

  bool prints() const { return print_; }
  uint64_t hash() const { return hash_; }
  uint64_t lines() const { return lines_; }

 private:
  static absl::string_view ToAbsl(std::string_view text) { return {text.data(), text.size()}; }
  void Mix(uint64_t value) { hash_ = (hash_ ^ value) * 0x100000001b3; }  // FNV-1a

  const VirtualTime& time_;
  const bool print_;
  uint64_t hash_ = 0xcbf29ce484222325;
  uint64_t lines_ = 0;
};

}  // namespace hydrant::simulation
