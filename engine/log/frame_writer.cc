#include "engine/log/frame_writer.h"

#include "engine/log/crc32c.h"

namespace hydrant {

Status FrameWriter::Write(RollbackFile& file, const SegmentId& id,
                          std::span<const RecordBatchPtr> batches) {
  static constexpr char kPadding[kFrameAlignment] = {};
  headers_.clear();
  headers_.reserve(batches.size());  // pieces point into it
  pieces_.clear();
  uint64_t offset = file.size();
  for (const RecordBatchPtr& batch : batches) {
    const std::string_view ends(reinterpret_cast<const char*>(batch->ends().data()),
                                batch->ends().size() * sizeof(uint32_t));
    const std::string_view payload = batch->payload();
    FrameHeader header;
    header.first = batch->first_position();
    header.arrival_us = absl::ToUnixMicros(batch->arrival());
    header.record_count = static_cast<uint32_t>(batch->record_count());
    header.payload_bytes = static_cast<uint32_t>(payload.size());
    header.body_crc = ExtendCrc32c(Crc32c(ends), payload);
    headers_.push_back(EncodeFrameHeader(header, id.salt, offset));
    const uint64_t bytes = header.frame_bytes();
    pieces_.emplace_back(headers_.back().data(), kFrameHeaderBytes);
    pieces_.push_back(ends);
    pieces_.push_back(payload);
    pieces_.emplace_back(kPadding, bytes - kFrameHeaderBytes - header.body_bytes());
    offset += bytes;
  }
  return file.Append(pieces_);
}

}  // namespace hydrant
