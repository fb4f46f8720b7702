// Segment: the file format of the record log.
// Owner:   pure functions, any thread
// Units:   bytes; all numbers little-endian; times are microseconds since 1970
//
// THE FORMAT, VERSION 1
//
// A log is a directory of segments. A segment's name tells where it begins and its salt:
//
//     00000000000000012345-9f3c2a11d0e47b65.log       (20 decimal digits, 16 hexadecimal ones)
//
// It starts with a header of 64 bytes. Every later version keeps the place and meaning of the first
// 64 bytes' magic, version and checksum, so that any reader can tell "newer than me" from
// "damaged".
//
//     offset size
//          0    8  magic "HYDRLOG1"
//          8    4  format version, 1
//         12    4  flags, 0 (reserved)
//         16    8  first position: the same as in the name
//         24    8  time of creation
//         32    8  salt: the same as in the name; random, new for every segment
//         40   20  zero
//         60    4  CRC32C of bytes 0 to 59
//
// Frames follow, each at a multiple of 8. One frame is one appended batch, written by one writev:
//
//          0    4  magic "HFR1"
//          4    4  CRC32C of bytes 8 to 63 of this frame header
//          8    8  salt of the segment
//         16    8  offset of this frame in the file
//         24    8  position of the first record
//         32    8  arrival time of the oldest record
//         40    4  record count n, at least 1
//         44    4  payload bytes p
//         48    4  CRC32C of the body: ends, then payload
//         52    4  flags, 0 (reserved: payload compression, encryption)
//         56    8  zero (reserved: key id)
//         64   4n  end of each record, counted from the start of the payload; the last is p
//    64 + 4n    p  payload: the records back to back
//                  zeros up to a multiple of 8 (not covered by a checksum)
//
// A frame header is intact when magic, checksum, salt, offset and flags fit and its frame ends
// inside the file. A frame is valid when also the body's checksum fits. Salt and offset make sure
// that record bytes which look like a frame are never taken for one: a producer cannot know the
// salt, and a piece of this very file sent in as a record lies at another offset.
//
// The records of a segment are those of its valid frames, in order of the file, which is the order
// of their positions. Positions run from the segment's first to the next segment's first; any that
// no valid frame holds were lost to damage.
//
// A READER that meets an intact header with a damaged body passes over exactly that frame. One that
// meets a damaged header looks on, every 8 bytes, for the next intact one.
//
// A segment is made as `<name>.tmp`, with its header, and renamed when that is as durable as the log:
// under its own name it has a header, whatever crash, and one without is damaged.
//
// A CRASH can leave the last segment with an incomplete or damaged end (what was written after the
// last sync). What lies behind the last valid frame was never acknowledged and is cut off when the
// log is opened. Older segments never change again.
#pragma once

#include "engine/base/status.h"
#include "engine/record/position.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hydrant {

constexpr uint32_t kSegmentVersion = 1;
constexpr size_t kSegmentHeaderBytes = 64;
constexpr size_t kFrameHeaderBytes = 64;
constexpr size_t kFrameAlignment = 8;
// Bounds what a reader must hold at once.
constexpr uint64_t kFrameBytesMax = 64 << 20;

// What a segment's name says, which is enough to check its frames even when its header is damaged.
struct SegmentId {
  Position first;
  uint64_t salt = 0;
  bool operator==(const SegmentId&) const = default;
};

std::string SegmentFileName(const SegmentId& id);
// Behind the name while the segment is made.
constexpr std::string_view kUnfinishedSuffix = ".tmp";
// Nothing when `name` is not that of a segment.
std::optional<SegmentId> ParseSegmentFileName(std::string_view name);

struct SegmentHeader {
  SegmentId id;
  int64_t created_us = 0;
};

using SegmentHeaderBytes = std::array<char, kSegmentHeaderBytes>;
SegmentHeaderBytes EncodeSegmentHeader(const SegmentHeader& header);
// kFailedPrecondition: written by a newer version; kDataLoss: not an intact header.
StatusOr<SegmentHeader> DecodeSegmentHeader(std::string_view bytes);

struct FrameHeader {
  Position first;
  int64_t arrival_us = 0;
  uint32_t record_count = 0;
  uint32_t payload_bytes = 0;
  uint32_t body_crc = 0;

  Position end() const { return first + record_count; }
  uint64_t ends_bytes() const { return uint64_t{record_count} * sizeof(uint32_t); }
  uint64_t body_bytes() const { return ends_bytes() + payload_bytes; }
  // The whole frame in the file, header and padding included.
  uint64_t frame_bytes() const;
};

uint64_t FrameBytes(uint64_t record_count, uint64_t payload_bytes);

using FrameHeaderBytes = std::array<char, kFrameHeaderBytes>;
FrameHeaderBytes EncodeFrameHeader(const FrameHeader& header, uint64_t salt, uint64_t offset);
// The header in the first 64 of `bytes`, when it is an intact one that belongs at `offset` of the
// segment.
std::optional<FrameHeader> DecodeFrameHeader(std::string_view bytes, const SegmentId& id,
                                             uint64_t offset);
// `body` is the frame's body_bytes() bytes: whether checksum and record ends fit.
bool BodyIsValid(const FrameHeader& header, std::string_view body);

}  // namespace hydrant
