// CompressHadoopSnappy: what Hadoop's SnappyCodec reads: blocks, each its length before compression
// (big-endian), then one sub-block: its compressed length and bytes.
// Owner:   any thread
// Units:   blocks of 32 KiB, as Firehose's; Hadoop's reader takes any up to its buffer (256 KiB by
//          default)
// Source:  Hadoop, BlockCompressorStream and BlockDecompressorStream
#pragma once

#include "engine/codec/block_buffer.h"

#include <span>
#include <string_view>

namespace hydrant {

// No input gives no bytes, which readers take for an empty file.
BlockBuffer CompressHadoopSnappy(std::span<const std::string_view> pieces);

}  // namespace hydrant
