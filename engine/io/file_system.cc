#include "engine/io/file_system.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>
#include <utility>

namespace hydrant {
namespace {

bool IsEmpty(const std::string& directory) {
  std::error_code unknown;  // is as if it were not
  return std::filesystem::is_empty(directory, unknown) && !unknown;
}

// Records and definitions (with their secrets) are nobody else's to read.
constexpr mode_t kFileMode = 0600;
constexpr mode_t kDirectoryMode = 0750;
constexpr int kSetAsideMax = 1000;       // of one path
constexpr size_t kPiecesPerCall = 1024;  // IOV_MAX of Linux

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

// Repeats a call that a signal interrupted.
template <typename Call>
auto Retry(Call call) {
  decltype(call()) result;
  do {
    result = call();
  } while (result < 0 && errno == EINTR);
  return result;
}

StatusOr<Descriptor> Open(const std::string& path, int flags) {
  const int fd = Retry([&] { return ::open(path.c_str(), flags | O_CLOEXEC, kFileMode); });
  if (fd < 0) return ErrnoStatus(errno, "open " + path);
  return Descriptor(fd);
}

Status SyncDescriptor(int fd, const std::string& path) {
  if (Retry([&] { return ::fdatasync(fd); }) < 0) return ErrnoStatus(errno, "sync " + path);
  return absl::OkStatus();
}

class PosixAppendFile final : public AppendFile {
 public:
  PosixAppendFile(Descriptor fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  Status Append(std::span<const std::string_view> pieces) override {
    std::array<iovec, kPiecesPerCall> vector;
    while (!pieces.empty()) {
      const size_t count = std::min(pieces.size(), vector.size());
      for (size_t i = 0; i < count; ++i) {
        vector[i] = {const_cast<char*>(pieces[i].data()), pieces[i].size()};
      }
      RETURN_IF_ERROR(WriteAll({vector.data(), count}));
      pieces = pieces.subspan(count);
    }
    return absl::OkStatus();
  }

  Status SyncData() override { return SyncDescriptor(fd_.get(), path_); }

  Status Truncate(uint64_t size) override {
    if (Retry([&] { return ::ftruncate(fd_.get(), static_cast<off_t>(size)); }) < 0) {
      return ErrnoStatus(errno, "truncate " + path_);
    }
    return absl::OkStatus();
  }

 private:
  // writev may stop anywhere: go on from there.
  Status WriteAll(std::span<iovec> rest) {
    while (!rest.empty()) {
      if (rest.front().iov_len == 0) {
        rest = rest.subspan(1);
        continue;
      }
      const ssize_t written =
          Retry([&] { return ::writev(fd_.get(), rest.data(), static_cast<int>(rest.size())); });
      if (written < 0) return ErrnoStatus(errno, "write " + path_);
      if (written == 0) return Internal("write " + path_ + ": nothing was written");
      size_t done = static_cast<size_t>(written);
      while (done > 0) {
        const size_t step = std::min(done, rest.front().iov_len);
        rest.front().iov_base = static_cast<char*>(rest.front().iov_base) + step;
        rest.front().iov_len -= step;
        done -= step;
        if (rest.front().iov_len == 0) rest = rest.subspan(1);
      }
    }
    return absl::OkStatus();
  }

  Descriptor fd_;
  std::string path_;
};

class PosixReadFile final : public ReadFile {
 public:
  PosixReadFile(Descriptor fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  StatusOr<size_t> ReadAt(uint64_t offset, std::span<char> buffer) override {
    size_t done = 0;
    while (done < buffer.size()) {
      const ssize_t got = Retry([&] {
        return ::pread(fd_.get(), buffer.data() + done, buffer.size() - done,
                       static_cast<off_t>(offset + done));
      });
      if (got < 0) return ErrnoStatus(errno, "read " + path_);
      if (got == 0) break;
      done += static_cast<size_t>(got);
    }
    return done;
  }

 private:
  Descriptor fd_;
  std::string path_;
};

class PosixLock final : public FileLock {
 public:
  explicit PosixLock(Descriptor fd) : fd_(std::move(fd)) {}

 private:
  Descriptor fd_;
};

class PosixFileSystem final : public FileSystem {
 public:
  StatusOr<std::unique_ptr<AppendFile>> OpenAppend(const std::string& path) override {
    ASSIGN_OR_RETURN(Descriptor fd, Open(path, O_WRONLY | O_CREAT | O_APPEND));
    return std::make_unique<PosixAppendFile>(std::move(fd), path);
  }

  StatusOr<std::unique_ptr<ReadFile>> OpenRead(const std::string& path) override {
    ASSIGN_OR_RETURN(Descriptor fd, Open(path, O_RDONLY));
    return std::make_unique<PosixReadFile>(std::move(fd), path);
  }

  StatusOr<std::vector<FileEntry>> List(const std::string& directory) override {
    std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(directory.c_str()), &::closedir);
    if (dir == nullptr) return ErrnoStatus(errno, "open directory " + directory);
    std::vector<FileEntry> entries;
    while (true) {
      errno = 0;
      const dirent* entry = ::readdir(dir.get());
      if (entry == nullptr) break;
      struct stat info;
      if (::fstatat(::dirfd(dir.get()), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) < 0) {
        if (errno == ENOENT) continue;  // removed meanwhile
        return ErrnoStatus(errno, "stat " + directory + "/" + entry->d_name);
      }
      if (S_ISREG(info.st_mode)) {
        entries.push_back({entry->d_name, static_cast<uint64_t>(info.st_size)});
      }
    }
    if (errno != 0) return ErrnoStatus(errno, "list " + directory);
    std::sort(entries.begin(), entries.end(),
              [](const FileEntry& a, const FileEntry& b) { return a.name < b.name; });
    return entries;
  }

