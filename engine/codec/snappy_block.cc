#include "engine/codec/snappy_block.h"

#include <snappy.h>

#include <algorithm>
#include <string>

namespace hydrant {
namespace {

constexpr size_t kBlockBytes = 32 * 1024;

void StoreBigEndian32(char* at, uint32_t value) {
  for (int i = 0; i < 4; ++i) at[i] = static_cast<char>(value >> (24 - 8 * i));
}

}  // namespace

void ForEachSnappyBlock(std::span<const std::string_view> pieces,
                        const std::function<void(std::string_view block)>& each) {
  std::string joined;  // the begin of a block whose rest is in later pieces
  for (std::string_view piece : pieces) {
    if (!joined.empty()) {
      const size_t wanted = std::min(kBlockBytes - joined.size(), piece.size());
      joined.append(piece.substr(0, wanted));
      piece.remove_prefix(wanted);
      if (joined.size() < kBlockBytes) continue;
      each(joined);
      joined.clear();
    }
    for (; piece.size() >= kBlockBytes; piece.remove_prefix(kBlockBytes)) {
      each(piece.substr(0, kBlockBytes));
    }
    joined.append(piece);
  }
  if (!joined.empty()) each(joined);
}

void AppendBigEndian32(BlockBuffer& out, uint32_t value) {
  StoreBigEndian32(out.Reserve(4).data(), value);
  out.Commit(4);
}

void AppendSnappyBlock(BlockBuffer& out, std::string_view block) {
  char* const at = out.Reserve(4 + snappy::MaxCompressedLength(block.size())).data();
  size_t compressed_bytes = 0;
  snappy::RawCompress(block.data(), block.size(), at + 4, &compressed_bytes);
  StoreBigEndian32(at, static_cast<uint32_t>(compressed_bytes));
  out.Commit(4 + compressed_bytes);
}

}  // namespace hydrant
