// BlockBuffer: bytes written once, into blocks that never move, whose number grows with the output.
// Why:     an encoder does not know how long its output will be. Growing one block would copy it
// again and
//          again; guessing would hold memory that is not needed.
// Owner:   not thread-safe while it is written; then shared read-only
// Units:   bytes
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace hydrant {

class BlockBuffer {
 public:
  // The first block holds `first_block_bytes` (within bounds of its own); later ones have a fixed
  // size.
  explicit BlockBuffer(size_t first_block_bytes);

  // Contiguous room behind what was committed: at least `size` bytes, and all of the current block
  // that is free. It holds until the next call. Bytes before it keep their place for good.
  std::span<char> Reserve(size_t size);
  // Makes the first `size` bytes of the last Reserve part of the output.
  void Commit(size_t size);
  // Fills blocks to their ends.
  void Append(std::string_view bytes);

  uint64_t size() const { return size_; }
  // What the blocks take, used or not.
  uint64_t memory_bytes() const { return memory_bytes_; }
  // The output in order; the views live as long as this object's blocks, wherever it is moved.
  std::vector<std::string_view> Pieces() const;

 private:
  struct Block {
    std::unique_ptr<char[]> data;
    size_t capacity;
    size_t used;
  };
  std::vector<Block> blocks_;
  uint64_t size_ = 0;
  uint64_t memory_bytes_ = 0;
  size_t next_block_bytes_;
};

}  // namespace hydrant
