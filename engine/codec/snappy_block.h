// Snappy blocks with a length before each: what both Snappy formats of Firehose are made of.
// Owner:   any thread
// Units:   blocks of 32 KiB of input
// Source:  snappy-java's SnappyOutputStream and SnappyHadoopCompatibleOutputStream, whose default
// block
//          size is what Firehose's objects show; docs/decisions/0004-snappy-framing.md
#pragma once

#include "engine/codec/block_buffer.h"

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

namespace hydrant {

// Cuts the pieces, read as one text, into blocks of 32 KiB and a last shorter one (none when there
// is no input). A block that lies in one piece is that piece's memory; others are joined in a
// scratch buffer.
void ForEachSnappyBlock(std::span<const std::string_view> pieces,
                        const std::function<void(std::string_view block)>& each);

void AppendBigEndian32(BlockBuffer& out, uint32_t value);
// Compressed length (big-endian), compressed bytes.
void AppendSnappyBlock(BlockBuffer& out, std::string_view block);

}  // namespace hydrant
