#include "engine/codec/hadoop_snappy.h"

#include "engine/codec/pieces.h"
#include "engine/codec/snappy_block.h"

namespace hydrant {

BlockBuffer CompressHadoopSnappy(std::span<const std::string_view> pieces) {
  BlockBuffer out(FirstBlockBytes(pieces));
  ForEachSnappyBlock(pieces, [&](std::string_view block) {
    AppendBigEndian32(out, static_cast<uint32_t>(block.size()));
    AppendSnappyBlock(out, block);
  });
  return out;
}

}  // namespace hydrant
