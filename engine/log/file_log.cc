#include "engine/log/file_log.h"

#include "engine/base/check.h"
#include "engine/base/logging.h"
#include "engine/log/frame_writer.h"
#include "engine/log/log_recovery.h"
#include "engine/log/segment_reader.h"
#include "engine/log/segment_table.h"
#include "engine/log/tail_cache.h"

#include <absl/strings/str_format.h>
#include <absl/synchronization/mutex.h>

#include <algorithm>
#include <utility>

namespace hydrant {
namespace {

// Appended batches are written when this much waits, so that a commit needs few calls and the disk
// starts before Sync.
constexpr uint64_t kWriteBytes = 4 << 20;
// Left free on the disk, so that a log which fills it leaves room to record what becomes of its
// records.
constexpr uint64_t kFreeBytesMin = 16 << 20;
// A segment that is still being written is given up for retention only when nothing came for a
// while: each time costs a new file.
constexpr absl::Duration kIdleMin = absl::Seconds(1);
constexpr std::string_view kLockName = "/lock";

class FileLog final : public RecordLog {
 public:
  FileLog(FileSystem& files, std::string directory, LogOptions options, ArenaPool& pool,
          const Clock& clock, std::unique_ptr<FileLock> lock)
      : files_(files),
        directory_(std::move(directory)),
        options_(options),
        pool_(pool),
        clock_(clock),
        lock_(std::move(lock)),
        table_(directory_) {}

  Status Recover(Position at_least, std::vector<LogDamage>* recovered);

  Status Append(std::unique_ptr<RecordBatch> batch) override;
  Status Sync() override;
  RecordBatchPtr ReadCached(Position from) const override;
  StatusOr<LogReadResult> Read(Position from, uint64_t bytes_max) override;
  Status Trim(Position watermark, Position wanted_from) override;
  StatusOr<Position> FindTime(absl::Time time) override;
  LogStats stats() const override;
  Position append_position() const override;

 private:
  // The writer's.
  Status MakeRoom(uint64_t bytes);
  Status WritePending();
  Status WriteFrames();
  Status OpenSegment(Position first);
  Status MakeSegmentFile(const Segment& segment, const std::string& path);
  Status WriteSegmentHeader(const Segment& segment, const std::string& path);
  Status Commit();
  Status SyncFile();
  void Publish();
  void ForgetUnsynced();
  Status Abandon(const Status& why);
  Status DropOldest();
  bool DropSettled(uint64_t disk_bytes_max);
  Position OldestEnd() const;
  bool OldestIsSettled() const;
  bool OldestIsExpired() const;
  uint64_t DiskBytes() const;
  std::string PathOf(const SegmentId& id) const { return directory_ + "/" + SegmentFileName(id); }
  int64_t NowMicros() const { return absl::ToUnixMicros(clock_.Now()); }

  // Readers'.
  Status ReadFrom(const SegmentView& view, uint64_t bytes_max, LogReadResult& result);
  void TellOnce(const LogDamage& damage);
  bool Holds(const SegmentView& view) const;

  FileSystem& files_;
  const std::string directory_;
  const LogOptions options_;
  ArenaPool& pool_;
  const Clock& clock_;
  const std::unique_ptr<FileLock> lock_;

  // Used by the writer alone.
  Status broken_;                         // what stopped the log from taking appends
  std::unique_ptr<RollbackFile> active_;  // null: the next write makes a segment
  FrameWriter writer_;
  std::vector<RecordBatchPtr> unsynced_;  // appended since the last Sync, in order
  size_t written_ = 0;                    // of these, how many are in the file
  uint64_t unsynced_bytes_ = 0;           // their frames
  uint64_t unwritten_bytes_ = 0;
  int64_t last_commit_us_ = 0;

