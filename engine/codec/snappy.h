// CompressSnappy: what Firehose calls Snappy, the stream format of snappy-java. It is not the
// framing format of Google's framing_format.txt: docs/decisions/0004-snappy-framing.md says how
// that is known.
// Owner:   any thread
// Source:  snappy-java, SnappyCodec (header of 16 bytes) and SnappyOutputStream (blocks)
#pragma once

#include "engine/codec/block_buffer.h"

#include <span>
#include <string_view>

namespace hydrant {

BlockBuffer CompressSnappy(std::span<const std::string_view> pieces);

}  // namespace hydrant
