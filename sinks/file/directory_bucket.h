// DirectoryBucket: a directory that takes objects as files: each appears whole or not at all, and
// is on the disk when Write returns.
//
//   BUCKET/.hydrant-tmp/<hash of key>   written and synced here,
//   BUCKET/<key>                        then renamed to here; then the directories are synced
//
// The temporary name depends on the key alone: what a crash leaves behind is overwritten by the
// retry.
// The bucket itself is never made: a name that is misspelt must not take objects, nor a directory
// whose disk is not mounted.
// Owner:   any thread, several at once for different keys; every call blocks
// Errors:  kFailedPrecondition: the bucket is not there; kInvalidArgument: the key names no file
//          below the bucket; kResourceExhausted: disk or quota full; kPermissionDenied: not writable
//          or read-only; kInternal: the rest
#pragma once

#include "engine/base/status.h"

#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace hydrant::file {

inline constexpr std::string_view kTemporaryDirectory = ".hydrant-tmp";

class DirectoryBucket {
 public:
  explicit DirectoryBucket(std::string path);

  const std::string& path() const { return path_; }
  // Replaces what is there under the key. kUnavailable while another call writes the same key.
  Status Write(std::string_view key, std::span<const std::string_view> pieces);
  // Could objects be written? Changes nothing.
  Status Check() const;

 private:
  Status Find() const;
  Status MakeDirectory(const std::string& path);
  Status MakeParents(std::string_view key);
  Status WriteAlone(std::string_view key, const std::string& temporary,
                    std::span<const std::string_view> pieces);

  const std::string path_;
  std::mutex mutex_;
  // Directories whose entry in their parent is known to be on the disk. A directory found to exist
  // may have been made by a process that died before its sync, so each is synced once by each
  // process.
  std::unordered_set<std::string> synced_;
  // Temporary files under way: an attempt whose stream was started anew may still be at work.
  std::unordered_set<std::string> writing_;
};

// The parts of a key, if each names a file or directory below the one before: none is empty, "." or
// "..", too long, or has a NUL, and the first is not our own directory.
StatusOr<std::vector<std::string_view>> SplitKey(std::string_view key);

}  // namespace hydrant::file
