// Decompressor: a Content-Encoding undone piece by piece, in bounded memory.
// Owner:   not thread-safe: caller serializes
// Units:   zstd windows up to 8 MiB
// Errors:  kInvalidArgument: the input is damaged or not of the format
// Source:  RFC 1952 (members follow one another), RFC 8878, RFC 9659 (zstd window at most 8 MiB)
#pragma once

#include "engine/base/status.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace hydrant::http_lines {

enum class ContentCoding { kIdentity, kGzip, kZstd };

// "", "identity", "gzip", "x-gzip", "zstd" in any case; nothing for others and for lists of
// several.
std::optional<ContentCoding> ParseContentCoding(std::string_view header);

class Decompressor {
 public:
  struct Step {
    size_t consumed = 0;
    size_t produced = 0;
  };

  virtual ~Decompressor() = default;
  // Decodes from `in` into `out` until one of them is used up. With `out` not empty it makes
  // progress unless `in` is empty and nothing is left inside.
  virtual StatusOr<Step> Decode(std::string_view in, std::span<char> out) = 0;
  // Whether the input may end here: behind a whole member or frame.
  virtual bool at_boundary() const = 0;
  // What it holds by now.
  virtual size_t memory_bytes() const = 0;
};

// `coding` must not be kIdentity.
std::unique_ptr<Decompressor> MakeDecompressor(ContentCoding coding);

}  // namespace hydrant::http_lines
