// Clock and Entropy: time and randomness as parameters, so that tests decide both.
// Owner:   any thread
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <string>

namespace hydrant {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;
  static const Clock& System();
};

class Entropy {
 public:
  virtual ~Entropy() = default;
  virtual uint64_t Next64() = 0;
  // Seeded from the operating system; safe from any thread.
  static Entropy& System();
};

// A random (version 4) UUID in lower case, 36 characters.
std::string MakeUuid(Entropy& entropy);

// A number in [0, 1).
double UniformReal(Entropy& entropy);

}  // namespace hydrant