  StatusOr<uint64_t> FileSize(const std::string& path) override {
    struct stat info;
    if (::stat(path.c_str(), &info) < 0) return ErrnoStatus(errno, "stat " + path);
    return static_cast<uint64_t>(info.st_size);
  }

  Status Rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) < 0) {
      return ErrnoStatus(errno, "rename " + from + " to " + to);
    }
    return absl::OkStatus();
  }

  Status Remove(const std::string& path) override {
    if (::unlink(path.c_str()) < 0) return ErrnoStatus(errno, "remove " + path);
    return absl::OkStatus();
  }

  Status CreateDirectories(const std::string& directory) override {
    struct stat info;
    if (::stat(directory.c_str(), &info) == 0) {
      if (!S_ISDIR(info.st_mode)) return ErrnoStatus(ENOTDIR, directory);
      // Whoever made it may have died before its name was durable: only then is it used. One above it that can't be
      // opened is not of our making.
      if (IsEmpty(directory)) SyncDirectory(DirectoryOf(directory)).IgnoreError();
      return absl::OkStatus();
    }
    if (errno != ENOENT) return ErrnoStatus(errno, "stat " + directory);
    const std::string parent = DirectoryOf(directory);
    if (parent != directory) RETURN_IF_ERROR(CreateDirectories(parent));
    if (::mkdir(directory.c_str(), kDirectoryMode) < 0 && errno != EEXIST) {
      return ErrnoStatus(errno, "make directory " + directory);
    }
    return SyncDirectory(parent);
  }

  Status SyncDirectory(const std::string& directory) override {
    ASSIGN_OR_RETURN(Descriptor fd, Open(directory, O_RDONLY | O_DIRECTORY));
    if (Retry([&] { return ::fsync(fd.get()); }) < 0) {
      return ErrnoStatus(errno, "sync directory " + directory);
    }
    return absl::OkStatus();
  }

  StatusOr<std::unique_ptr<FileLock>> Lock(const std::string& path) override {
    ASSIGN_OR_RETURN(Descriptor fd, Open(path, O_RDWR | O_CREAT));
    if (Retry([&] { return ::flock(fd.get(), LOCK_EX | LOCK_NB); }) < 0) {
      if (errno != EWOULDBLOCK) return ErrnoStatus(errno, "lock " + path);
      return MakeStatus(absl::StatusCode::kFailedPrecondition,
                        path +
                            " is locked: another process uses this data directory; stop it, or "
                            "give this one a data directory of its own");
    }
    return std::make_unique<PosixLock>(std::move(fd));
  }

  StatusOr<uint64_t> FreeBytes(const std::string& path) override {
    struct statvfs info;
    if (::statvfs(path.c_str(), &info) < 0) return ErrnoStatus(errno, "statvfs " + path);
    return static_cast<uint64_t>(info.f_bavail) * info.f_frsize;
  }
};

}  // namespace

FileSystem& FileSystem::Posix() {
  static PosixFileSystem files;
  return files;
}

std::string DirectoryOf(const std::string& path) {
  const size_t end = path.find_last_not_of('/');
  if (end == std::string::npos) return path.empty() ? "." : "/";
  const size_t slash = path.find_last_of('/', end);
  if (slash == std::string::npos) return ".";
  const size_t last = path.find_last_not_of('/', slash);
  return last == std::string::npos ? "/" : path.substr(0, last + 1);
}

StatusOr<std::string> FreeDamagedPath(FileSystem& files, const std::string& path) {
  std::string aside = path + ".damaged";
  for (int number = 2; files.FileSize(aside).ok(); ++number) {
    if (number > kSetAsideMax) {
      return ResourceExhausted(
          path + ": " + std::to_string(kSetAsideMax) +
          " damaged files of this name are kept; look at them and remove them");
    }
    aside = path + ".damaged-" + std::to_string(number);
  }
  return aside;
}

StatusOr<std::string> SetAside(FileSystem& files, const std::string& path) {
  ASSIGN_OR_RETURN(std::string aside, FreeDamagedPath(files, path));
  RETURN_IF_ERROR(files.Rename(path, aside));
  RETURN_IF_ERROR(files.SyncDirectory(DirectoryOf(path)));
  return aside;
}

StatusOr<std::string> ReadWholeFile(FileSystem& files, const std::string& path,
                                    uint64_t bytes_max) {
  ASSIGN_OR_RETURN(const uint64_t size, files.FileSize(path));
  if (size > bytes_max) {
    return ResourceExhausted("read " + path + ": " + std::to_string(size) +
                             " bytes are more than the " + std::to_string(bytes_max) + " allowed");
  }
  ASSIGN_OR_RETURN(std::unique_ptr<ReadFile> file, files.OpenRead(path));
  std::string text(size, '\0');
  ASSIGN_OR_RETURN(const size_t got, file->ReadAt(0, text));
  text.resize(got);
  return text;
}

}  // namespace hydrant
