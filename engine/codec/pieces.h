// Pieces: an encoder's input, runs of bytes to be read one after the other as one text.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace hydrant {

inline uint64_t TotalBytes(std::span<const std::string_view> pieces) {
  uint64_t total = 0;
  for (const std::string_view piece : pieces) total += piece.size();
  return total;
}

// As gzip and ZIP have it, by ISA-L.
uint32_t Crc32(std::span<const std::string_view> pieces);

// Size of the first block of output made from `pieces`: a guess that text shrinks to a quarter.
inline size_t FirstBlockBytes(std::span<const std::string_view> pieces) {
  return TotalBytes(pieces) / 4;
}

}  // namespace hydrant
