// SlowCrc32c: CRC-32C a byte at a time by a table: what the stages' checksums are checked with, since it
// has nothing in common with ISA-L's.
// Owner:   any thread
// Source:  RFC 3720 appendix B.4
#pragma once

#include <cstdint>
#include <string_view>

namespace hydrant::roofline {

uint32_t SlowCrc32c(std::string_view bytes);

}  // namespace hydrant::roofline