  // Shared with readers. Held for look-ups only, never during a call into the file system. Only the
  // writer changes the table's segments, so it may rely on what it saw.
  mutable absl::Mutex mutex_;
  SegmentTable table_ ABSL_GUARDED_BY(mutex_);
  TailCache cache_ ABSL_GUARDED_BY(mutex_){options_.tail_memory};
  PositionRanges told_ ABSL_GUARDED_BY(mutex_);  // damage that was logged
  Position watermark_ ABSL_GUARDED_BY(mutex_);
  Position append_position_ ABSL_GUARDED_BY(mutex_);
};

// Nobody else knows the log yet: no lock.
Status FileLog::Recover(Position at_least,
                        std::vector<LogDamage>* recovered) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  ASSIGN_OR_RETURN(RecoveredLog found,
                   RecoverLog(files_, directory_, NowMicros(), at_least, table_));
  active_ = std::move(found.active);
  // What a process that died had written and not synced may be in the system's cache only. It is delivered and added to
  // from now on, so that a power loss must not take it; nor may it bring back the name of a segment that was given up,
  // behind which nothing of the one before would count.
  if (options_.durability == Durability::kFsync) {
    const bool holds_frames = active_ && active_->size() > kSegmentHeaderBytes;
    if (holds_frames) RETURN_IF_ERROR(active_->SyncData());
    RETURN_IF_ERROR(files_.SyncDirectory(directory_));
  }
  last_commit_us_ = NowMicros();
  append_position_ = table_.end();
  if (recovered != nullptr) *recovered = std::move(found.damage);
  return absl::OkStatus();
}

// ---- The writer ----

Status FileLog::Append(std::unique_ptr<RecordBatch> batch) {
  RETURN_IF_ERROR(broken_);
  const uint64_t bytes = FrameBytes(batch->record_count(), batch->payload_bytes());
  if (batch->record_count() == 0) return InvalidArgument("append: the batch has no records");
  if (bytes > kFrameBytesMax) {
    return InvalidArgument(absl::StrFormat("append: a batch of %d bytes is over the %d of a frame",
                                           bytes, kFrameBytesMax));
  }
  RETURN_IF_ERROR(MakeRoom(bytes));
  if (unwritten_bytes_ >= kWriteBytes) {
    if (Status written = WritePending(); !written.ok()) {
      return absl::IsResourceExhausted(written) ? written : Abandon(written);
    }
  }
  {
    absl::MutexLock lock(&mutex_);
    batch->set_first_position(append_position_);
    append_position_ = batch->end_position();
  }
  unsynced_.push_back(std::move(batch));
  unsynced_bytes_ += bytes;
  unwritten_bytes_ += bytes;
  return absl::OkStatus();
}

Status FileLog::MakeRoom(uint64_t bytes) {
  const uint64_t needed = unsynced_bytes_ + bytes + kSegmentHeaderBytes;
  const uint64_t disk_bytes_max = options_.quota_bytes - std::min(options_.quota_bytes, needed);
  if (needed <= options_.quota_bytes) {
    if (DiskBytes() <= disk_bytes_max) return absl::OkStatus();
    DropSettled(disk_bytes_max);
    if (DiskBytes() <= disk_bytes_max) return absl::OkStatus();
  }
  return ResourceExhausted(absl::StrFormat(
      "log %s is full: it holds %d undelivered bytes of the %d that its quota allows", directory_,
      DiskBytes() + unsynced_bytes_, options_.quota_bytes));
}

Status FileLog::Sync() {
  RETURN_IF_ERROR(broken_);
  if (unsynced_.empty()) return absl::OkStatus();
  const Status committed = Commit();
  if (!committed.ok()) return Abandon(committed);
  Publish();
  return absl::OkStatus();
}

Status FileLog::Commit() {
  RETURN_IF_ERROR(WritePending());
  return SyncFile();
}

Status FileLog::SyncFile() {
  return options_.durability == Durability::kFsync ? active_->SyncData() : absl::OkStatus();
}

Status FileLog::WritePending() {
  const Status written = WriteFrames();
  if (!absl::IsResourceExhausted(written)) return written;
  // The disk is full: what is kept for replay goes before a producer is refused.
  return DropSettled(0) ? WriteFrames() : written;
}

Status FileLog::WriteFrames() {
  const StatusOr<uint64_t> free = files_.FreeBytes(directory_);
  // When the system doesn't tell, the write itself will.
  if (free.ok() && *free < unwritten_bytes_ + kFreeBytesMin) {
    return ResourceExhausted(absl::StrFormat(
        "the disk of %s is full: %d bytes are free, and %d of them are kept to record deliveries",
        directory_, *free, kFreeBytesMin));
  }
  // Segments change only between commits, so that a failed one is undone in a single file.
  const bool full = active_ != nullptr && active_->size() > kSegmentHeaderBytes &&
                    active_->size() >= options_.segment_bytes_max;
  if (active_ == nullptr || (written_ == 0 && full)) {
    RETURN_IF_ERROR(OpenSegment(unsynced_.front()->first_position()));
  }
  SegmentId id;
  {
    absl::MutexLock lock(&mutex_);
    id = table_.newest().id;
  }
  RETURN_IF_ERROR(writer_.Write(*active_, id, std::span(unsynced_).subspan(written_)));
  written_ = unsynced_.size();
  unwritten_bytes_ = 0;
  return absl::OkStatus();
}

Status FileLog::OpenSegment(Position first) {
  const Segment segment{{first, options_.entropy->Next64()}, NowMicros()};
  const std::string path = PathOf(segment.id);
  Status made = MakeSegmentFile(segment, path);
  if (made.ok()) {
    absl::MutexLock lock(&mutex_);
    table_.Add(segment);
    return made;
  }
  active_.reset();
  // A leftover would be in the way of the next try.
  for (const std::string& left : {path, path + std::string(kUnfinishedSuffix)}) {
    const Status removed = files_.Remove(left);
    if (!removed.ok() && !absl::IsNotFound(removed)) made = Internal(Message(removed));
  }
  return made;
}

// No crash leaves a file of the segment's name without its header.
Status FileLog::MakeSegmentFile(const Segment& segment, const std::string& path) {
  const std::string unfinished = path + std::string(kUnfinishedSuffix);
  RETURN_IF_ERROR(WriteSegmentHeader(segment, unfinished));
  RETURN_IF_ERROR(files_.Rename(unfinished, path));
  if (options_.durability == Durability::kFsync) {
    if (Status synced = files_.SyncDirectory(directory_); !synced.ok()) {
      return Internal(Message(synced));
    }
  }
  ASSIGN_OR_RETURN(std::unique_ptr<AppendFile> file, files_.OpenAppend(path));
  active_ = std::make_unique<RollbackFile>(std::move(file), path, kSegmentHeaderBytes);
  return absl::OkStatus();
}

Status FileLog::WriteSegmentHeader(const Segment& segment, const std::string& path) {
  ASSIGN_OR_RETURN(std::unique_ptr<AppendFile> file, files_.OpenAppend(path));
  const SegmentHeaderBytes header = EncodeSegmentHeader({segment.id, segment.created_us});
  const std::string_view piece(header.data(), header.size());
  RETURN_IF_ERROR(file->Append({&piece, 1}));
  return options_.durability == Durability::kFsync ? file->SyncData() : absl::OkStatus();
}

void FileLog::Publish() {
  uint64_t offset = active_->size() - unsynced_bytes_;
  absl::MutexLock lock(&mutex_);
  table_.Grow(active_->size(), append_position_);
  for (RecordBatchPtr& batch : unsynced_) {
    table_.AddMark({batch->first_position(), offset});
    offset += FrameBytes(batch->record_count(), batch->payload_bytes());
    cache_.Add(std::move(batch));
  }
  cache_.DropOver(options_.tail_cache_bytes);
  ForgetUnsynced();
  last_commit_us_ = NowMicros();
}

void FileLog::ForgetUnsynced() {
  unsynced_.clear();
  written_ = 0;
  unsynced_bytes_ = 0;
  unwritten_bytes_ = 0;
}

Status FileLog::Abandon(const Status& why) {
  Status result = why;
  if (written_ > 0) {
    const uint64_t written_bytes = unsynced_bytes_ - unwritten_bytes_;
    const Status cut = active_->RollBackTo(active_->size() - written_bytes);
    if (!cut.ok()) result = cut;
  }
  // Producers are told that nothing was taken: power loss must not bring it back.
  if (absl::IsResourceExhausted(result) && active_ != nullptr) {
    if (Status synced = SyncFile(); !synced.ok()) result = synced;
  }
  ForgetUnsynced();
  if (!absl::IsResourceExhausted(result)) broken_ = result;
  absl::MutexLock lock(&mutex_);
  append_position_ = table_.end();
  return result;
}

// ---- Trimming ----

Status FileLog::Trim(Position watermark, Position wanted_from) {
  {
    absl::MutexLock lock(&mutex_);
    watermark_ = std::max(watermark_, watermark);
    cache_.DropBelow(watermark_);
  }
  while (OldestIsSettled() && OldestIsExpired() && OldestEnd() <= wanted_from) {
    RETURN_IF_ERROR(DropOldest());
  }
  return absl::OkStatus();
}

uint64_t FileLog::DiskBytes() const {
  absl::MutexLock lock(&mutex_);
  return table_.bytes();
}

Position FileLog::OldestEnd() const {
  absl::MutexLock lock(&mutex_);
  return table_.oldest_end();
}

bool FileLog::OldestIsSettled() const {
  absl::MutexLock lock(&mutex_);
  if (table_.empty() || table_.oldest_end() > watermark_) return false;
  // The segment that the log grows in may go too, unless it is empty or being written.
  return table_.size() > 1 || (table_.bytes() > kSegmentHeaderBytes && unsynced_.empty());
}

bool FileLog::OldestIsExpired() const {
  const int64_t now_us = NowMicros();
  absl::MutexLock lock(&mutex_);
  if (table_.size() == 1) {
    const absl::Duration idle = absl::Microseconds(now_us - last_commit_us_);
    return idle > std::max(options_.retention_time, kIdleMin);
  }
  return table_.BytesBelow(watermark_) > options_.retention_bytes ||
         absl::Microseconds(now_us - table_.oldest_closed_us()) > options_.retention_time;
}

// Drops settled segments until the log holds no more than this; whether any was dropped.
bool FileLog::DropSettled(uint64_t disk_bytes_max) {
  bool dropped = false;
  while (DiskBytes() > disk_bytes_max && OldestIsSettled()) {
    if (Status status = DropOldest(); !status.ok()) {
      LogWarn("a delivered segment could not be removed",
              {{"directory", directory_}, {"error", Message(status)}});
      break;
    }
    dropped = true;
  }
  return dropped;
}

Status FileLog::DropOldest() {
  SegmentId id;
  bool last = false;
  Position end;
  {
    absl::MutexLock lock(&mutex_);
    id = table_.oldest().id;
    last = table_.size() == 1;
    end = table_.end();
  }
  // An empty segment keeps the place, so that positions are never given twice.
  if (last) {
    RETURN_IF_ERROR(broken_);
    if (Status made = OpenSegment(end); !made.ok()) {
      if (!absl::IsResourceExhausted(made)) broken_ = made;
      return made;
    }
  }
  const Status removed = files_.Remove(PathOf(id));
  if (!removed.ok() && !absl::IsNotFound(removed)) return removed;
  absl::MutexLock lock(&mutex_);
  table_.DropOldest();
  return absl::OkStatus();
}

// ---- Readers ----

RecordBatchPtr FileLog::ReadCached(Position from) const {
  absl::MutexLock lock(&mutex_);
  return cache_.Find(from);
}

StatusOr<LogReadResult> FileLog::Read(Position from, uint64_t bytes_max) {
  LogReadResult result;
  result.next = from;
  while (true) {
    SegmentView view;
    {
      absl::MutexLock lock(&mutex_);
      const Position begin = table_.begin();
      const Position known = std::max(result.next, watermark_);
      if (known < begin) {
        result.damage.push_back(
            {directory_, 0, 0, {known, begin}, "the log's files of these records are gone"});
      }
      result.next = std::max(result.next, begin);
      if (result.next >= table_.end()) return result;
      RecordBatchPtr cached = cache_.Find(result.next);
      if (cached != nullptr && cached->first_position() == result.next) {
        result.next = cached->end_position();
        result.batch = std::move(cached);
        return result;
      }
      view = table_.Locate(result.next);
    }
    RETURN_IF_ERROR(ReadFrom(view, bytes_max, result));
    if (result.batch != nullptr) return result;
  }
}

Status FileLog::ReadFrom(const SegmentView& view, uint64_t bytes_max, LogReadResult& result) {
  StatusOr<std::unique_ptr<ReadFile>> file = files_.OpenRead(view.path);
  if (absl::IsNotFound(file.status())) {
    if (!Holds(view)) return absl::OkStatus();  // trimmed meanwhile: look again
    result.damage.push_back(
        {view.path, 0, view.limit_bytes, {result.next, view.end}, "the file is gone"});
    TellOnce(result.damage.back());
    result.next = view.end;
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(file.status());
  ASSIGN_OR_RETURN(SegmentRead read, ReadSegment(**file, view, result.next, bytes_max, pool_));
  for (LogDamage& damage : read.damage) {
    TellOnce(damage);
    result.damage.push_back(std::move(damage));
  }
  result.next = read.batch == nullptr ? view.end : read.batch->end_position();
  result.batch = std::move(read.batch);
  if (result.batch != nullptr && result.next < view.end) {
    absl::MutexLock lock(&mutex_);
    table_.AddMark({result.next, read.next_offset});
  }
  return absl::OkStatus();
}

// Many reads may meet the same damage.
void FileLog::TellOnce(const LogDamage& damage) {
  {
    absl::MutexLock lock(&mutex_);
    while (!told_.empty() && told_.front().end <= table_.begin()) told_.erase(told_.begin());
    if (SubtractRanges(damage.positions, told_).empty()) return;
    AddRange(told_, damage.positions);
  }
  TellOfDamage(LogLevel::kWarn, damage, "passed over");
}

bool FileLog::Holds(const SegmentView& view) const {
  absl::MutexLock lock(&mutex_);
  return table_.begin() <= view.id.first;
}

StatusOr<Position> FileLog::FindTime(absl::Time time) {
  std::vector<SegmentView> views;
  Position end;
  {
    absl::MutexLock lock(&mutex_);
    views = table_.WrittenSince(time);
    end = table_.end();
  }
  for (const SegmentView& view : views) {
    StatusOr<std::unique_ptr<ReadFile>> file = files_.OpenRead(view.path);
    if (absl::IsNotFound(file.status())) continue;
    RETURN_IF_ERROR(file.status());
    ASSIGN_OR_RETURN(const std::optional<Position> found, FindArrival(**file, view, time));
    if (found) return *found;
  }
  return end;
}

LogStats FileLog::stats() const {
  absl::MutexLock lock(&mutex_);
  return {table_.begin(), table_.end(), table_.bytes(), cache_.bytes(), table_.size()};
}

Position FileLog::append_position() const {
  absl::MutexLock lock(&mutex_);
  return append_position_;
}

}  // namespace

StatusOr<std::unique_ptr<RecordLog>> OpenFileLog(FileSystem& files, std::string directory,
                                                 LogOptions options, ArenaPool& pool,
                                                 const Clock& clock, Position at_least,
                                                 std::vector<LogDamage>* recovered) {
  RETURN_IF_ERROR(files.CreateDirectories(directory));
  ASSIGN_OR_RETURN(std::unique_ptr<FileLock> lock, files.Lock(directory + std::string(kLockName)));
  auto log =
      std::make_unique<FileLog>(files, std::move(directory), options, pool, clock, std::move(lock));
  RETURN_IF_ERROR(log->Recover(at_least, recovered));
  return log;
}

}  // namespace hydrant
