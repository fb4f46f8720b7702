// CompressZip: a ZIP archive of one deflated file. Its date is 1980-01-01, the format's zero: the
// same input gives the same bytes.
// Owner:   any thread
// Units:   `entry_name` is UTF-8 of at most 65,535 bytes; ZIP64 from 4 GiB on
// Errors:  those of Deflate and DenseDeflate
// Source:  PKWARE APPNOTE 6.3.10, 4.3.7 (local header), 4.3.12 (central directory), 4.3.14–16
//          (ends), 4.5.3 (ZIP64 extra field)
#pragma once

#include "engine/base/status.h"
#include "engine/codec/block_buffer.h"

#include <optional>
#include <span>
#include <string_view>

namespace hydrant {

// By ISA-L; with `dense_level`, by DenseDeflate.
StatusOr<BlockBuffer> CompressZip(std::span<const std::string_view> pieces,
                                  std::optional<int> dense_level, std::string_view entry_name);

}  // namespace hydrant
