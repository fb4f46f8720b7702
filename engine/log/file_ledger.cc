#include "engine/log/file_ledger.h"

#include "engine/base/logging.h"
#include "engine/log/ledger_journal.h"
#include "engine/log/ledger_json.h"
#include "engine/log/ledger_state.h"
#include "engine/log/rollback_file.h"

#include <utility>

namespace hydrant {
namespace {

constexpr uint64_t kRewriteBytesMin = 1 << 20;
constexpr uint64_t kRewriteFactor = 4;
// A journal is rewritten long before; more than this is not one of ours.
constexpr uint64_t kFileBytesMax = uint64_t{1} << 30;

class FileLedger final : public Ledger {
 public:
  FileLedger(FileSystem& files, std::string path, bool sync, std::unique_ptr<FileLock> lock)
      : files_(files), path_(std::move(path)), sync_(sync), lock_(std::move(lock)) {}

  Status Open(FoundLedger& found);

  Status Write(const LedgerEntry& entry) override;
  Status Sync() override;
  const LedgerState& state() const override { return state_; }

 private:
  void TellOfSkipped(const std::string& text, FoundLedger& found);
  StatusOr<std::string> KeepCopy(const std::string& text);
  Status Continue(uint64_t bytes, uint64_t valid_bytes);
  Status Rewrite();
  Status WriteNewFile(const std::string& path, const std::string& text);

