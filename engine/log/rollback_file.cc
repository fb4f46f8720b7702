#include "engine/log/rollback_file.h"

namespace hydrant {

Status RollbackFile::Append(std::span<const std::string_view> pieces) {
  RETURN_IF_ERROR(broken_);
  uint64_t bytes = 0;
  for (std::string_view piece : pieces) bytes += piece.size();
  const Status written = file_->Append(pieces);
  if (written.ok()) {
    size_ += bytes;
    return written;
  }
  // A part may have been written: without cutting it off, later frames would follow rubbish.
  if (Status cut = file_->Truncate(size_); !cut.ok()) return Break(cut);
  return absl::IsResourceExhausted(written) ? written : Break(written);
}

Status RollbackFile::SyncData() {
  RETURN_IF_ERROR(broken_);
  const Status synced = file_->SyncData();
  return synced.ok() ? synced : Break(synced);
}

Status RollbackFile::RollBackTo(uint64_t size) {
  if (size == size_) return broken_;
  const Status cut = file_->Truncate(size);
  if (cut.ok()) size_ = size;
  if (!broken_.ok()) {
    // What the disk has of it already is to be gone after power loss too.
    if (cut.ok()) file_->SyncData().IgnoreError();  // the file is given up in any case
    return broken_;
  }
  return cut.ok() ? cut : Break(cut);
}

Status RollbackFile::Break(const Status& why) {
  // Never kResourceExhausted, which would mean "try again".
  broken_ = Internal(std::string(Message(why)) + "; " + path_ +
                     " takes no more writes until it is opened again");
  return broken_;
}

}  // namespace hydrant
