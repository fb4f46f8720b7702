#include "app/line_reader.h"

#include <cerrno>
#include <poll.h>
#include <unistd.h>

namespace hydrant {
namespace {

constexpr size_t kReadBytes = 256 << 10;

// From the front of `text`: a line with its newline, or all of it where there is none.
std::string_view FirstLine(std::string_view text) {
  const size_t newline = text.find('\n');
  return text.substr(0, newline == std::string_view::npos ? text.size() : newline + 1);
}

std::string_view WithoutNewline(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  return line;
}

// The node drops lines with nothing but their ending.
bool IsRecord(std::string_view line) {
  line = WithoutNewline(line);
  return !line.empty() && line != "\r";
}

}  // namespace

LineReader::LineReader(int fd, size_t run_bytes, size_t line_bytes_max, absl::Duration patience,
                       std::function<bool()> stopped)
    : fd_(fd),
      run_bytes_(run_bytes),
      line_bytes_max_(line_bytes_max),
      patience_(patience),
      stopped_(std::move(stopped)) {}

StatusOr<LineRun> LineReader::Next() {
  buffer_.erase(0, taken_);
  whole_ -= taken_;
  taken_ = 0;
  while (!ended_ && whole_ < run_bytes_) {
    if (stopped_ && stopped_()) break;
    if (buffer_.size() - whole_ > line_bytes_max_ + 1) break;  // CountRecords says which line
    ASSIGN_OR_RETURN(const Wait wait, WaitForInput());
    if (wait == Wait::kSilent) {
      if (whole_ > 0) break;
      continue;
    }
    ASSIGN_OR_RETURN(const bool more, ReadSome());
    ended_ = !more;
  }
  const bool too_long = buffer_.size() - whole_ > line_bytes_max_ + 1;
  if (whole_ == 0 && too_long) whole_ = buffer_.size();
  if (ended_) whole_ = buffer_.size();
  LineRun run;
  RETURN_IF_ERROR(CountRecords(std::string_view(buffer_).substr(0, whole_), run));
  taken_ = whole_;
  return run;
}

StatusOr<LineReader::Wait> LineReader::WaitForInput() {
  pollfd poll_fd{fd_, POLLIN, 0};
  const int ready = poll(&poll_fd, 1, static_cast<int>(absl::ToInt64Milliseconds(patience_)));
  if (ready < 0 && errno != EINTR) return ErrnoStatus(errno, "wait for input");
  return ready > 0 ? Wait::kReadable : Wait::kSilent;
}

StatusOr<bool> LineReader::ReadSome() {
  const size_t before = buffer_.size();
  buffer_.resize(before + kReadBytes);
  const ssize_t got = read(fd_, buffer_.data() + before, kReadBytes);
  const int error = errno;
  buffer_.resize(before + static_cast<size_t>(std::max<ssize_t>(got, 0)));
  if (got < 0) {
    if (error == EINTR || error == EAGAIN) return true;
    return ErrnoStatus(error, "read input");
  }
  const size_t newline = std::string_view(buffer_).substr(before).rfind('\n');
  if (newline != std::string_view::npos) whole_ = before + newline + 1;
  return got > 0;
}

Status LineReader::CountRecords(std::string_view bytes, LineRun& run) {
  for (size_t at = 0; at < bytes.size();) {
    const std::string_view line = FirstLine(bytes.substr(at));
    if (WithoutNewline(line).size() > line_bytes_max_) {
      if (at == 0) {
        return InvalidArgument("line " + std::to_string(line_number_ + 1) + " is longer than " +
                               std::to_string(line_bytes_max_) + " bytes");
      }
      whole_ = at;  // what comes before it goes out first
      break;
    }
    if (IsRecord(line)) ++run.records;
    ++line_number_;
    at += line.size();
  }
  run.bytes = bytes.substr(0, whole_);
  return absl::OkStatus();
}

std::string_view SkipRecords(std::string_view bytes, uint64_t records) {
  while (records > 0 && !bytes.empty()) {
    const std::string_view line = FirstLine(bytes);
    if (IsRecord(line)) --records;
    bytes.remove_prefix(line.size());
  }
  return bytes;
}

}  // namespace hydrant
