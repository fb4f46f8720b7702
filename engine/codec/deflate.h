// Deflate: a deflate stream by ISA-L at its level 1, straight from pieces into blocks.
// Owner:   any thread; each keeps its own compressor (about 0.5 MiB) for its next call
// Units:   a piece is at most 4 GiB - 1 bytes, all together may be more
// Errors:  kInternal when ISA-L refuses
// Source:  RFC 1951, RFC 1952; igzip_lib.h
#pragma once

#include "engine/base/status.h"
#include "engine/codec/block_buffer.h"

#include <span>
#include <string_view>

namespace hydrant {

enum class DeflateWrapper { kNone, kGzip };

// Behind what `out` holds already.
Status Deflate(std::span<const std::string_view> pieces, DeflateWrapper wrapper, BlockBuffer& out);

}  // namespace hydrant
