// SegmentTable: what a log knows of its segments in memory, and where in them a position lies.
// Owner:   not thread-safe: caller serializes. Nothing here touches the disk.
// Units:   bytes on disk; one mark of 16 bytes for every 64 KiB of log that was written or read
#pragma once

#include "engine/log/segment.h"
#include "engine/log/segment_reader.h"

#include <absl/time/time.h>

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace hydrant {

// A frame that begins with record `position` begins at `offset`.
struct FrameMark {
  Position position;
  uint64_t offset = 0;
};

struct Segment {
  SegmentId id;
  int64_t created_us = 0;
  uint64_t bytes = kSegmentHeaderBytes;
  std::vector<FrameMark> marks = {};  // ascending
};

class SegmentTable {
 public:
  explicit SegmentTable(std::string directory) : directory_(std::move(directory)) {}

  // Segments are added in order; the last one is where the log grows.
  void Add(Segment segment);
  // The last segment grew to `bytes`, the log to `end`.
  void Grow(uint64_t bytes, Position end);
  // Takes the oldest one out.
  void DropOldest();

  // Where to read `from`, which must be in [begin, end).
  SegmentView Locate(Position from) const;
  // Remembers where a frame begins in the segment that holds it.
  void AddMark(FrameMark mark);
  // The first segment that can hold a frame that arrived at or after `time`, and those behind it.
  std::vector<SegmentView> WrittenSince(absl::Time time) const;

  bool empty() const { return segments_.empty(); }
  size_t size() const { return segments_.size(); }
  uint64_t bytes() const { return bytes_; }
  const Segment& oldest() const { return segments_.front(); }
  const Segment& newest() const { return segments_.back(); }
  // First position behind the oldest segment.
  Position oldest_end() const { return EndOf(0); }
  // When the oldest segment was written last, if another one follows it.
  int64_t oldest_closed_us() const { return segments_[1].created_us; }
  // Of the segments that end at or below `position`.
  uint64_t BytesBelow(Position position) const;
  Position begin() const { return empty() ? end_ : segments_.front().id.first; }
  Position end() const { return end_; }
  std::string PathOf(const SegmentId& id) const { return directory_ + "/" + SegmentFileName(id); }

 private:
  Position EndOf(size_t index) const {
    return index + 1 < segments_.size() ? segments_[index + 1].id.first : end_;
  }
  SegmentView ViewOf(size_t index) const;
  size_t IndexOf(Position position) const;

  std::string directory_;
  std::deque<Segment> segments_;
  uint64_t bytes_ = 0;
  Position end_;
};

}  // namespace hydrant
