#include "engine/log/crc32c.h"

#include <isa-l/crc.h>

#include <algorithm>

namespace hydrant {

uint32_t ExtendCrc32c(uint32_t crc, std::string_view bytes) {
  constexpr size_t kStep = size_t{1} << 30;  // ISA-L counts in int
  uint32_t reg = ~crc;
  while (!bytes.empty()) {
    const size_t step = std::min(bytes.size(), kStep);
    auto* data = reinterpret_cast<unsigned char*>(const_cast<char*>(bytes.data()));
    reg = crc32_iscsi(data, static_cast<int>(step), reg);
    bytes.remove_prefix(step);
  }
  return ~reg;
}

}  // namespace hydrant
