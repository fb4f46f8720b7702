// Rng: the seeded randomness of a simulation. Each part of a simulated world draws from one of its own, so
// that a change in one part leaves the draws of the others as they were.
// Owner:   one thread
#pragma once

#include "engine/base/clock.h"

#include <absl/time/time.h>

#include <cstdint>

namespace hydrant::simulation {

class Rng final : public Entropy {
 public:
  explicit Rng(uint64_t seed) : state_(seed) {}

  // SplitMix64: every seed is as good as another, also 0, 1, 2, …
  uint64_t Next64() override {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  uint64_t Below(uint64_t bound) { return bound == 0 ? 0 : Next64() % bound; }
  uint64_t Between(uint64_t low, uint64_t high) { return low + Below(high - low + 1); }
  bool Chance(double probability) { return UniformReal(*this) < probability; }
  absl::Duration Between(absl::Duration low, absl::Duration high) {
    return low + (high - low) * UniformReal(*this);
  }
  template <typename T, size_t n>
  const T& Pick(const T (&choices)[n]) {
    return choices[Below(n)];
  }
  // A generator whose draws have nothing to do with this one's.
  Rng Fork() { return Rng(Next64()); }

 private:
  uint64_t state_;
};

}  // namespace hydrant::simulation
