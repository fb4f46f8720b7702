#include "engine/log/segment_reader.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

namespace hydrant {
namespace {

// For walking headers: many small frames in one call, not too much in vain over large ones.
constexpr size_t kWalkWindowBytes = 64 << 10;
// For checking whole files.
constexpr size_t kScanWindowBytes = 1 << 20;

LogDamage MakeDamage(const SegmentView& view, uint64_t offset, uint64_t end_offset,
                     PositionRange positions, std::string_view reason) {
  return {view.path, offset, end_offset - std::min(offset, end_offset), positions,
          std::string(reason)};
}

// Moves the records of intact frames together at the start of a window of the file.
class FrameJoiner {
 public:
  FrameJoiner(const SegmentView& view, ArenaPool& pool, size_t window_bytes)
      : view_(view), builder_(pool, window_bytes), window_(builder_.Reserve(window_bytes)) {}

  char* window() const { return window_; }
  bool empty() const { return builder_.record_count() == 0; }
  Position end() const { return end_; }

  // Takes the frame at `at` in the window, from position `from` on; false when it is damaged, cut
  // off, or does not follow.
  bool Take(std::string_view window, size_t at, uint64_t file_offset, Position from,
            size_t* frame_bytes) {
    const std::optional<FrameHeader> header =
        DecodeFrameHeader(window.substr(at), view_.id, file_offset);
    if (!header || header->frame_bytes() > window.size() - at) return false;
    if (empty() ? header->end() <= from : header->first != end_) return false;
    const std::string_view body = window.substr(at + kFrameHeaderBytes, header->body_bytes());
    if (!BodyIsValid(*header, body)) return false;
    Add(*header, body, empty() && from > header->first ? from - header->first : 0);
    *frame_bytes = header->frame_bytes();
    return true;
  }

  RecordBatchPtr Build() && {
    return std::move(builder_).Build(absl::FromUnixMicros(arrival_us_), first_);
  }

 private:
  void Add(const FrameHeader& header, std::string_view body, uint64_t skipped) {
    if (empty()) {
      first_ = header.first + skipped;
      arrival_us_ = header.arrival_us;
    }
    arrival_us_ = std::min(arrival_us_, header.arrival_us);
    end_ = header.end();
    // Frames lie at multiples of 8, so the ends are aligned.
    const std::span<const uint32_t> ends(reinterpret_cast<const uint32_t*>(body.data()),
                                         header.record_count);
    const uint32_t begin = skipped == 0 ? 0 : ends[skipped - 1];
    char* to = window_ + builder_.payload_bytes();
    // The ends go first: the payload may move over them.
    builder_.CommitRecords(ends.subspan(skipped), begin);
    std::memmove(to, body.data() + header.ends_bytes() + begin, header.payload_bytes - begin);
  }

