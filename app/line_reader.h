// LineReader: a file descriptor cut into runs of whole lines, each about as long as one request.
// Owner:   not thread-safe: caller serializes
// Units:   bytes; a line is at most 1,024,000 bytes without its newline (Firehose's largest record)
// Errors:  kInvalidArgument: a line is too long, with its number; else what read() gave
#pragma once

#include "engine/base/status.h"

#include <absl/time/time.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace hydrant {

struct LineRun {
  std::string_view bytes;  // whole lines with their newlines; the input's last may lack its own
  uint64_t lines = 0;
};

class LineReader {
 public:
  // A run ends at about `run_bytes`, or when the input has been silent for `patience` after a whole
  // line: what `tail -f` writes must not wait for a full run.
  LineReader(int fd, size_t run_bytes, absl::Duration patience);

  // The next run, or one without bytes at the end. Its bytes hold until the next call.
  StatusOr<LineRun> Next();

 private:
  enum class Wait { kReadable, kSilent };
  StatusOr<Wait> WaitForInput();
  StatusOr<bool> ReadSome();  // false: the input has ended
  Status CountLines(std::string_view bytes, LineRun& run);

  const int fd_;
  const size_t run_bytes_;
  const absl::Duration patience_;
  std::string buffer_;
  size_t taken_ = 0;          // of buffer_, given out by the last Next
  size_t whole_ = 0;          // of buffer_, up to and with its last newline
  uint64_t line_number_ = 0;  // lines given out
  bool ended_ = false;
};

// `bytes` without its first `lines` lines.
std::string_view SkipLines(std::string_view bytes, uint64_t lines);

}  // namespace hydrant
