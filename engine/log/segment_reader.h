// Reading of one segment file: walking its frames, checking them, joining their records to batches.
// Owner:   any thread; each call uses only what is handed in
// Units:   bytes in the file, record positions
// Errors:  those of ReadFile (the device failed: try again, nothing was skipped). Damage is no
// error:
//          it is passed over and reported.
#pragma once

#include "engine/io/file_system.h"
#include "engine/log/record_log.h"
#include "engine/log/segment.h"
#include "engine/record/arena.h"

#include <absl/time/time.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hydrant {

// What is known of a segment when a part of it is to be read.
struct SegmentView {
  std::string path;
  SegmentId id;
  Position end;              // first position behind the segment
  uint64_t limit_bytes = 0;  // readers look no further into the file
  uint64_t offset = 0;       // of a frame at or before the wanted position
};

struct FrameSpot {
  uint64_t offset = 0;
  FrameHeader header;
  uint64_t end_offset() const { return offset + header.frame_bytes(); }
};

// Finds frames, reading through a window so that small ones cost no call each.
class FrameCursor {
 public:
  FrameCursor(ReadFile& file, const SegmentId& id, uint64_t limit_bytes, size_t window_bytes);

  // The first intact frame header at or after `offset`; nothing when there is none.
  StatusOr<std::optional<FrameSpot>> Next(uint64_t offset);
  // Whether the frame's body is what was written.
  StatusOr<bool> BodyIsIntact(const FrameSpot& spot);

 private:
  // `size` bytes at `offset`, or what is left up to the limit.
  StatusOr<std::string_view> View(uint64_t offset, size_t size);

  ReadFile& file_;
  const SegmentId id_;
  const uint64_t limit_bytes_;
  const size_t window_bytes_;
  std::unique_ptr<char[]> window_;
  size_t window_capacity_ = 0;
  uint64_t window_offset_ = 0;
  size_t window_size_ = 0;
};

struct SegmentRead {
  RecordBatchPtr batch;      // null: no intact record from the asked position on
  uint64_t next_offset = 0;  // where the frame behind the batch starts
  std::vector<LogDamage> damage;
};
// The records from `from` on, of about `bytes_max` bytes of frames, at least one frame.
StatusOr<SegmentRead> ReadSegment(ReadFile& file, const SegmentView& view, Position from,
                                  uint64_t bytes_max, ArenaPool& pool);

// First position of the first frame that arrived at or after `time`.
StatusOr<std::optional<Position>> FindArrival(ReadFile& file, const SegmentView& view,
                                              absl::Time time);

struct SegmentScan {
  Position end;                   // behind the last valid frame
  uint64_t valid_bytes = 0;       // up to the end of the last valid frame
  std::vector<LogDamage> damage;  // before that
};
// Checks every frame.
StatusOr<SegmentScan> ScanSegment(ReadFile& file, const SegmentView& view);

}  // namespace hydrant