  const SegmentView& view_;
  RecordBatchBuilder builder_;
  char* window_;
  Position first_;
  Position end_;
  int64_t arrival_us_ = 0;
};

// Joins the frames from `spot` on. The batch is null when the first one's body is damaged.
StatusOr<SegmentRead> JoinFrames(ReadFile& file, const SegmentView& view, const FrameSpot& spot,
                                 Position from, uint64_t bytes_max, ArenaPool& pool) {
  const uint64_t wanted = std::max(spot.header.frame_bytes(), std::min(bytes_max, kFrameBytesMax));
  const size_t window_bytes = std::min(wanted, view.limit_bytes - spot.offset);
  FrameJoiner joiner(view, pool, window_bytes);
  ASSIGN_OR_RETURN(const size_t got, file.ReadAt(spot.offset, {joiner.window(), window_bytes}));
  const std::string_view window(joiner.window(), got);
  size_t at = 0;
  size_t frame_bytes = 0;
  while (at < got && joiner.Take(window, at, spot.offset + at, from, &frame_bytes)) {
    at += frame_bytes;
  }
  SegmentRead read;
  read.next_offset = spot.offset + at;
  if (!joiner.empty()) read.batch = std::move(joiner).Build();
  return read;
}

}  // namespace

FrameCursor::FrameCursor(ReadFile& file, const SegmentId& id, uint64_t limit_bytes,
                         size_t window_bytes)
    : file_(file), id_(id), limit_bytes_(limit_bytes), window_bytes_(window_bytes) {}

StatusOr<std::string_view> FrameCursor::View(uint64_t offset, size_t size) {
  if (offset >= limit_bytes_) return std::string_view();
  size = std::min<uint64_t>(size, limit_bytes_ - offset);
  if (offset < window_offset_ || offset + size > window_offset_ + window_size_) {
    const size_t wanted = std::min<uint64_t>(std::max(size, window_bytes_), limit_bytes_ - offset);
    if (wanted > window_capacity_) {
      window_ = std::make_unique_for_overwrite<char[]>(wanted);
      window_capacity_ = wanted;
    }
    window_size_ = 0;
    ASSIGN_OR_RETURN(window_size_, file_.ReadAt(offset, {window_.get(), wanted}));
    window_offset_ = offset;
  }
  const size_t at = offset - window_offset_;
  return std::string_view(window_.get() + at, std::min(size, window_size_ - at));
}

StatusOr<std::optional<FrameSpot>> FrameCursor::Next(uint64_t offset) {
  for (; offset + kFrameHeaderBytes <= limit_bytes_; offset += kFrameAlignment) {
    ASSIGN_OR_RETURN(const std::string_view bytes, View(offset, kFrameHeaderBytes));
    if (bytes.size() < kFrameHeaderBytes) break;
    const std::optional<FrameHeader> header = DecodeFrameHeader(bytes, id_, offset);
    if (header && header->frame_bytes() <= limit_bytes_ - offset) return FrameSpot{offset, *header};
  }
  return std::nullopt;
}

StatusOr<bool> FrameCursor::BodyIsIntact(const FrameSpot& spot) {
  ASSIGN_OR_RETURN(const std::string_view body,
                   View(spot.offset + kFrameHeaderBytes, spot.header.body_bytes()));
  return BodyIsValid(spot.header, body);
}

StatusOr<SegmentRead> ReadSegment(ReadFile& file, const SegmentView& view, Position from,
                                  uint64_t bytes_max, ArenaPool& pool) {
  FrameCursor cursor(file, view.id, view.limit_bytes, kWalkWindowBytes);
  std::vector<LogDamage> damage;
  uint64_t offset = view.offset;
  while (from < view.end) {
    ASSIGN_OR_RETURN(const std::optional<FrameSpot> spot, cursor.Next(offset));
    if (spot && spot->header.end() <= from) {
      offset = spot->end_offset();
      continue;
    }
    const Position found = spot ? std::min(spot->header.first, view.end) : view.end;
    if (found > from) {
      damage.push_back(MakeDamage(view, offset, spot ? spot->offset : view.limit_bytes,
                                  {from, found}, "no intact frame holds these records"));
      from = found;
      if (from == view.end) break;
    }
    ASSIGN_OR_RETURN(SegmentRead read, JoinFrames(file, view, *spot, from, bytes_max, pool));
    if (read.batch != nullptr) {
      read.damage = std::move(damage);
      return read;
    }
    const Position lost_end = std::min(spot->header.end(), view.end);
    damage.push_back(MakeDamage(view, spot->offset, spot->end_offset(), {from, lost_end},
                                "the frame of these records has a wrong checksum"));
    from = lost_end;
    offset = spot->end_offset();
  }
  return SegmentRead{nullptr, offset, std::move(damage)};
}

StatusOr<std::optional<Position>> FindArrival(ReadFile& file, const SegmentView& view,
                                              absl::Time time) {
  FrameCursor cursor(file, view.id, view.limit_bytes, kWalkWindowBytes);
  uint64_t offset = view.offset;
  while (true) {
    ASSIGN_OR_RETURN(const std::optional<FrameSpot> spot, cursor.Next(offset));
    if (!spot) return std::nullopt;
    if (absl::FromUnixMicros(spot->header.arrival_us) >= time) return spot->header.first;
    offset = spot->end_offset();
  }
}

StatusOr<SegmentScan> ScanSegment(ReadFile& file, const SegmentView& view) {
  FrameCursor cursor(file, view.id, view.limit_bytes, kScanWindowBytes);
  SegmentScan scan{view.id.first, kSegmentHeaderBytes, {}};
  uint64_t offset = kSegmentHeaderBytes;
  while (true) {
    ASSIGN_OR_RETURN(const std::optional<FrameSpot> spot, cursor.Next(offset));
    if (!spot) break;
    offset = spot->end_offset();
    ASSIGN_OR_RETURN(const bool intact, cursor.BodyIsIntact(*spot));
    if (!intact || spot->header.first < scan.end) continue;
    if (spot->header.first > scan.end || spot->offset > scan.valid_bytes) {
      scan.damage.push_back(MakeDamage(view, scan.valid_bytes, spot->offset,
                                       {scan.end, spot->header.first},
                                       "damaged frames with intact ones behind them"));
    }
    scan.end = spot->header.end();
    scan.valid_bytes = offset;
  }
  return scan;
}

}  // namespace hydrant
