#include "engine/log/segment_table.h"

#include "engine/base/check.h"

#include <algorithm>
#include <utility>

namespace hydrant {
namespace {

// A reader walks at most this much of a segment to find its position.
constexpr uint64_t kMarkSpacingBytes = 64 << 10;

}  // namespace

void SegmentTable::Add(Segment segment) {
  HYDRANT_CHECK(segment.id.first >= end_);
  end_ = segment.id.first;
  bytes_ += segment.bytes;
  segments_.push_back(std::move(segment));
}

void SegmentTable::Grow(uint64_t bytes, Position end) {
  HYDRANT_CHECK(end >= end_);
  end_ = end;
  if (segments_.empty()) return;
  HYDRANT_CHECK(bytes >= segments_.back().bytes);
  bytes_ += bytes - segments_.back().bytes;
  segments_.back().bytes = bytes;
}

void SegmentTable::DropOldest() {
  bytes_ -= segments_.front().bytes;
  segments_.pop_front();
}

size_t SegmentTable::IndexOf(Position position) const {
  const auto behind = std::partition_point(
      segments_.begin(), segments_.end(),
      [position](const Segment& segment) { return segment.id.first <= position; });
  HYDRANT_CHECK(behind != segments_.begin());
  return static_cast<size_t>(behind - segments_.begin()) - 1;
}

SegmentView SegmentTable::ViewOf(size_t index) const {
  const Segment& segment = segments_[index];
  return {PathOf(segment.id), segment.id, EndOf(index), segment.bytes, kSegmentHeaderBytes};
}

SegmentView SegmentTable::Locate(Position from) const {
  const size_t index = IndexOf(from);
  SegmentView view = ViewOf(index);
  const std::vector<FrameMark>& marks = segments_[index].marks;
  const auto behind = std::partition_point(
      marks.begin(), marks.end(), [from](const FrameMark& mark) { return mark.position <= from; });
  if (behind != marks.begin()) view.offset = std::prev(behind)->offset;
  return view;
}

void SegmentTable::AddMark(FrameMark mark) {
  if (mark.position < begin() || mark.position >= end_) return;  // dropped meanwhile, or the end
  std::vector<FrameMark>& marks = segments_[IndexOf(mark.position)].marks;
  const auto behind = std::partition_point(
      marks.begin(), marks.end(), [&](const FrameMark& m) { return m.offset <= mark.offset; });
  const uint64_t before = behind == marks.begin() ? 0 : std::prev(behind)->offset;
  const bool far = mark.offset - before >= kMarkSpacingBytes &&
                   (behind == marks.end() || behind->offset - mark.offset >= kMarkSpacingBytes);
  if (far) marks.insert(behind, mark);
}

uint64_t SegmentTable::BytesBelow(Position position) const {
  uint64_t bytes = 0;
  for (size_t i = 0; i < segments_.size() && EndOf(i) <= position; ++i) bytes += segments_[i].bytes;
  return bytes;
}

std::vector<SegmentView> SegmentTable::WrittenSince(absl::Time time) const {
  // A segment ends when the next one is made, and nothing in it arrived later than that.
  size_t index = 0;
  while (index + 1 < segments_.size() &&
         absl::FromUnixMicros(segments_[index + 1].created_us) < time) {
    ++index;
  }
  std::vector<SegmentView> views;
  for (; index < segments_.size(); ++index) views.push_back(ViewOf(index));
  return views;
}

}  // namespace hydrant
