// CompressGzip: one gzip member, without name or time: the same input gives the same bytes.
// Owner:   any thread
// Errors:  those of Deflate and DenseDeflate
// Source:  RFC 1952
#pragma once

#include "engine/base/status.h"
#include "engine/codec/block_buffer.h"

#include <optional>
#include <span>
#include <string_view>

namespace hydrant {

// By ISA-L; with `dense_level`, by DenseDeflate.
StatusOr<BlockBuffer> CompressGzip(std::span<const std::string_view> pieces,
                                   std::optional<int> dense_level);

}  // namespace hydrant
