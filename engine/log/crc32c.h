// Crc32c: the Castagnoli checksum that guards log and ledger.
// Owner:   any thread
// Source:  RFC 3720, appendix B.4; ISA-L crc.h (crc32_iscsi neither sets the register nor
// complements)
#pragma once

#include <cstdint>
#include <string_view>

namespace hydrant {

// The checksum of what `crc` covers followed by `bytes`; 0 covers nothing.
uint32_t ExtendCrc32c(uint32_t crc, std::string_view bytes);
inline uint32_t Crc32c(std::string_view bytes) { return ExtendCrc32c(0, bytes); }

}  // namespace hydrant
