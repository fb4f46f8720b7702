#include "engine/log/segment.h"

#include "engine/log/crc32c.h"

#include <absl/strings/str_format.h>

#include <bit>
#include <charconv>
#include <cstring>

namespace hydrant {
namespace {

static_assert(std::endian::native == std::endian::little, "the format is written as memory is");

constexpr std::string_view kSegmentMagic = "HYDRLOG1";
constexpr std::string_view kFrameMagic = "HFR1";
constexpr std::string_view kSuffix = ".log";
constexpr size_t kPositionDigits = 20;
constexpr size_t kSaltDigits = 16;
constexpr size_t kFileNameBytes = kPositionDigits + 1 + kSaltDigits + kSuffix.size();

template <typename T>
void Put(char* base, size_t offset, T value) {
  std::memcpy(base + offset, &value, sizeof(value));
}

template <typename T>
T Get(std::string_view bytes, size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(value));
  return value;
}

bool ParseWhole(std::string_view text, int base, uint64_t* value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value, base);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::string SegmentFileName(const SegmentId& id) {
  return absl::StrFormat("%020d-%016x.log", id.first.value, id.salt);
}

std::optional<SegmentId> ParseSegmentFileName(std::string_view name) {
  if (name.size() != kFileNameBytes || name[kPositionDigits] != '-' || !name.ends_with(kSuffix)) {
    return std::nullopt;
  }
  SegmentId id;
  if (!ParseWhole(name.substr(0, kPositionDigits), 10, &id.first.value) ||
      !ParseWhole(name.substr(kPositionDigits + 1, kSaltDigits), 16, &id.salt)) {
    return std::nullopt;
  }
  // One name for one segment: no capitals, no signs.
  return SegmentFileName(id) == name ? std::optional(id) : std::nullopt;
}

SegmentHeaderBytes EncodeSegmentHeader(const SegmentHeader& header) {
  SegmentHeaderBytes bytes{};
  std::memcpy(bytes.data(), kSegmentMagic.data(), kSegmentMagic.size());
  Put<uint32_t>(bytes.data(), 8, kSegmentVersion);
  Put(bytes.data(), 16, header.id.first.value);
  Put(bytes.data(), 24, header.created_us);
  Put(bytes.data(), 32, header.id.salt);
  Put(bytes.data(), 60, Crc32c({bytes.data(), 60}));
  return bytes;
}

StatusOr<SegmentHeader> DecodeSegmentHeader(std::string_view bytes) {
  if (bytes.size() < kSegmentHeaderBytes) return DataLoss("segment header is cut off");
  if (!bytes.starts_with(kSegmentMagic)) return DataLoss("segment header has a wrong magic");
  if (Get<uint32_t>(bytes, 60) != Crc32c(bytes.substr(0, 60))) {
    return DataLoss("segment header has a wrong checksum");
  }
  const uint32_t version = Get<uint32_t>(bytes, 8);
  if (version != kSegmentVersion || Get<uint32_t>(bytes, 12) != 0) {
    return MakeStatus(absl::StatusCode::kFailedPrecondition,
                      absl::StrFormat("log format version %d is not one this hydrant reads (it "
                                      "reads %d); run the version that wrote it, or a newer one",
                                      version, kSegmentVersion));
  }
  SegmentHeader header;
  header.id.first.value = Get<uint64_t>(bytes, 16);
  header.created_us = Get<int64_t>(bytes, 24);
  header.id.salt = Get<uint64_t>(bytes, 32);
  return header;
}

uint64_t FrameBytes(uint64_t record_count, uint64_t payload_bytes) {
  const uint64_t bytes = kFrameHeaderBytes + record_count * sizeof(uint32_t) + payload_bytes;
  return (bytes + kFrameAlignment - 1) / kFrameAlignment * kFrameAlignment;
}

uint64_t FrameHeader::frame_bytes() const { return FrameBytes(record_count, payload_bytes); }

FrameHeaderBytes EncodeFrameHeader(const FrameHeader& header, uint64_t salt, uint64_t offset) {
  FrameHeaderBytes bytes{};
  std::memcpy(bytes.data(), kFrameMagic.data(), kFrameMagic.size());
  Put(bytes.data(), 8, salt);
  Put(bytes.data(), 16, offset);
  Put(bytes.data(), 24, header.first.value);
  Put(bytes.data(), 32, header.arrival_us);
  Put(bytes.data(), 40, header.record_count);
  Put(bytes.data(), 44, header.payload_bytes);
  Put(bytes.data(), 48, header.body_crc);
  Put(bytes.data(), 4, Crc32c({bytes.data() + 8, kFrameHeaderBytes - 8}));
  return bytes;
}

std::optional<FrameHeader> DecodeFrameHeader(std::string_view bytes, const SegmentId& id,
                                             uint64_t offset) {
  if (bytes.size() < kFrameHeaderBytes || !bytes.starts_with(kFrameMagic)) return std::nullopt;
  if (Get<uint64_t>(bytes, 8) != id.salt || Get<uint64_t>(bytes, 16) != offset) return std::nullopt;
  if (Get<uint32_t>(bytes, 4) != Crc32c(bytes.substr(8, kFrameHeaderBytes - 8))) {
    return std::nullopt;
  }
  FrameHeader header;
  header.first.value = Get<uint64_t>(bytes, 24);
  header.arrival_us = Get<int64_t>(bytes, 32);
  header.record_count = Get<uint32_t>(bytes, 40);
  header.payload_bytes = Get<uint32_t>(bytes, 44);
  header.body_crc = Get<uint32_t>(bytes, 48);
  const bool sound = Get<uint32_t>(bytes, 52) == 0 && header.record_count > 0 &&
                     header.frame_bytes() <= kFrameBytesMax && header.first >= id.first &&
                     header.end() > header.first;
  return sound ? std::optional(header) : std::nullopt;
}

bool BodyIsValid(const FrameHeader& header, std::string_view body) {
  if (body.size() != header.body_bytes() || Crc32c(body) != header.body_crc) return false;
  uint32_t previous = 0;
  for (size_t i = 0; i < header.record_count; ++i) {
    const uint32_t end = Get<uint32_t>(body, i * sizeof(uint32_t));
    if (end < previous) return false;
    previous = end;
  }
  return previous == header.payload_bytes;
}

}  // namespace hydrant
