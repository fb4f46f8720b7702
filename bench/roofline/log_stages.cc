// The log's file: blocks written at its end, each made durable or not.
#include "bench/roofline/hot_buffer.h"
#include "bench/roofline/stage.h"
#include "engine/io/file_system.h"

#include <absl/cleanup/cleanup.h>
#include <absl/strings/str_cat.h>

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <memory>
#include <unistd.h>

namespace hydrant::roofline {
namespace {

constexpr size_t kBlockBytes = 1 << 20;
constexpr size_t kDirectAlignment = 4096;

std::string LogPath(const std::string& directory) {
  return absl::StrCat(directory, "/roofline-", getpid(), ".log");
}

Status CheckFile(FileSystem& files, const std::string& path, std::string_view payload) {
  ASSIGN_OR_RETURN(const std::unique_ptr<ReadFile> file, files.OpenRead(path));
  std::string block(kBlockBytes, '\0');
  for (uint64_t at = 0;; at += kBlockBytes) {
    ASSIGN_OR_RETURN(const size_t size, file->ReadAt(at, block));
    const std::string_view expected = at < payload.size() ? payload.substr(at, kBlockBytes) : "";
    if (std::string_view(block.data(), size) != expected) return WrongAnswer("the log's file");
    if (size == 0) return absl::OkStatus();
  }
}

Status WriteLog(const Work& work, const std::string& directory, bool with_sync,
                CpuStopwatch& watch) {
  FileSystem& files = FileSystem::Posix();
  const std::string path = LogPath(directory);
  const absl::Cleanup remove = [&] {
    files.Remove(path).IgnoreError(); /* never made */
  };
  ASSIGN_OR_RETURN(const std::unique_ptr<AppendFile> file, files.OpenAppend(path));
  HotBuffer hot(kBlockBytes);
  const std::string_view payload = work.payload;
  for (size_t at = 0; at < payload.size(); at += kBlockBytes) {
    const std::string_view block = hot.Fill(payload.substr(at, kBlockBytes));
    watch.Start();
    Status written = file->Append({&block, 1});
    if (written.ok() && with_sync) written = file->SyncData();
    watch.StopSystemCalls();
    RETURN_IF_ERROR(written);
  }
  return CheckFile(files, path, payload);
}

// Past the system's cache, from memory that the device may read. What a reader that lags wants then
// comes from the disk, too: another bargain, so no sum holds it.
StatusOr<int> OpenDirect(const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_DIRECT | O_CLOEXEC, 0600);
  if (fd < 0) return ErrnoStatus(errno, "open " + path);
  return fd;
}

Status WriteDirect(std::string_view payload, const std::string& path, CpuStopwatch& watch) {
  ASSIGN_OR_RETURN(const int fd, OpenDirect(path));
  const absl::Cleanup close = [&] {
    ::close(fd);
    ::unlink(path.c_str());
  };
  const std::unique_ptr<char, decltype(&std::free)> hot(
      static_cast<char*>(std::aligned_alloc(kDirectAlignment, kBlockBytes)), &std::free);
  for (size_t at = 0; at < payload.size(); at += kBlockBytes) {
    const size_t size = payload.copy(hot.get(), kBlockBytes, at);
    watch.Start();
    const ssize_t written = ::write(fd, hot.get(), size);
    const int synced = ::fdatasync(fd);
    watch.StopSystemCalls();
    if (written != static_cast<ssize_t>(size) || synced < 0) {
      return ErrnoStatus(errno, "write " + path);
    }
  }
  return CheckFile(FileSystem::Posix(), path, payload);
}

bool CanWriteDirect(const std::string& path) {
  const StatusOr<int> fd = OpenDirect(path);
  if (!fd.ok()) return false;
  ::close(*fd);
  ::unlink(path.c_str());
  return true;
}

}  // namespace

std::vector<Stage> LogStages(const Work& work, const std::string& directory) {
  const auto stage = [&](std::string name, std::string about, bool with_sync) -> Stage {
    return {std::move(name), std::move(about), work.payload.size(),
            [&work, directory, with_sync](CpuStopwatch& watch) {
              return WriteLog(work, directory, with_sync, watch);
            }};
  };
  std::vector<Stage> stages = {stage("log-write", "blocks of 1 MiB at the end of a file", false),
                               stage("log-write-sync", "the same with fdatasync after each", true)};
  const std::string path = LogPath(directory);
  // Whole sectors: a server would pad.
  const size_t bytes = work.payload.size() / kDirectAlignment * kDirectAlignment;
  if (bytes == 0 || !CanWriteDirect(path)) return stages;
  stages.push_back({"log-write-direct", "the same with O_DIRECT, which leaves nothing in the cache",
                    bytes, [&work, path, bytes](CpuStopwatch& watch) {
                      return WriteDirect(std::string_view(work.payload).substr(0, bytes), path,
                                         watch);
                    }});
  return stages;
}

}  // namespace hydrant::roofline
