#include "engine/testing/faulty_file_system.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <utility>

namespace hydrant::testing {
namespace {

int ErrnoOf(Fault fault) { return fault == Fault::kIoError ? EIO : ENOSPC; }

void WriteRubbish(const std::string& path, uint64_t from, uint64_t to, std::mt19937_64& random) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  const uint64_t at = from + random() % (to - from);
  file.seekp(static_cast<std::streamoff>(at));
  const std::string zeros(std::min<uint64_t>(to - at, 1 + random() % 512), '\0');
  file.write(zeros.data(), static_cast<std::streamsize>(zeros.size()));
}

}  // namespace

class FaultyFileSystem::AppendHandle final : public AppendFile {
 public:
  AppendHandle(FaultyFileSystem& owner, std::unique_ptr<AppendFile> real, std::string path)
      : owner_(owner), real_(std::move(real)), path_(std::move(path)) {}

  Status AppendUpTo(std::span<const std::string_view> pieces, uint64_t limit) {
    uint64_t bytes = 0;
    std::vector<std::string_view> cut;
    for (std::string_view piece : pieces) {
      cut.push_back(piece.substr(0, std::min<uint64_t>(piece.size(), limit - bytes)));
      bytes += cut.back().size();
    }
    RETURN_IF_ERROR(real_->Append(cut));
    owner_.tracked_[path_].bytes += bytes;
    return absl::OkStatus();
  }

  Status Append(std::span<const std::string_view> pieces) override {
    ++owner_.appends_;
    uint64_t bytes = 0;
    for (std::string_view piece : pieces) bytes += piece.size();
    if (Status status = owner_.Enter("append", path_); !status.ok()) {
      if (owner_.fault_ == Fault::kShortWrite) RETURN_IF_ERROR(AppendUpTo(pieces, bytes / 2));
      return status;
    }
    const uint64_t fits = std::min(bytes, owner_.space_);
    RETURN_IF_ERROR(AppendUpTo(pieces, fits));
    if (owner_.space_ != UINT64_MAX) owner_.space_ -= fits;
    return fits == bytes ? absl::OkStatus() : ErrnoStatus(ENOSPC, "write " + path_);
  }

  Status SyncData() override {
    ++owner_.syncs_;
    RETURN_IF_ERROR(owner_.Enter("sync", path_));
    Tracked& tracked = owner_.tracked_[path_];
    tracked.synced_bytes = tracked.bytes;
    return absl::OkStatus();
  }

  Status Truncate(uint64_t size) override {
    RETURN_IF_ERROR(owner_.Enter("truncate", path_));
    RETURN_IF_ERROR(real_->Truncate(size));
    Tracked& tracked = owner_.tracked_[path_];
    tracked.bytes = size;
    tracked.synced_bytes = std::min(tracked.synced_bytes, size);
    return absl::OkStatus();
  }

 private:
  FaultyFileSystem& owner_;
  std::unique_ptr<AppendFile> real_;
  std::string path_;
};

class FaultyFileSystem::ReadHandle final : public ReadFile {
 public:
  ReadHandle(FaultyFileSystem& owner, std::unique_ptr<ReadFile> real, std::string path)
      : owner_(owner), real_(std::move(real)), path_(std::move(path)) {}
  StatusOr<size_t> ReadAt(uint64_t offset, std::span<char> buffer) override {
    RETURN_IF_ERROR(owner_.Enter("read", path_));
    return real_->ReadAt(offset, buffer);
  }

 private:
  FaultyFileSystem& owner_;
  std::unique_ptr<ReadFile> real_;
  std::string path_;
};

void FaultyFileSystem::FailCall(uint64_t call, Fault fault, bool repeat) {
  fail_at_ = calls_ + call;
  fault_ = fault;
  repeat_ = repeat;
  failed_ = false;
}

void FaultyFileSystem::FailKind(const std::string& kind, Fault fault) {
  kinds_[kind] = fault;
  fault_ = fault;
  failed_ = false;
}

void FaultyFileSystem::StopFailing() {
  fail_at_ = 0;
  kinds_.clear();
  space_ = UINT64_MAX;
}

