#include "bench/load/stamp.h"

#include <algorithm>

namespace hydrant::load {
namespace {

constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr char kBase64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr size_t kBase64NumberAt = kStampRunBytes / 3 * 4;

constexpr std::array<int, 256> MakeValues() {
  std::array<int, 256> values{};
  values.fill(-1);
  for (int value = 0; value < 64; ++value) {
    values[static_cast<unsigned char>(kDigits[value])] = value;
  }
  return values;
}
constexpr std::array<int, 256> kValues = MakeValues();

constexpr uint64_t Digit(uint64_t number, size_t at) {
  return number >> (6 * (kStampNumberBytes - 1 - at)) & 63;
}

uint32_t DigitByte(uint64_t number, size_t at) {
  return static_cast<unsigned char>(kDigits[Digit(number, at)]);
}

}  // namespace

RunId MakeRunId(Entropy& entropy) {
  RunId run;
  const uint64_t random = entropy.Next64();
  for (size_t i = 0; i < run.size(); ++i) run[i] = kDigits[random >> (6 * i) & 63];
  return run;
}

void WriteStamp(const RunId& run, uint64_t number, char* out) {
  std::copy(run.begin(), run.end(), out);
  PatchStamp(number, out);
}

void PatchStamp(uint64_t number, char* stamp) {
  for (size_t i = 0; i < kStampNumberBytes; ++i) {
    stamp[kStampRunBytes + i] = kDigits[Digit(number, i)];
  }
}

void PatchBase64Stamp(uint64_t number, char* stamp) {
  char* out = stamp + kBase64NumberAt;
  for (size_t i = 0; i < kStampNumberBytes; i += 3, out += 4) {
    const uint32_t bits =
        DigitByte(number, i) << 16 | DigitByte(number, i + 1) << 8 | DigitByte(number, i + 2);
    for (int place = 0; place < 4; ++place) out[place] = kBase64[bits >> (18 - 6 * place) & 63];
  }
}

std::optional<uint64_t> ReadStamp(std::string_view record, const RunId& run) {
  if (record.size() < kStampBytes || !std::equal(run.begin(), run.end(), record.begin())) {
    return std::nullopt;
  }
  uint64_t number = 0;
  for (const char c : record.substr(kStampRunBytes, kStampNumberBytes)) {
    const int value = kValues[static_cast<unsigned char>(c)];
    if (value < 0) return std::nullopt;
    number = number << 6 | static_cast<uint64_t>(value);
  }
  return number;
}

}  // namespace hydrant::load
