#include "app/line_reader.h"

#include <cerrno>
#include <cstring>
#include <poll.h>
#include <unistd.h>

namespace hydrant {
namespace {

constexpr size_t kReadBytes = 256 << 10;
constexpr size_t kLineBytesMax = 1'024'000;

}  // namespace

LineReader::LineReader(int fd, size_t run_bytes, absl::Duration patience)
    : fd_(fd), run_bytes_(run_bytes), patience_(patience) {}

StatusOr<LineRun> LineReader::Next() {
  buffer_.erase(0, taken_);
  whole_ -= taken_;
  taken_ = 0;
  while (!ended_ && whole_ < run_bytes_) {
    if (buffer_.size() - whole_ > kLineBytesMax + 1) break;  // CountLines says which line
    ASSIGN_OR_RETURN(const Wait wait, WaitForInput());
    if (wait == Wait::kSilent) {
      if (whole_ > 0) break;
      continue;
    }
    ASSIGN_OR_RETURN(const bool more, ReadSome());
    ended_ = !more;
  }
  const bool too_long = buffer_.size() - whole_ > kLineBytesMax + 1;
  if (whole_ == 0 && too_long) whole_ = buffer_.size();
  if (ended_) whole_ = buffer_.size();
  LineRun run;
  RETURN_IF_ERROR(CountLines(std::string_view(buffer_).substr(0, whole_), run));
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

Status LineReader::CountLines(std::string_view bytes, LineRun& run) {
  for (size_t at = 0; at < bytes.size();) {
    const void* newline = std::memchr(bytes.data() + at, '\n', bytes.size() - at);
    const size_t end = newline == nullptr
                           ? bytes.size()
                           : static_cast<size_t>(static_cast<const char*>(newline) - bytes.data());
    if (end - at > kLineBytesMax) {
      if (run.lines > 0) {  // what comes before it goes out first
        whole_ = at;
        break;
      }
      return InvalidArgument(
          "line " + std::to_string(line_number_ + 1) +
          " is longer than 1,024,000 bytes, which is the most a record may hold");
    }
    ++run.lines;
    ++line_number_;
    at = std::min(bytes.size(), end + 1);
  }
  run.bytes = bytes.substr(0, whole_);
  return absl::OkStatus();
}

std::string_view SkipLines(std::string_view bytes, uint64_t lines) {
  for (; lines > 0 && !bytes.empty(); --lines) {
    const size_t newline = bytes.find('\n');
    bytes.remove_prefix(newline == std::string_view::npos ? bytes.size() : newline + 1);
  }
  return bytes;
}

}  // namespace hydrant
