#include "engine/log/log_recovery.h"

#include <algorithm>
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
  Recovery(FileSystem& files, const std::string& directory, int64_t now_us, Position at_least,
           SegmentTable& table)
      : files_(files), directory_(directory), now_us_(now_us), given_(at_least), table_(table) {}

  StatusOr<RecoveredLog> Run() {
    RETURN_IF_ERROR(FindSegments());
    RETURN_IF_ERROR(RemoveUnfinished());
    RETURN_IF_ERROR(SetUselessAside());
    if (!found_.empty()) RETURN_IF_ERROR(OpenLast());
    for (FoundSegment& found : found_) {
      if (!found.header_intact) ReportHeader(found.segment);
      table_.Add(std::move(found.segment));
    }
    if (given_ > end_) LoseEnd();
    table_.Grow(table_.empty() ? 0 : table_.newest().bytes, end_);
    return std::move(result_);
  }

 private:
  // Looks at every header before anything is changed.
  Status FindSegments() {
    ASSIGN_OR_RETURN(const std::vector<FileEntry> entries, files_.List(directory_));
    for (const FileEntry& entry : entries) {
      const std::optional<SegmentId> id = ParseSegmentFileName(entry.name);
      if (!id) {
        if (IsUnfinished(entry.name)) unfinished_.push_back(directory_ + "/" + entry.name);
        continue;
      }
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
    Report(LogLevel::kWarn, {path, 0, second.segment.bytes, {}, "a segment that was never used"},
           "removed");
    return files_.Remove(path);
  }

  static bool IsUnfinished(std::string_view name) {
    if (!name.ends_with(kUnfinishedSuffix)) return false;
    name.remove_suffix(kUnfinishedSuffix.size());
    return ParseSegmentFileName(name).has_value();
  }

  // What a crash leaves of a segment that was being made: it holds nothing.
  Status RemoveUnfinished() {
    for (const std::string& path : unfinished_) RETURN_IF_ERROR(files_.Remove(path));
    return absl::OkStatus();
  }

  // Last segments of which damage left neither header nor frame. What they held is not known, but that
  // positions up to those in their names were given is.
  Status SetUselessAside() {
    while (!found_.empty() && !found_.back().header_intact) {
      const Segment& segment = found_.back().segment;
      const Position first = segment.id.first;
      ASSIGN_OR_RETURN(const SegmentScan scan, Scan(segment));
      if (scan.end != first) break;
      LogDamage damage{table_.PathOf(segment.id),
                       0,
                       segment.bytes,
                       {first, first},
                       "no intact header and no intact frame: what it held is lost"};
      ASSIGN_OR_RETURN(damage.kept_as, SetAside(files_, damage.file));
      Report(LogLevel::kError, std::move(damage), "kept aside");
      given_ = std::max(given_, first);
      found_.pop_back();
    }
    return absl::OkStatus();
  }

  void ReportHeader(const Segment& segment) {
    Report(LogLevel::kWarn,
           {table_.PathOf(segment.id),
            0,
            kSegmentHeaderBytes,
            {},
            "the segment's header is damaged; its frames are not concerned"},
           "kept");
  }

  // A segment's positions have no gap: the log goes on in a new one.
  void LoseEnd() {
    Report(LogLevel::kWarn,
           {directory_,
            0,
            0,
            {end_, given_},
            "the log ends before positions that were given: its end is lost"},
           "passed over");
    result_.active.reset();
    end_ = given_;
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
    for (const LogDamage& damage : scan.damage) {
      Report(LogLevel::kWarn, damage, "kept what is behind it");
    }
    if (bytes > scan.valid_bytes) {
      Report(LogLevel::kWarn,
             {path, scan.valid_bytes, bytes - scan.valid_bytes, {}, "incomplete write at the end"},
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

  void Report(LogLevel level, LogDamage damage, std::string_view what) {
    TellOfDamage(level, damage, what);
    result_.damage.push_back(std::move(damage));
  }

  FileSystem& files_;
  const std::string& directory_;
  const int64_t now_us_;
  Position given_;  // positions below it were given
  SegmentTable& table_;
  std::vector<FoundSegment> found_;
  std::vector<std::string> unfinished_;
  Position end_;
  RecoveredLog result_;
};

}  // namespace

StatusOr<RecoveredLog> RecoverLog(FileSystem& files, const std::string& directory, int64_t now_us,
                                  Position at_least, SegmentTable& table) {
  return Recovery(files, directory, now_us, at_least, table).Run();
}

void TellOfDamage(LogLevel level, const LogDamage& damage, std::string_view what) {
  Log(level, "damage in a record log",
      {{"action", what},
       {"file", damage.kept_as.empty() ? damage.file : damage.kept_as},
       {"offset", damage.offset},
       {"bytes", damage.bytes},
       {"positions_begin", damage.positions.begin.value},
       {"positions_end", damage.positions.end.value},
       {"reason", damage.reason}});
}

}  // namespace hydrant
