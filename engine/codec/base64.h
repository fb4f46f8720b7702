// Base64: the standard alphabet with padding, decoded as strictly as AWS decodes a blob: a multiple
// of four characters, `=` only as the last one or two, no white space, and no bits set behind the
// last byte. Uses AVX2 where the processor has it. Reads and writes nothing outside the given
// ranges.
// Owner:   any thread
// Units:   bytes
// Errors:  Base64Result::fault, in the order in which AWS checks: length, character, trailing bits
// Source:  RFC 4648 sections 4 and 3.5; W. Muła, D. Lemire, "Faster Base64 Encoding and Decoding
//          Using AVX2 Instructions" (2018); what AWS accepts: answers of Kinesis as kinesalite's
//          tests keep them
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace hydrant {

enum class Base64Fault {
  kNone,
  kLength,        // not a multiple of four
  kCharacter,     // outside the alphabet, or `=` too early; `position` says where
  kTrailingBits,  // the last character carries bits that no byte holds
};

struct Base64Result {
  size_t size = 0;  // bytes written; 0 after a fault
  Base64Fault fault = Base64Fault::kNone;
  size_t position = 0;
  bool ok() const { return fault == Base64Fault::kNone; }
};

// Room that decoding `encoded_size` characters may need.
constexpr size_t Base64DecodedBytesMax(size_t encoded_size) { return encoded_size / 4 * 3; }
constexpr size_t Base64EncodedBytes(size_t size) { return (size + 2) / 3 * 4; }

// Writes the bytes that `text` stands for to `out`, which has room for exactly those (at most
// Base64DecodedBytesMax). After a fault the content of `out` is undefined.
Base64Result DecodeBase64(std::string_view text, char* out);

// The same for a text that ends before the first `"` of `text`, which is no character of base64: it
// is found on the way. `out` has room for Base64DecodedBytesMax(text.size()), wherever the quote is.
// Nothing when there is no quote.
struct QuotedBase64 {
  size_t text_size;  // up to the quote
  Base64Result result;
};
std::optional<QuotedBase64> DecodeBase64UntilQuote(std::string_view text, char* out);

// Writes Base64EncodedBytes(data.size()) characters.
void EncodeBase64(std::string_view data, char* out);
std::string EncodeBase64(std::string_view data);

// The portable decoder, for processors without AVX2; the same answers. Public for tests and
// benches.
Base64Result DecodeBase64Portable(std::string_view text, char* out);

}  // namespace hydrant
