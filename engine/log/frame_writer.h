// FrameWriter: turns batches into frames at the end of a segment file, many in one system call,
// straight from the batches' own memory.
// Owner:   not thread-safe: the log's writer
// Units:   bytes
// Errors:  those of RollbackFile
#pragma once

#include "engine/log/rollback_file.h"
#include "engine/log/segment.h"
#include "engine/record/record_batch.h"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace hydrant {

class FrameWriter {
 public:
  // Writes one frame a batch. After an error the file is as before.
  Status Write(RollbackFile& file, const SegmentId& id, std::span<const RecordBatchPtr> batches);

 private:
  // Kept for their memory.
  std::vector<FrameHeaderBytes> headers_;
  std::vector<std::string_view> pieces_;
};

}  // namespace hydrant
