// Any text: the fast decoder answers as the portable one, and what decodes encodes back to the same
// text.
#include "engine/codec/base64.h"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::string fast(hydrant::Base64DecodedBytesMax(size), '\0');
  std::string portable = fast;
  const hydrant::Base64Result a = hydrant::DecodeBase64(text, fast.data());
  const hydrant::Base64Result b = hydrant::DecodeBase64Portable(text, portable.data());
  if (a.fault != b.fault || a.position != b.position || a.size != b.size) std::abort();
  std::string until_quote(fast.size(), '\0');
  const auto quoted = hydrant::DecodeBase64UntilQuote(text, until_quote.data());
  const size_t quote = text.find('"');
  if (quoted.has_value() != (quote != std::string_view::npos)) std::abort();
  if (quoted) {
    std::string expected(fast.size(), '\0');
    const auto plain = hydrant::DecodeBase64Portable(text.substr(0, quote), expected.data());
    if (quoted->text_size != quote || quoted->result.fault != plain.fault) std::abort();
    if (quoted->result.position != plain.position || quoted->result.size != plain.size)
      std::abort();
    if (until_quote.compare(0, plain.size, expected, 0, plain.size) != 0) std::abort();
  }
  if (!a.ok()) return 0;
  if (fast != portable) std::abort();
  if (hydrant::EncodeBase64({fast.data(), a.size}) != text) std::abort();
  return 0;
}
