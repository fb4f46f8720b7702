#include "engine/codec/pieces.h"

#include <isa-l/crc.h>

namespace hydrant {

uint32_t Crc32(std::span<const std::string_view> pieces) {
  uint32_t crc = 0;
  for (const std::string_view piece : pieces) {
    crc = crc32_gzip_refl(crc, reinterpret_cast<const uint8_t*>(piece.data()), piece.size());
  }
  return crc;
}

}  // namespace hydrant
