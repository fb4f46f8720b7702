#include "engine/log/log_recovery.h"

#include "engine/base/logging.h"

#include <array>
#include <utility>

namespace hydrant {
namespace {

struct FoundSegment {
  Segment segment;
  bool header_intact = false;
};

class Recovery {
 public:
  Recovery(FileSystem& files, const std::string& directory, int64_t now_us, SegmentTable& table)
      : files_(files), directory_(directory), now_us_(now_us), table_(table) {}

  StatusOr<RecoveredLog> Run() {
    RETURN_IF_ERROR(FindSegments());
    RETURN_IF_ERROR(RemoveUnfinishedSegments());
    if (found_.empty()) return std::move(result_);
    RETURN_IF_ERROR(OpenLast());
    for (FoundSegment& found : found_) table_.Add(std::move(found.segment));
    table_.Grow(table_.newest().bytes, end_);
    return std::move(result_);
  }

 private:
  // Looks at every header before anything is changed.
  Status FindSegments() {
    ASSIGN_OR_RETURN(const std::vector<FileEntry> entries, files_.List(directory_));
    for (const FileEntry& entry : entries) {
      const std::optional<SegmentId> id = ParseSegmentFileName(entry.name);
      if (!id) continue;
      // An unreadable time of creation counts as now: kept longer rather than too short.
      FoundSegment found{{*id, now_us_, entry.bytes}, false};
      RETURN_IF_ERROR(ReadHeader(found));
      const bool twin = !found_.empty() && found_.back().segment.id.first == id->first;
      if (twin) RETURN_IF_ERROR(SettleTwins(found));
      if (!twin) found_.push_back(std::move(found));
    }
    return absl::OkStatus();
  }

  Status ReadHeader(FoundSegment& found) {
    const std::string path = table_.PathOf(found.segment.id);
    ASSIGN_OR_RETURN(std::unique_ptr<ReadFile> file, files_.OpenRead(path));
    std::array<char, kSegmentHeaderBytes> bytes;
    ASSIGN_OR_RETURN(const size_t got, file->ReadAt(0, bytes));
    const StatusOr<SegmentHeader> header = DecodeSegmentHeader({bytes.data(), got});
    if (absl::IsFailedPrecondition(header.status())) return WithContext(header.status(), path);
    if (!header.ok()) return absl::OkStatus();
    if (header->id != found.segment.id) {
      return MakeStatus(absl::StatusCode::kFailedPrecondition,
                        path + ": the file's name is not the one it was made with (" +
                            SegmentFileName(header->id) + "); give it that name back");
    }
    found.header_intact = true;
    found.segment.created_us = header->created_us;
    return absl::OkStatus();
  }

  // Two segments that begin at the same position: one of them was given up while it was made.
  Status SettleTwins(FoundSegment& second) {
    FoundSegment& first = found_.back();
    if (second.segment.bytes > kSegmentHeaderBytes) std::swap(first, second);
    const std::string path = table_.PathOf(second.segment.id);
    if (second.segment.bytes > kSegmentHeaderBytes) {
      return MakeStatus(absl::StatusCode::kFailedPrecondition,
                        path +
                            ": another segment with records begins at the same position; move "
                            "the one that does not belong here out of the directory");
    }
    Report({path, 0, second.segment.bytes, {}, "a segment that was never used"}, "removed");
    return files_.Remove(path);
  }

  // A crash while a segment is made leaves a last file that holds no frame and has no header.
  Status RemoveUnfinishedSegments() {
    while (!found_.empty() && !found_.back().header_intact) {
      const Segment& segment = found_.back().segment;
      const std::string path = table_.PathOf(segment.id);
      ASSIGN_OR_RETURN(const SegmentScan scan, Scan(segment));
      if (scan.end != segment.id.first) break;
      Report({path, 0, segment.bytes, {}, "no intact header and no intact frame"}, "removed");
      RETURN_IF_ERROR(files_.Remove(path));
      found_.pop_back();
    }
    return absl::OkStatus();
  }

  StatusOr<SegmentScan> Scan(const Segment& segment) {
    const std::string path = table_.PathOf(segment.id);
    ASSIGN_OR_RETURN(std::unique_ptr<ReadFile> file, files_.OpenRead(path));
    return ScanSegment(*file, {path, segment.id, {UINT64_MAX}, segment.bytes, kSegmentHeaderBytes});
  }

  Status OpenLast() {
    Segment& last = found_.back().segment;
    const std::string path = table_.PathOf(last.id);
    const uint64_t bytes = last.bytes;
    ASSIGN_OR_RETURN(const SegmentScan scan, Scan(last));
    for (const LogDamage& damage : scan.damage) Report(damage, "kept what is behind it");
    if (bytes > scan.valid_bytes) {
      Report({path, scan.valid_bytes, bytes - scan.valid_bytes, {}, "incomplete write at the end"},
             "cut off");
    }
    last.bytes = scan.valid_bytes;
    end_ = scan.end;
    ASSIGN_OR_RETURN(std::unique_ptr<AppendFile> file, files_.OpenAppend(path));
    auto active = std::make_unique<RollbackFile>(std::move(file), path, bytes);
    RETURN_IF_ERROR(active->RollBackTo(scan.valid_bytes));
    // A log must not grow behind a damaged header; its frames stay readable.
    if (found_.back().header_intact) result_.active = std::move(active);
    return absl::OkStatus();
  }

  void Report(LogDamage damage, std::string_view what) {
    WarnOfDamage(damage, what);
    result_.damage.push_back(std::move(damage));
  }

  FileSystem& files_;
  const std::string& directory_;
  const int64_t now_us_;
  SegmentTable& table_;
  std::vector<FoundSegment> found_;
  Position end_;
  RecoveredLog result_;
};

}  // namespace

StatusOr<RecoveredLog> RecoverLog(FileSystem& files, const std::string& directory, int64_t now_us,
                                  SegmentTable& table) {
  return Recovery(files, directory, now_us, table).Run();
}

void WarnOfDamage(const LogDamage& damage, std::string_view what) {
  LogWarn("damage in a record log", {{"action", what},
                                     {"file", damage.file},
                                     {"offset", damage.offset},
                                     {"bytes", damage.bytes},
                                     {"positions_begin", damage.positions.begin.value},
                                     {"positions_end", damage.positions.end.value},
                                     {"reason", damage.reason}});
}

}  // namespace hydrant
