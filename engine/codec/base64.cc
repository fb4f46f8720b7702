#include "engine/codec/base64.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace hydrant {
namespace {

constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr uint8_t kBad = 0x80;  // ORs through: a group with a bad character has this bit

constexpr std::array<uint8_t, 256> MakeValues() {
  std::array<uint8_t, 256> values{};
  for (uint8_t& value : values) value = kBad;
  for (uint8_t i = 0; i < 64; ++i) values[static_cast<uint8_t>(kAlphabet[i])] = i;
  return values;
}
constexpr std::array<uint8_t, 256> kValues = MakeValues();

uint8_t ValueOf(char c) { return kValues[static_cast<uint8_t>(c)]; }

// How a processor decodes many characters at once. Both return how far they came, a multiple of
// four characters, and stop before a bad one.
struct WideDecoder {
  // From the start of a text that may go on behind its base64; needs room for all `size` characters.
  size_t (*blocks)(const char* in, size_t size, char* out);
  // From `at` to `end`, which is a multiple of four behind `in`; writes nothing behind them.
  size_t (*tail)(const char* in, size_t at, size_t end, char* out);
};

#if defined(__x86_64__)
constexpr size_t kAvx2Step = 32;  // characters that become 24 bytes
// A step stores 32 bytes, so it runs only while at least 34 bytes of output (48 characters, less two
// of padding) are still to come: the excess is written over later.
constexpr size_t kAvx2CharactersMin = 48;

// One step; false when a character is bad.
__attribute__((target("avx2"), always_inline)) inline bool DecodeStepAvx2(const char* in,
                                                                          __m256i& bytes) {
  // A character is legal when the classes of its two nibbles have no bit in common.
  const __m256i low_class =
      _mm256_setr_epi8(0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x13, 0x1A, 0x1B,
                       0x1B, 0x1B, 0x1A, 0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11,
                       0x13, 0x1A, 0x1B, 0x1B, 0x1B, 0x1A);
  const __m256i high_class =
      _mm256_setr_epi8(0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08, 0x10, 0x10, 0x10, 0x10, 0x10,
                       0x10, 0x10, 0x10, 0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08, 0x10, 0x10,
                       0x10, 0x10, 0x10, 0x10, 0x10, 0x10);
  // What to add to a character for its value, by its high nibble; '/' moves itself to row 1.
  const __m256i offsets =
      _mm256_setr_epi8(0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0, 0, 16, 19, 4, -65,
                       -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0);
  const __m256i slash = _mm256_set1_epi8('/');
  // Nibbles for byte shuffles: bit 7 must be clear, bits 4 to 6 do not matter.
  const __m256i nibble_mask = _mm256_set1_epi8(0x2f);
  const __m256i order = _mm256_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1,  //
                                         2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1);
  const __m256i join = _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 7, 7);

  const __m256i text = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(in));
  const __m256i high = _mm256_and_si256(_mm256_srli_epi32(text, 4), nibble_mask);
  const __m256i low = _mm256_and_si256(text, nibble_mask);
  if (!_mm256_testz_si256(_mm256_shuffle_epi8(low_class, low),
                          _mm256_shuffle_epi8(high_class, high))) {
    return false;
  }
  const __m256i row = _mm256_add_epi8(_mm256_cmpeq_epi8(text, slash), high);
  const __m256i values = _mm256_add_epi8(text, _mm256_shuffle_epi8(offsets, row));
  // 6+6 bits to 12, 12+12 to 24, then each group's three bytes in order.
  const __m256i pairs = _mm256_maddubs_epi16(values, _mm256_set1_epi32(0x01400140));
  const __m256i groups = _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x00011000));
  bytes = _mm256_permutevar8x32_epi32(_mm256_shuffle_epi8(groups, order), join);
  return true;
}

__attribute__((target("avx2"))) size_t DecodeBlocksAvx2(const char* in, size_t size, char* out) {
  size_t taken = 0;
  __m256i bytes;
  for (; size - taken >= kAvx2CharactersMin; taken += kAvx2Step, out += 24) {
    if (!DecodeStepAvx2(in + taken, bytes)) break;
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), bytes);
  }
  return taken;
}

// The last step reaches back over characters that were decoded before.
__attribute__((target("avx2"))) size_t DecodeTailAvx2(const char* in, size_t at, size_t end,
                                                      char* out) {
  if (end < kAvx2Step) return at;
  while (at < end) {
    const size_t from = std::min(at, end - kAvx2Step);
    __m256i bytes;
    if (!DecodeStepAvx2(in + from, bytes)) break;
    char step[32];
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(step), bytes);
    std::memcpy(out + from / 4 * 3, step, kAvx2Step / 4 * 3);
    at = from + kAvx2Step;
  }
  return at;
}
#endif

