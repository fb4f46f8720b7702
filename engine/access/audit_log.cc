#include "engine/access/audit_log.h"

#include "engine/base/logging.h"

#include <boost/asio/post.hpp>

#include <array>
#include <filesystem>
#include <string_view>
#include <utility>

namespace hydrant {
namespace {

// A pipe could hold up the start for ever, and neither pipes nor devices can be synced.
Status CheckRegular(const std::string& path) {
  std::error_code error;
  const auto type = std::filesystem::status(path, error).type();
  if (type == std::filesystem::file_type::regular ||
      type == std::filesystem::file_type::not_found || type == std::filesystem::file_type::none) {
    return absl::OkStatus();
  }
  return InvalidArgument(path + " must be a regular file, not a directory, pipe or device");
}

}  // namespace

StatusOr<std::unique_ptr<AuditLog>> AuditLog::Open(AuditLogOptions options) {
  RETURN_IF_ERROR(CheckRegular(options.file));
  std::unique_ptr<AuditLog> log(new AuditLog(std::move(options)));
  RETURN_IF_ERROR(log->options_.files->CreateDirectories(DirectoryOf(log->options_.file)));
  absl::MutexLock lock(&log->file_mutex_);
  RETURN_IF_ERROR(log->OpenFile());
  return log;
}

AuditLog::AuditLog(AuditLogOptions options)
    : options_(std::move(options)),
      written_(options_.metrics->AddCounter("hydrant_audit_records_total",
                                            "Calls written to the audit log.")),
      lost_(options_.metrics->AddCounter(
          "hydrant_audit_lost_records_total",
          "Calls that could not be written to the audit log: its disk is too slow or full.")) {}

AuditLog::~AuditLog() { WriteQueued(); }

void AuditLog::Append(std::string line) {
  line.push_back('\n');
  {
    absl::MutexLock lock(&queue_mutex_);
    if (queue_bytes_ + line.size() > kQueueBytesMax) {
      return Lost(1, ResourceExhausted("too much waits to be written"));
    }
    queue_bytes_ += line.size();
    queue_.push_back(std::move(line));
    if (queue_.size() > 1) return;  // somebody is on the way
  }
  boost::asio::post(options_.executor, [this] { WriteQueued(); });
}

void AuditLog::WriteQueued() {
  absl::MutexLock file_lock(&file_mutex_);
  std::vector<std::string> lines;
  {
    absl::MutexLock lock(&queue_mutex_);
    lines.swap(queue_);
    queue_bytes_ = 0;
  }
  if (lines.empty()) return;
  size_t count = 0;
  const Status written = WriteLines(lines, count);
  written_->Add(count);
  if (!written.ok()) {
    file_.reset();  // opened again with the next lines
    return Lost(lines.size() - count, written);
  }
  failing_ = false;
}

Status AuditLog::OpenFile() {
  ASSIGN_OR_RETURN(file_, options_.files->OpenAppend(options_.file));
  ASSIGN_OR_RETURN(file_bytes_, options_.files->FileSize(options_.file));
  if (file_bytes_ == 0) return absl::OkStatus();
  // A crash, or a disk that was full, may have left half a line.
  ASSIGN_OR_RETURN(const auto reader, options_.files->OpenRead(options_.file));
  char last = '\n';
  RETURN_IF_ERROR(reader->ReadAt(file_bytes_ - 1, {&last, 1}).status());
  return last == '\n' ? absl::OkStatus() : WriteWhole("\n");
}

Status AuditLog::WriteWhole(std::string_view line) {
  const std::array<std::string_view, 1> pieces = {line};
  Status written = file_->Append(pieces);
  if (written.ok()) {
    file_bytes_ += line.size();
  } else {
    file_->Truncate(file_bytes_).IgnoreError();  // else whoever opens it next ends the half line
  }
  return written;
}

Status AuditLog::WriteLines(const std::vector<std::string>& lines, size_t& count) {
  // Somebody may have moved it away, or emptied it.
  const StatusOr<uint64_t> bytes = options_.files->FileSize(options_.file);
  if (!file_ || !bytes.ok() || *bytes != file_bytes_) RETURN_IF_ERROR(OpenFile());
  for (const std::string& line : lines) {
    if (file_bytes_ > 0 && file_bytes_ + line.size() > options_.file_bytes_max) {
      RETURN_IF_ERROR(Rotate());
    }
    RETURN_IF_ERROR(WriteWhole(line));
    ++count;
  }
  Status synced = file_->SyncData();
  if (!synced.ok()) count = 0;  // nobody knows what of it there is
  return synced;
}

Status AuditLog::Rotate() {
  file_.reset();
  const auto name = [this](int i) {
    return i == 0 ? options_.file : options_.file + "." + std::to_string(i);
  };
  if (options_.files_max == 1) RETURN_IF_ERROR(options_.files->Remove(name(0)));
  for (int i = options_.files_max - 2; i >= 0; --i) {
    const Status renamed = options_.files->Rename(name(i), name(i + 1));
    if (!renamed.ok() && !absl::IsNotFound(renamed)) return renamed;
  }
  return OpenFile();
}

void AuditLog::Lost(uint64_t lines, const Status& why) {
  lost_->Add(lines);
  if (failing_.exchange(true)) return;
  LogError("The audit log can't be written; calls go on without it.",
           {{"file", options_.file}, {"error", Message(why)}});
}

}  // namespace hydrant