Status FaultyFileSystem::Enter(const std::string& kind, const std::string& path) {
  ++calls_;
  const auto found = kinds_.find(kind);
  const bool hit = fail_at_ != 0 && (calls_ == fail_at_ || (repeat_ && calls_ > fail_at_));
  if (!hit && found == kinds_.end()) return absl::OkStatus();
  failed_ = true;
  return ErrnoStatus(ErrnoOf(hit ? fault_ : found->second), kind + " " + path + " (injected)");
}

void FaultyFileSystem::LosePower(std::mt19937_64& random) {
  for (auto& [path, tracked] : tracked_) {
    if (!tracked.entry_synced) {
      real_.Remove(path).IgnoreError();  // it may be gone already
      continue;
    }
    const uint64_t extra = tracked.bytes - tracked.synced_bytes;
    const uint64_t kept = tracked.synced_bytes + (extra == 0 ? 0 : random() % (extra + 1));
    StatusOr<std::unique_ptr<AppendFile>> file = real_.OpenAppend(path);
    if (!file.ok() || !(*file)->Truncate(kept).ok()) continue;
    if (kept > tracked.synced_bytes && random() % 2 == 0) {
      WriteRubbish(path, tracked.synced_bytes, kept, random);
    }
  }
  tracked_.clear();
}

StatusOr<std::unique_ptr<AppendFile>> FaultyFileSystem::OpenAppend(const std::string& path) {
  RETURN_IF_ERROR(Enter("open", path));
  const StatusOr<uint64_t> before = real_.FileSize(path);
  ASSIGN_OR_RETURN(std::unique_ptr<AppendFile> file, real_.OpenAppend(path));
  if (!tracked_.contains(path)) {
    const uint64_t bytes = before.ok() ? *before : 0;
    tracked_[path] = {bytes, bytes, before.ok()};
  }
  return std::make_unique<AppendHandle>(*this, std::move(file), path);
}

StatusOr<std::unique_ptr<ReadFile>> FaultyFileSystem::OpenRead(const std::string& path) {
  RETURN_IF_ERROR(Enter("open", path));
  ASSIGN_OR_RETURN(std::unique_ptr<ReadFile> file, real_.OpenRead(path));
  return std::make_unique<ReadHandle>(*this, std::move(file), path);
}

StatusOr<std::vector<FileEntry>> FaultyFileSystem::List(const std::string& directory) {
  RETURN_IF_ERROR(Enter("list", directory));
  return real_.List(directory);
}

StatusOr<uint64_t> FaultyFileSystem::FileSize(const std::string& path) {
  RETURN_IF_ERROR(Enter("size", path));
  return real_.FileSize(path);
}

Status FaultyFileSystem::Rename(const std::string& from, const std::string& to) {
  RETURN_IF_ERROR(Enter("rename", from));
  RETURN_IF_ERROR(real_.Rename(from, to));
  // The name `to` was there before or not; a rename that is lost brings back an older whole file,
  // which is not modelled.
  tracked_[to] = tracked_[from];
  tracked_.erase(from);
  return absl::OkStatus();
}

Status FaultyFileSystem::Remove(const std::string& path) {
  RETURN_IF_ERROR(Enter("remove", path));
  RETURN_IF_ERROR(real_.Remove(path));
  tracked_.erase(path);
  return absl::OkStatus();
}

Status FaultyFileSystem::CreateDirectories(const std::string& directory) {
  RETURN_IF_ERROR(Enter("mkdir", directory));
  std::error_code ignored;  // the real one tells, and syncs what it makes
  std::filesystem::create_directories(directory, ignored);
  return real_.CreateDirectories(directory);
}

Status FaultyFileSystem::SyncDirectory(const std::string& directory) {
  RETURN_IF_ERROR(Enter("syncdir", directory));
  for (auto& [path, tracked] : tracked_) {
    if (DirectoryOf(path) == directory) tracked.entry_synced = true;
  }
  return absl::OkStatus();
}

StatusOr<std::unique_ptr<FileLock>> FaultyFileSystem::Lock(const std::string& path) {
  RETURN_IF_ERROR(Enter("lock", path));
  return real_.Lock(path);
}

StatusOr<uint64_t> FaultyFileSystem::FreeBytes(const std::string& path) {
  RETURN_IF_ERROR(Enter("free", path));
  ASSIGN_OR_RETURN(const uint64_t free, real_.FreeBytes(path));
  return free;
}

}  // namespace hydrant::testing
