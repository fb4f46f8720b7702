// LineReader: a file descriptor cut into runs of whole lines, each about as long as one request.
// Owner:   not thread-safe: caller serializes
// Units:   bytes; a record is a line that is not empty, as the node's plain ingest path has it
// Errors:  kInvalidArgument: a line is too long, with its number; else what read() gave
#pragma once

#include "engine/base/status.h"

#include <absl/time/time.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace hydrant {

struct LineRun {
  std::string_view bytes;  // whole lines with their newlines; the input's last may lack its own
  uint64_t records = 0;
};

// The longest line, without its newline, that fits into Firehose's largest record.
constexpr size_t LineBytesMax(bool keep_newline) { return keep_newline ? 1'023'999 : 1'024'000; }

class LineReader {
 public:
  // A run ends at about `run_bytes`, or when the input has been silent for `patience` after a whole
  // line: what `tail -f` writes must not wait for a full run.
  // Once `stopped` says so nothing more is read; whole lines that were read are still given out.
  LineReader(int fd, size_t run_bytes, size_t line_bytes_max, absl::Duration patience,
             std::function<bool()> stopped = nullptr);

  // The next run, or one without bytes at the end (or stop). Its bytes hold until the next call.
  StatusOr<LineRun> Next();

 private:
  enum class Wait { kReadable, kSilent };
  StatusOr<Wait> WaitForInput();
  StatusOr<bool> ReadSome();  // false: the input has ended
  Status CountRecords(std::string_view bytes, LineRun& run);

  const int fd_;
  const size_t run_bytes_;
  const size_t line_bytes_max_;
  const absl::Duration patience_;
  const std::function<bool()> stopped_;
  std::string buffer_;
  size_t taken_ = 0;          // of buffer_, given out by the last Next
  size_t whole_ = 0;          // of buffer_, up to and with its last newline
  uint64_t line_number_ = 0;  // of the last line given out
  bool ended_ = false;
};

// `bytes` without its first `records` records.
std::string_view SkipRecords(std::string_view bytes, uint64_t records);

}  // namespace hydrant
