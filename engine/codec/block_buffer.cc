#include "engine/codec/block_buffer.h"

#include "engine/base/check.h"

#include <algorithm>
#include <cstring>

namespace hydrant {
namespace {

constexpr size_t kFirstBlockBytesMin = 512;
constexpr size_t kBlockBytes = 256 * 1024;

}  // namespace

BlockBuffer::BlockBuffer(size_t first_block_bytes)
    : next_block_bytes_(std::clamp(first_block_bytes, kFirstBlockBytesMin, kBlockBytes)) {}

std::span<char> BlockBuffer::Reserve(size_t size) {
  if (blocks_.empty() || blocks_.back().capacity - blocks_.back().used < size) {
    const size_t capacity = std::max(size, next_block_bytes_);
    blocks_.push_back({std::make_unique_for_overwrite<char[]>(capacity), capacity, 0});
    memory_bytes_ += capacity;
    next_block_bytes_ = kBlockBytes;
  }
  Block& block = blocks_.back();
  return {block.data.get() + block.used, block.capacity - block.used};
}

void BlockBuffer::Commit(size_t size) {
  HYDRANT_CHECK(!blocks_.empty() && size <= blocks_.back().capacity - blocks_.back().used);
  blocks_.back().used += size;
  size_ += size;
}

void BlockBuffer::Append(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::span<char> room = Reserve(1);
    const size_t size = std::min(bytes.size(), room.size());
    std::memcpy(room.data(), bytes.data(), size);
    Commit(size);
    bytes.remove_prefix(size);
  }
}

std::vector<std::string_view> BlockBuffer::Pieces() const {
  std::vector<std::string_view> pieces;
  pieces.reserve(blocks_.size());
  for (const Block& block : blocks_) {
    if (block.used > 0) pieces.emplace_back(block.data.get(), block.used);
  }
  return pieces;
}

}  // namespace hydrant
