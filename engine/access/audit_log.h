// AuditLog: lines of a file that is renamed at a size, FILE to FILE.1 to FILE.2 …, of which so many are kept.
// Whoever appends never waits for the disk: lines queue up for a thread that may.
// Owner:   any thread; ends after the executor's last work
// Units:   bytes; at most kQueueBytesMax wait to be written, what comes then is lost, counted and said
// Errors:  a line that can't be written is lost, counted, and said once until writing works again
#pragma once

#include "engine/base/status.h"
#include "engine/io/file_system.h"
#include "engine/metrics/metrics.h"

#include <absl/synchronization/mutex.h>
#include <boost/asio/any_io_executor.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hydrant {

struct AuditLogOptions {
  std::string file;
  uint64_t file_bytes_max;
  int files_max;  // the one that is written included
  FileSystem* files;
  boost::asio::any_io_executor executor;  // for work that waits on the disk
  MetricRegistry* metrics;
};

class AuditLog {
 public:
  static constexpr size_t kQueueBytesMax = 4 << 20;

  // kPermissionDenied and others, by the file: there is no audit without it.
  static StatusOr<std::unique_ptr<AuditLog>> Open(AuditLogOptions options);
  // Writes what is waiting.
  ~AuditLog();
  AuditLog(const AuditLog&) = delete;
  AuditLog& operator=(const AuditLog&) = delete;

  // `line` without its end.
  void Append(std::string line);

 private:
  explicit AuditLog(AuditLogOptions options);
  void WriteQueued();
  Status OpenFile() ABSL_EXCLUSIVE_LOCKS_REQUIRED(file_mutex_);
  // Leaves nothing of a line that does not fit.
  Status WriteWhole(std::string_view line) ABSL_EXCLUSIVE_LOCKS_REQUIRED(file_mutex_);
  // `count`: how many lines are in the file, also after an error.
  Status WriteLines(const std::vector<std::string>& lines, size_t& count)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(file_mutex_);
  Status Rotate() ABSL_EXCLUSIVE_LOCKS_REQUIRED(file_mutex_);
  void Lost(uint64_t lines, const Status& why);

  const AuditLogOptions options_;
  const std::shared_ptr<Counter> written_;
  const std::shared_ptr<Counter> lost_;
  std::atomic<bool> failing_{false};

  absl::Mutex queue_mutex_;
  std::vector<std::string> queue_ ABSL_GUARDED_BY(queue_mutex_);
  size_t queue_bytes_ ABSL_GUARDED_BY(queue_mutex_) = 0;

  absl::Mutex file_mutex_;
  std::unique_ptr<AppendFile> file_ ABSL_GUARDED_BY(file_mutex_);
  uint64_t file_bytes_ ABSL_GUARDED_BY(file_mutex_) = 0;
};

}  // namespace hydrant