constexpr WideDecoder kPortable = {[](const char*, size_t, char*) -> size_t { return 0; },
                                   [](const char*, size_t at, size_t, char*) { return at; }};

WideDecoder ChooseWideDecoder() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2")) return {DecodeBlocksAvx2, DecodeTailAvx2};
#endif
  return kPortable;
}

const WideDecoder& TheWideDecoder() {
  static const WideDecoder kDecoder = ChooseWideDecoder();
  return kDecoder;
}

Base64Result BadCharacterFrom(std::string_view text, size_t position) {
  while (ValueOf(text[position]) != kBad) ++position;
  return {0, Base64Fault::kCharacter, position};
}

// The last group, with `padding` (1 or 2) characters of `=` behind its values.
Base64Result DecodePadded(std::string_view text, size_t at, size_t padding, char* out) {
  const uint8_t a = ValueOf(text[at]);
  const uint8_t b = ValueOf(text[at + 1]);
  const uint8_t c = padding == 1 ? ValueOf(text[at + 2]) : 0;
  if ((a | b | c) & kBad) return BadCharacterFrom(text, at);
  if (((padding == 1 ? c & 0x03 : b & 0x0f)) != 0) {
    return {0, Base64Fault::kTrailingBits, at + 3 - padding};
  }
  out[0] = static_cast<char>(a << 2 | b >> 4);
  if (padding == 1) out[1] = static_cast<char>(b << 4 | c >> 2);
  return {3 - padding};
}

// All of `text`, of which `at` characters are decoded already.
Base64Result DecodeFrom(std::string_view text, size_t at, char* out, const WideDecoder& wide) {
  if (text.size() % 4 != 0) return {0, Base64Fault::kLength, text.size()};
  if (text.empty()) return {};
  const size_t padding = text.back() != '=' ? 0 : text[text.size() - 2] != '=' ? 1 : 2;
  const size_t whole = text.size() - (padding == 0 ? 0 : 4);
  at = wide.tail(text.data(), at, whole, out);
  char* to = out + at / 4 * 3;
  for (; at < whole; at += 4, to += 3) {
    const uint8_t a = ValueOf(text[at]);
    const uint8_t b = ValueOf(text[at + 1]);
    const uint8_t c = ValueOf(text[at + 2]);
    const uint8_t d = ValueOf(text[at + 3]);
    if ((a | b | c | d) & kBad) return BadCharacterFrom(text, at);
    to[0] = static_cast<char>(a << 2 | b >> 4);
    to[1] = static_cast<char>(b << 4 | c >> 2);
    to[2] = static_cast<char>(c << 6 | d);
  }
  Base64Result last;
  if (padding != 0) last = DecodePadded(text, whole, padding, to);
  if (last.ok()) last.size += static_cast<size_t>(to - out);
  return last;
}

Base64Result Decode(std::string_view text, char* out, const WideDecoder& wide) {
  return DecodeFrom(text, wide.blocks(text.data(), text.size(), out), out, wide);
}

}  // namespace

Base64Result DecodeBase64(std::string_view text, char* out) {
  return Decode(text, out, TheWideDecoder());
}

Base64Result DecodeBase64Portable(std::string_view text, char* out) {
  return Decode(text, out, kPortable);
}

std::optional<QuotedBase64> DecodeBase64UntilQuote(std::string_view text, char* out) {
  const WideDecoder& wide = TheWideDecoder();
  const size_t at = wide.blocks(text.data(), text.size(), out);
  const size_t end = text.find('"', at);
  if (end == std::string_view::npos) return std::nullopt;
  return QuotedBase64{end, DecodeFrom(text.substr(0, end), at, out, wide)};
}

void EncodeBase64(std::string_view data, char* out) {
  const auto byte = [&](size_t i) -> uint32_t { return static_cast<uint8_t>(data[i]); };
  size_t at = 0;
  for (; at + 3 <= data.size(); at += 3, out += 4) {
    const uint32_t group = byte(at) << 16 | byte(at + 1) << 8 | byte(at + 2);
    out[0] = kAlphabet[group >> 18];
    out[1] = kAlphabet[group >> 12 & 63];
    out[2] = kAlphabet[group >> 6 & 63];
    out[3] = kAlphabet[group & 63];
  }
  const size_t left = data.size() - at;
  if (left == 0) return;
  const uint32_t group = byte(at) << 16 | (left == 2 ? byte(at + 1) << 8 : 0);
  out[0] = kAlphabet[group >> 18];
  out[1] = kAlphabet[group >> 12 & 63];
  out[2] = left == 2 ? kAlphabet[group >> 6 & 63] : '=';
  out[3] = '=';
}

std::string EncodeBase64(std::string_view data) {
  std::string text(Base64EncodedBytes(data.size()), '\0');
  EncodeBase64(data, text.data());
  return text;
}

}  // namespace hydrant
