// FileSystem: the few file operations that durable state is built on, as an interface, so that
// tests and simulations can hand in one that tears, fills up or fails at any call. Owner:
// FileSystem: any thread. AppendFile: one thread at a time. ReadFile: any thread.
// Units:   bytes
// Errors:  ErrnoStatus (engine/base/status.h): kResourceExhausted: no room (push back), kNotFound,
//          kPermissionDenied (tell the operator), kInternal: the device failed
// Source:  POSIX writev(2), fdatasync(2), flock(2); fsync(2) on why a new file needs a sync of its
//          directory
#pragma once

#include "engine/base/status.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hydrant {

// A file that only grows at its end. Closed when it ends; closing does not sync.
class AppendFile {
 public:
  virtual ~AppendFile() = default;
  // Writes the pieces, in order, at the end. After an error any part may have been written.
  virtual Status Append(std::span<const std::string_view> pieces) = 0;
  // Makes content and size survive power loss.
  virtual Status SyncData() = 0;
  // Cuts the file to `size` bytes.
  virtual Status Truncate(uint64_t size) = 0;
};

class ReadFile {
 public:
  virtual ~ReadFile() = default;
  // Fills `buffer` from `offset`; fewer bytes only at the end of the file.
  virtual StatusOr<size_t> ReadAt(uint64_t offset, std::span<char> buffer) = 0;
};

// Held as long as the object lives; the system lets go of it when the process dies.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

struct FileEntry {
  std::string name;  // without its directory
  uint64_t bytes = 0;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  // The real one.
  static FileSystem& Posix();

  // Opens for appending; makes the file when it is missing, readable by its owner alone.
  virtual StatusOr<std::unique_ptr<AppendFile>> OpenAppend(const std::string& path) = 0;
  virtual StatusOr<std::unique_ptr<ReadFile>> OpenRead(const std::string& path) = 0;
  // The regular files of a directory, by name.
  virtual StatusOr<std::vector<FileEntry>> List(const std::string& directory) = 0;
  virtual StatusOr<uint64_t> FileSize(const std::string& path) = 0;
  virtual Status Rename(const std::string& from, const std::string& to) = 0;
  virtual Status Remove(const std::string& path) = 0;
  // Makes the directory and the missing ones above it, durably. OK when it is there already.
  virtual Status CreateDirectories(const std::string& directory) = 0;
  // Makes creations, renames and removals in the directory survive power loss.
  virtual Status SyncDirectory(const std::string& directory) = 0;
  // An exclusive lock by way of a file at `path`, against other processes and other holders in this
  // one. kFailedPrecondition when somebody else has it.
  virtual StatusOr<std::unique_ptr<FileLock>> Lock(const std::string& path) = 0;
  // Bytes that this process may still write to the file system that holds `path`.
  virtual StatusOr<uint64_t> FreeBytes(const std::string& path) = 0;
};

// The directory part of a path: "/a" of "/a/b", "." of "b".
std::string DirectoryOf(const std::string& path);
// Where a damaged file, or a copy of it, may be kept: PATH.damaged (.damaged-2, …), the first that is free.
StatusOr<std::string> FreeDamagedPath(FileSystem& files, const std::string& path);
// Renames a damaged file to PATH.damaged (.damaged-2, …), so that its bytes are kept; its new path.
StatusOr<std::string> SetAside(FileSystem& files, const std::string& path);
// The whole of a file, which must not be larger than `bytes_max` (kResourceExhausted).
StatusOr<std::string> ReadWholeFile(FileSystem& files, const std::string& path, uint64_t bytes_max);

}  // namespace hydrant
