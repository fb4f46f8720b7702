// DenseDeflate: one deflate stream by libdeflate, for who would rather pay with CPU than with storage.
// Why:     libdeflate takes a whole buffer at a time and ends the stream with it. So the pieces are gathered into
//          windows of 1 MiB, each is compressed by itself, and what ends the stream is taken out at the seams.
//          Gzip members would need no seams, but not all readers go on behind the first (decision 0014).
// Owner:   any thread
// Units:   holds at most kDenseDeflateWorkBytes while it runs, beside its input and output
// Errors:  kInternal when a library refuses
// Source:  RFC 1951, 3.2.3 (last block, bit order) and 3.2.4 (stored blocks); zlib.h, inflate (Z_BLOCK)
#pragma once

#include "engine/base/status.h"
#include "engine/codec/block_buffer.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace hydrant {

// A window, what is made of it, libdeflate's compressor (0.65 MiB) and zlib's inflater.
inline constexpr uint64_t kDenseDeflateWorkBytes = 3 << 20;

// Behind what `out` holds already. `level` is libdeflate's, 1 to 9.
Status DenseDeflate(std::span<const std::string_view> pieces, int level, BlockBuffer& out);

}  // namespace hydrant
