#include "sources/http_lines/line_cutter.h"

#include "engine/base/check.h"

#include <cstring>
#include <string>
#include <utility>

namespace hydrant::http_lines {
namespace {

// Record ends cost four bytes each, and twice that while their vector grows: bounding their number
// by the block's size bounds what tiny lines cost.
constexpr size_t kBytesPerRecordMin = 16;
constexpr size_t kBytesPerRecordGuess = 64;

}  // namespace

LineCutter::LineCutter(Arena block, Newline newline) : newline_(newline) {
  ResetFor(std::move(block));
}

void LineCutter::ResetFor(Arena block) {
  block_ = std::move(block);
  kept_ = line_ = scanned_ = size_ = 0;
  records_max_ = block_.capacity() / kBytesPerRecordMin;
  ends_ = {};
  ends_.reserve(block_.capacity() / kBytesPerRecordGuess);
}

Status LineCutter::Advance(size_t size) {
  size_ += size;
  HYDRANT_CHECK(size_ <= block_.capacity());
  return Cut();
}

Status LineCutter::Cut() {
  const char* const data = block_.data();
  stopped_ = false;
  while (ends_.size() < records_max_) {
    const void* newline = std::memchr(data + scanned_, '\n', size_ - scanned_);
    if (newline == nullptr) {
      scanned_ = size_;
      // Behind the longest line its CR may follow.
      if (uncut_bytes() > kRecordBytesMax + 1) return AddRecord(uncut_bytes());
      return Status();
    }
    const size_t next = static_cast<size_t>(static_cast<const char*>(newline) - data) + 1;
    size_t text = next - line_ - 1;
    if (text > 0 && data[line_ + text - 1] == '\r') --text;
    if (text > 0) RETURN_IF_ERROR(AddRecord(newline_ == Newline::kKeep ? next - line_ : text));
    line_ = scanned_ = next;
    ++line_number_;
  }
  stopped_ = line_ < size_;
  return Status();
}

// Makes the first `size` bytes of the current line a record.
Status LineCutter::AddRecord(size_t size) {
  if (size > kRecordBytesMax) {
    return absl::OutOfRangeError("line " + std::to_string(line_number_) + " is longer than " +
                                 std::to_string(kRecordBytesMax) + " bytes");
  }
  if (kept_ != line_) std::memmove(block_.data() + kept_, block_.data() + line_, size);
  kept_ += size;
  ends_.push_back(static_cast<uint32_t>(kept_));
  return Status();
}

Status LineCutter::Grow(Arena larger) {
  HYDRANT_CHECK(larger.capacity() > block_.capacity());
  std::memcpy(larger.data(), block_.data(), size_);
  block_ = std::move(larger);
  records_max_ = block_.capacity() / kBytesPerRecordMin;
  return Cut();
}

StatusOr<std::unique_ptr<RecordBatch>> LineCutter::Take(Arena next, absl::Time arrival) {
  HYDRANT_CHECK(block_.capacity() >= kBlockBytes && next.capacity() > uncut_bytes());
  const size_t uncut = uncut_bytes();
  std::memcpy(next.data(), block_.data() + line_, uncut);
  auto batch = RecordBatchBuilder::Adopt(std::move(block_), std::move(ends_), arrival);
  ResetFor(std::move(next));
  size_ = uncut;
  RETURN_IF_ERROR(Cut());
  return batch;
}

StatusOr<std::unique_ptr<RecordBatch>> LineCutter::TakeLast(absl::Time arrival) {
  HYDRANT_CHECK(!stopped_);
  if (uncut_bytes() > 0) RETURN_IF_ERROR(AddRecord(uncut_bytes()));
  return RecordBatchBuilder::Adopt(std::move(block_), std::move(ends_), arrival);
}

}  // namespace hydrant::http_lines