  FileSystem& files_;
  const std::string path_;
  const bool sync_;
  const std::unique_ptr<FileLock> lock_;
  LedgerState state_;
  Status broken_;
  std::unique_ptr<RollbackFile> file_;
  bool unsynced_ = false;
  uint64_t rewrite_at_bytes_ = 0;
};

Status FileLedger::Open(FoundLedger& found) {
  const StatusOr<std::string> text = ReadWholeFile(files_, path_, kFileBytesMax);
  found.missing = absl::IsNotFound(text.status());
  if (found.missing) return Rewrite();
  RETURN_IF_ERROR(text.status());
  ASSIGN_OR_RETURN(JournalContent content, ReadJournal(*text, path_));
  if (!content.whole) {
    ASSIGN_OR_RETURN(found.kept_as, SetAside(files_, path_));
    return Rewrite();
  }
  state_ = std::move(content.state);
  found.skipped_lines = content.skipped_lines;
  found.first_skipped = content.first_skipped;
  if (found.skipped_lines > 0) {
    TellOfSkipped(*text, found);
    const Status rewritten = Rewrite();
    if (rewritten.ok() || !broken_.ok()) return rewritten;
    // A full disk is no reason to stand still: these lines are skipped at the next start, too.
    LogWarn("a ledger could not be rewritten", {{"file", path_}, {"error", Message(rewritten)}});
  } else if (content.valid_bytes < text->size()) {
    LogWarn("cut off an incomplete write at the end of a ledger",
            {{"file", path_},
             {"offset", content.valid_bytes},
             {"bytes", text->size() - content.valid_bytes}});
  }
  // What was read, and the file's name, may be in the system's cache only.
  unsynced_ = true;
  RETURN_IF_ERROR(Continue(text->size(), content.valid_bytes));
  return sync_ ? files_.SyncDirectory(DirectoryOf(path_)) : absl::OkStatus();
}

void FileLedger::TellOfSkipped(const std::string& text, FoundLedger& found) {
  StatusOr<std::string> copy = KeepCopy(text);
  LogError("Lines of a ledger were not readable and are skipped.",
           {{"file", path_},
            {"first_line", found.first_skipped},
            {"lines", found.skipped_lines},
            {"copy", copy.ok() ? *copy : "none: " + std::string(Message(copy.status()))},
            {"mend",
             "after a power loss none is needed; else check the disk: what these lines recorded as "
             "delivered is delivered again"}});
  if (copy.ok()) found.copy = *std::move(copy);
}

StatusOr<std::string> FileLedger::KeepCopy(const std::string& text) {
  ASSIGN_OR_RETURN(std::string copy, FreeDamagedPath(files_, path_));
  Status kept = WriteNewFile(copy, text);
  if (kept.ok()) kept = files_.SyncDirectory(DirectoryOf(copy));
  if (kept.ok()) return copy;
  files_.Remove(copy).IgnoreError();  // a part of a copy misleads
  return kept;
}

Status FileLedger::Continue(uint64_t bytes, uint64_t valid_bytes) {
  ASSIGN_OR_RETURN(std::unique_ptr<AppendFile> file, files_.OpenAppend(path_));
  file_ = std::make_unique<RollbackFile>(std::move(file), path_, bytes);
  RETURN_IF_ERROR(file_->RollBackTo(valid_bytes));
  ASSIGN_OR_RETURN(const std::string live, JournalOf(state_));
  rewrite_at_bytes_ = kRewriteBytesMin + kRewriteFactor * live.size();
  return absl::OkStatus();
}

Status FileLedger::Write(const LedgerEntry& entry) {
  RETURN_IF_ERROR(broken_);
  RETURN_IF_ERROR(CheckEntry(state_, entry));
  ASSIGN_OR_RETURN(const std::string json, EntryToJson(entry, CountHeld(state_, entry)));
  const std::string line = JournalLine(json);
  const std::string_view piece = line;
  RETURN_IF_ERROR(file_->Append({&piece, 1}));
  ApplyEntry(state_, entry);
  unsynced_ = true;
  if (file_->size() < rewrite_at_bytes_) return absl::OkStatus();
  if (Status rewritten = Rewrite(); !rewritten.ok()) {
    // The entry is in the old file, which goes on as it was: try again later, unless that broke
    // too.
    LogWarn("a ledger could not be compacted", {{"file", path_}, {"error", Message(rewritten)}});
    rewrite_at_bytes_ += kRewriteBytesMin;
  }
  return absl::OkStatus();
}

Status FileLedger::Sync() {
  RETURN_IF_ERROR(broken_);
  if (!sync_ || !unsynced_) return absl::OkStatus();
  RETURN_IF_ERROR(file_->SyncData());
  unsynced_ = false;
  return absl::OkStatus();
}

Status FileLedger::Rewrite() {
  ASSIGN_OR_RETURN(const std::string text, JournalOf(state_));
  const std::string temporary = path_ + ".tmp";
  if (Status written = WriteNewFile(temporary, text); !written.ok()) {
    files_.Remove(temporary).IgnoreError();  // the next try removes it too
    return written;
  }
  RETURN_IF_ERROR(files_.Rename(temporary, path_));
  // From here on the old file is gone: entries must go to the new one, or nowhere.
  Status status = files_.SyncDirectory(DirectoryOf(path_));
  if (status.ok()) status = Continue(text.size(), text.size());
  if (!status.ok()) {
    broken_ = Internal(std::string(Message(status)) + "; " + path_ +
                       " takes no more entries until it is opened again");
    return broken_;
  }
  unsynced_ = false;
  return absl::OkStatus();
}

Status FileLedger::WriteNewFile(const std::string& path, const std::string& text) {
  const Status removed = files_.Remove(path);
  if (!removed.ok() && !absl::IsNotFound(removed)) return removed;
  ASSIGN_OR_RETURN(std::unique_ptr<AppendFile> file, files_.OpenAppend(path));
  const std::string_view piece = text;
  RETURN_IF_ERROR(file->Append({&piece, 1}));
  return file->SyncData();
}

}  // namespace

StatusOr<std::unique_ptr<Ledger>> OpenFileLedger(FileSystem& files, std::string path, bool sync,
                                                 FoundLedger* found) {
  RETURN_IF_ERROR(files.CreateDirectories(DirectoryOf(path)));
  ASSIGN_OR_RETURN(std::unique_ptr<FileLock> lock, files.Lock(path + ".lock"));
  auto ledger = std::make_unique<FileLedger>(files, std::move(path), sync, std::move(lock));
  FoundLedger seen;
  RETURN_IF_ERROR(ledger->Open(seen));
  if (found != nullptr) *found = std::move(seen);
  return ledger;
}

}  // namespace hydrant
