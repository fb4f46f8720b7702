#include "sinks/file/directory_bucket.h"

#include "engine/io/aws/sigv4.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>
#include <utility>

namespace hydrant::file {
namespace {

constexpr size_t kNameBytesMax = 255;  // NAME_MAX of every common file system
constexpr size_t kSyncedMax = 10000;   // directories remembered; past it they are synced again

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  const int fd_;
};

std::string Parent(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

Status SyncDirectory(const std::string& path) {
  Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0) return ErrnoStatus(errno, "open " + path);
  if (::fsync(directory.get()) != 0) return ErrnoStatus(errno, "fsync " + path);
  return absl::OkStatus();
}

Status WriteAll(int fd, std::span<const std::string_view> pieces, const std::string& path) {
  std::vector<iovec> vectors;
  for (std::string_view piece : pieces) {
    if (!piece.empty()) vectors.push_back({const_cast<char*>(piece.data()), piece.size()});
  }
  for (size_t i = 0; i < vectors.size();) {
    const int count = static_cast<int>(std::min<size_t>(vectors.size() - i, IOV_MAX));
    const ssize_t result = ::writev(fd, &vectors[i], count);
    if (result < 0 && errno == EINTR) continue;
    if (result < 0) return ErrnoStatus(errno, "write " + path);
    size_t written = static_cast<size_t>(result);
    while (i < vectors.size() && written >= vectors[i].iov_len) written -= vectors[i++].iov_len;
    if (written == 0) continue;
    vectors[i].iov_base = static_cast<char*>(vectors[i].iov_base) + written;
    vectors[i].iov_len -= written;
  }
  return absl::OkStatus();
}

Status WriteSynced(const std::string& path, std::span<const std::string_view> pieces) {
  Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (file.get() < 0) return ErrnoStatus(errno, "open " + path);
  RETURN_IF_ERROR(WriteAll(file.get(), pieces, path));
  if (::fsync(file.get()) != 0) return ErrnoStatus(errno, "fsync " + path);
  return absl::OkStatus();
}

}  // namespace

StatusOr<std::vector<std::string_view>> SplitKey(std::string_view key) {
  std::vector<std::string_view> parts;
  for (size_t begin = 0; begin <= key.size();) {
    const size_t end = std::min(key.find('/', begin), key.size());
    const std::string_view part = key.substr(begin, end - begin);
    if (part.empty() || part == "." || part == ".." || part.size() > kNameBytesMax ||
        part.find('\0') != part.npos) {
      return InvalidArgument(
          "the key has a part that is no file name: empty, '.', '..', over 255 bytes, or with a "
          "NUL");
    }
    parts.push_back(part);
    begin = end + 1;
  }
  if (parts.front() == kTemporaryDirectory) {
    return InvalidArgument("the key is in .hydrant-tmp, which is for unfinished files");
  }
  return parts;
}

DirectoryBucket::DirectoryBucket(std::string path) : path_(std::move(path)) {}

// kFailedPrecondition when there is no bucket.
Status DirectoryBucket::Find() const {
  struct stat info;
  if (::stat(path_.c_str(), &info) != 0) {
    if (errno != ENOENT) return ErrnoStatus(errno, "stat " + path_);
    return MakeStatus(absl::StatusCode::kFailedPrecondition,
                      "the bucket's directory " + path_ + " is not there");
  }
  return S_ISDIR(info.st_mode) ? absl::OkStatus() : ErrnoStatus(ENOTDIR, path_);
}

// The bucket's own entry is only synced.
Status DirectoryBucket::MakeDirectory(const std::string& path) {
  {
    std::lock_guard lock(mutex_);
    if (synced_.contains(path)) return absl::OkStatus();
  }
  if (path != path_ && ::mkdir(path.c_str(), 0777) != 0 && errno != EEXIST) {
    return ErrnoStatus(errno, "mkdir " + path);
  }
  RETURN_IF_ERROR(SyncDirectory(Parent(path)));
  std::lock_guard lock(mutex_);
  if (synced_.size() >= kSyncedMax) synced_.clear();
  synced_.insert(path);
  return absl::OkStatus();
}

// The temporary directory, and every directory of the key.
Status DirectoryBucket::MakeParents(std::string_view key) {
  RETURN_IF_ERROR(Find());
  RETURN_IF_ERROR(MakeDirectory(path_));
  RETURN_IF_ERROR(MakeDirectory(path_ + "/" + std::string(kTemporaryDirectory)));
  for (size_t slash = key.find('/'); slash != key.npos; slash = key.find('/', slash + 1)) {
    RETURN_IF_ERROR(MakeDirectory(path_ + "/" + std::string(key.substr(0, slash))));
  }
  return absl::OkStatus();
}

Status DirectoryBucket::Write(std::string_view key, std::span<const std::string_view> pieces) {
  RETURN_IF_ERROR(SplitKey(key).status());
  const std::string temporary =
      path_ + "/" + std::string(kTemporaryDirectory) + "/" + aws::Sha256Hex(key);
  {
    std::lock_guard lock(mutex_);
    if (!writing_.insert(temporary).second) {
      return Unavailable("an earlier attempt still writes the same object");
    }
  }
  Status status = WriteAlone(key, temporary, pieces);
  std::lock_guard lock(mutex_);
  writing_.erase(temporary);
  return status;
}

Status DirectoryBucket::WriteAlone(std::string_view key, const std::string& temporary,
                                   std::span<const std::string_view> pieces) {
  const std::string final_path = path_ + "/" + std::string(key);
  const auto write = [&]() -> Status {
    RETURN_IF_ERROR(MakeParents(key));
    return WriteSynced(temporary, pieces);
  };
  Status written = write();
  if (absl::IsNotFound(written)) {
    // Somebody has removed a directory that we remember.
    {
      std::lock_guard lock(mutex_);
      synced_.clear();
    }
    written = write();
  }
  if (!written.ok()) {
    ::unlink(temporary.c_str());  // gives a full disk its room back
    return written;
  }
  if (::rename(temporary.c_str(), final_path.c_str()) != 0) {
    const int error = errno;
    ::unlink(temporary.c_str());
    std::lock_guard lock(mutex_);
    synced_.clear();
    return ErrnoStatus(error, "rename to " + final_path);
  }
  return SyncDirectory(Parent(final_path));
}

Status DirectoryBucket::Check() const {
  RETURN_IF_ERROR(Find());
  if (::access(path_.c_str(), W_OK | X_OK) != 0) return ErrnoStatus(errno, "write to " + path_);
  struct statvfs space;
  if (::statvfs(path_.c_str(), &space) != 0) return ErrnoStatus(errno, "statvfs " + path_);
  if (space.f_bavail == 0) return ErrnoStatus(ENOSPC, path_);
  return absl::OkStatus();
}

}  // namespace hydrant::file
