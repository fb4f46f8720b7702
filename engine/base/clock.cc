#include "engine/base/clock.h"

#include <absl/time/clock.h>

#include <random>

namespace hydrant {
namespace {

class SystemClock final : public Clock {
 public:
  absl::Time Now() const override { return absl::Now(); }
};

class SystemEntropy final : public Entropy {
 public:
  uint64_t Next64() override {
    thread_local std::mt19937_64 engine = [] {
      std::random_device device;
      std::seed_seq seed{device(), device(), device(), device(), device(), device()};
      return std::mt19937_64(seed);
    }();
    return engine();
  }
};

}  // namespace

const Clock& Clock::System() {
  static const SystemClock clock;
  return clock;
}

Entropy& Entropy::System() {
  static SystemEntropy entropy;
  return entropy;
}

std::string MakeUuid(Entropy& entropy) {
  constexpr uint64_t kVersionMask = 0xffffffffffff0fffULL;
  constexpr uint64_t kVersion4 = 0x4000ULL;
  constexpr uint64_t kVariantMask = 0x3fffffffffffffffULL;
  constexpr uint64_t kVariantRfc4122 = 0x8000000000000000ULL;
  const uint64_t words[2] = {(entropy.Next64() & kVersionMask) | kVersion4,
                             (entropy.Next64() & kVariantMask) | kVariantRfc4122};
  constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  text.reserve(36);
  for (int nibble = 0; nibble < 32; ++nibble) {
    if (nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20) text.push_back('-');
    text.push_back(kHex[(words[nibble / 16] >> (60 - 4 * (nibble % 16))) & 0xf]);
  }
  return text;
}

double UniformReal(Entropy& entropy) {
  return static_cast<double>(entropy.Next64() >> 11) * 0x1.0p-53;
}

}  // namespace hydrant
