// The log's file: blocks written at its end, each made durable or not.
#include "bench/roofline/hot_buffer.h"
#include "bench/roofline/stage.h"
#include "engine/io/file_system.h"

#include <absl/cleanup/cleanup.h>
#include <absl/strings/str_cat.h>

#include <unistd.h>

namespace hydrant::roofline {
namespace {

constexpr size_t kBlockBytes = 1 << 20;

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
  const std::string path = absl::StrCat(directory, "/roofline-", getpid(), ".log");
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

}  // namespace

std::vector<Stage> LogStages(const Work& work, const std::string& directory) {
  const auto stage = [&](std::string name, std::string about, bool with_sync) -> Stage {
    return {std::move(name), std::move(about), work.payload.size(),
            [&work, directory, with_sync](CpuStopwatch& watch) {
              return WriteLog(work, directory, with_sync, watch);
            }};
  };
  return {stage("log-write", "blocks of 1 MiB at the end of a file", false),
          stage("log-write-sync", "the same with fdatasync after each", true)};
}

}  // namespace hydrant::roofline
