// FaultyFileSystem: wraps a file system and makes chosen calls fail, fills the disk up, or loses
// power: all that a test of durable state needs. Syncs are noted, not done: no test waits for a
// disk.
// Owner:   not thread-safe
// Units:   calls, counted from 1 over all files; bytes
#pragma once

#include "engine/io/file_system.h"

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace hydrant::testing {

enum class Fault {
  kIoError,     // EIO; a write writes nothing
  kNoSpace,     // ENOSPC; a write writes nothing
  kShortWrite,  // a write writes half, then ENOSPC; other calls get ENOSPC
};

class FaultyFileSystem final : public FileSystem {
 public:
  explicit FaultyFileSystem(FileSystem& real) : real_(real) {}

  // The `call`-th call from now on fails (1: the next one), and with `repeat` all later ones too.
  void FailCall(uint64_t call, Fault fault, bool repeat = false);
  // The next calls of this kind ("append", "sync", "truncate", "read", "open", "list", "size",
  // "rename", "remove", "mkdir", "syncdir", "lock", "free") fail.
  void FailKind(const std::string& kind, Fault fault);
  void StopFailing();
  // Appends of more than this in all fail with ENOSPC, after writing what fits.
  void SetSpace(uint64_t bytes) { space_ = bytes; }
  // Power loss: of each file stays what was synced and a random part of the rest, sometimes with
  // rubbish in it; files whose creation was not synced go. Close everything first.
  void LosePower(std::mt19937_64& random);

  uint64_t calls() const { return calls_; }
  uint64_t syncs() const { return syncs_; }
  uint64_t appends() const { return appends_; }
  // Whether an injected fault was met.
  bool failed() const { return failed_; }

  StatusOr<std::unique_ptr<AppendFile>> OpenAppend(const std::string& path) override;
  StatusOr<std::unique_ptr<ReadFile>> OpenRead(const std::string& path) override;
  StatusOr<std::vector<FileEntry>> List(const std::string& directory) override;
  StatusOr<uint64_t> FileSize(const std::string& path) override;
  Status Rename(const std::string& from, const std::string& to) override;
  Status Remove(const std::string& path) override;
  Status CreateDirectories(const std::string& directory) override;
  Status SyncDirectory(const std::string& directory) override;
  StatusOr<std::unique_ptr<FileLock>> Lock(const std::string& path) override;
  StatusOr<uint64_t> FreeBytes(const std::string& path) override;

 private:
  class AppendHandle;
  class ReadHandle;
  struct Tracked {
    uint64_t bytes = 0;
    uint64_t synced_bytes = 0;
    bool entry_synced = false;
  };

  // Counts a call; the error it must give, if any.
  Status Enter(const std::string& kind, const std::string& path);

  FileSystem& real_;
  uint64_t calls_ = 0;
  uint64_t syncs_ = 0;
  uint64_t appends_ = 0;
  uint64_t fail_at_ = 0;
  bool repeat_ = false;
  bool failed_ = false;
  Fault fault_ = Fault::kIoError;
  std::map<std::string, Fault> kinds_;
  uint64_t space_ = UINT64_MAX;
  std::map<std::string, Tracked> tracked_;
};

}  // namespace hydrant::testing
