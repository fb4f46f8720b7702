// LineCutter: text that is written piece by piece into one block, cut into records where it lies.
// Owner:   not thread-safe: caller serializes
// Units:   a record is at most 1,024,000 bytes, its newline included when that is kept
// Errors:  kOutOfRange: a longer line, by its number
//
// Read into Room(), Advance(n) by what came; when full(), Grow the block, or Take the batch and go
// on in the next block, into which the unfinished line is moved. At the end of the text Take while
// stopped(), then TakeLast. With newlines kept and no empty lines not a byte is moved within a
// block.
#pragma once

#include "engine/base/status.h"
#include "engine/record/arena.h"
#include "engine/record/record_batch.h"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace hydrant::http_lines {

inline constexpr size_t kRecordBytesMax = 1024000;
// Blocks from this size on hold at least one whole line: only these may be taken.
inline constexpr size_t kBlockBytes = size_t{1} << 20;

enum class Newline { kKeep, kStrip };

class LineCutter {
 public:
  LineCutter(Arena block, Newline newline);

  // Where the next bytes go.
  std::span<char> Room() const { return {block_.data() + size_, block_.capacity() - size_}; }
  // Notes that `size` bytes were written into Room(), and cuts what is whole. Empty lines are
  // dropped.
  Status Advance(size_t size);

  // Neither room nor, when stopped, leave to cut more.
  bool full() const { return stopped_ || size_ == block_.capacity(); }
  // There are as many records as a batch of this size may have, and more text to cut.
  bool stopped() const { return stopped_; }
  size_t block_bytes() const { return block_.capacity(); }
  size_t record_count() const { return ends_.size(); }
  // Text that is not cut yet.
  size_t uncut_bytes() const { return size_ - line_; }

  // Goes on in a larger block.
  Status Grow(Arena larger);
  // The records so far (perhaps none). What is uncut is moved into `next`, which must have room for
  // more.
  StatusOr<std::unique_ptr<RecordBatch>> Take(Arena next, absl::Time arrival);
  // The text has ended: what is behind the last newline is a record as it is. Ends the cutter.
  StatusOr<std::unique_ptr<RecordBatch>> TakeLast(absl::Time arrival);

  // The most that a block of `capacity` bytes takes, record ends included.
  static size_t MemoryFor(size_t capacity) { return capacity + capacity / 2; }

 private:
  Status Cut();
  Status AddRecord(size_t size);
  void ResetFor(Arena block);

  Arena block_;
  const Newline newline_;
  size_t kept_ = 0;     // records lie in [0, kept_); [kept_, line_) was dropped
  size_t line_ = 0;     // where the next line starts
  size_t scanned_ = 0;  // no newline in [line_, scanned_)
  size_t size_ = 0;     // bytes written
  size_t records_max_ = 0;
  bool stopped_ = false;
  uint64_t line_number_ = 1;
  std::vector<uint32_t> ends_;
};

}  // namespace hydrant::http_lines
