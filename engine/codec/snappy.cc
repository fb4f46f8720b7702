#include "engine/codec/snappy.h"

#include "engine/codec/pieces.h"
#include "engine/codec/snappy_block.h"

namespace hydrant {
namespace {

constexpr std::string_view kMagic("\x82SNAPPY\0", 8);
constexpr uint32_t kVersion = 1;
constexpr uint32_t kCompatibleVersion = 1;

}  // namespace

BlockBuffer CompressSnappy(std::span<const std::string_view> pieces) {
  BlockBuffer out(FirstBlockBytes(pieces));
  out.Append(kMagic);
  AppendBigEndian32(out, kVersion);
  AppendBigEndian32(out, kCompatibleVersion);
  ForEachSnappyBlock(pieces, [&](std::string_view block) { AppendSnappyBlock(out, block); });
  return out;
}

}  // namespace hydrant
