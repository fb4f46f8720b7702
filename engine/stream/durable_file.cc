#include "engine/stream/durable_file.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <unistd.h>

namespace hydrant {
namespace {

class File {
 public:
  File(const std::string& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

Status WriteAll(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return ErrnoStatus(errno, "write " + path);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

Status SyncDirectoryOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const File file(directory, O_RDONLY | O_DIRECTORY);
  if (file.fd() < 0) return ErrnoStatus(errno, "open " + directory);
  if (::fsync(file.fd()) != 0) return ErrnoStatus(errno, "fsync " + directory);
  return absl::OkStatus();
}

Status WriteAndSync(const std::string& path, std::string_view bytes) {
  const File file(path, O_WRONLY | O_CREAT | O_TRUNC);
  if (file.fd() < 0) return ErrnoStatus(errno, "open " + path);
  RETURN_IF_ERROR(WriteAll(file.fd(), bytes, path));
  if (::fsync(file.fd()) != 0) return ErrnoStatus(errno, "fsync " + path);
  return absl::OkStatus();
}

}  // namespace

Status WriteFileDurably(const std::string& path, std::string_view bytes) {
  const std::string aside = path + ".tmp";
  if (Status written = WriteAndSync(aside, bytes); !written.ok()) {
    ::unlink(aside.c_str());
    return written;
  }
  return RenameFileDurably(aside, path);
}

Status RemoveFileDurably(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return ErrnoStatus(errno, "unlink " + path);
  return SyncDirectoryOf(path);
}

Status RenameFileDurably(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) {
    return ErrnoStatus(errno, "rename " + from + " to " + to);
  }
  return SyncDirectoryOf(to);
}

StatusOr<std::string> ReadWholeFile(const std::string& path, size_t bytes_max) {
  const File file(path, O_RDONLY);
  if (file.fd() < 0) return ErrnoStatus(errno, "open " + path);
  std::string bytes(bytes_max + 1, '\0');
  size_t length = 0;
  while (length < bytes.size()) {
    const ssize_t got = ::read(file.fd(), bytes.data() + length, bytes.size() - length);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ErrnoStatus(errno, "read " + path);
    if (got == 0) break;
    length += static_cast<size_t>(got);
  }
  if (length > bytes_max) {
    return DataLoss(path + ": larger than " + std::to_string(bytes_max) + " bytes");
  }
  bytes.resize(length);
  return bytes;
}

}  // namespace hydrant
