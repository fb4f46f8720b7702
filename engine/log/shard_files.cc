#include "engine/log/shard_files.h"

#include "engine/base/logging.h"
#include "engine/log/ledger_state.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <utility>

namespace hydrant {
namespace {

class Opening {
 public:
  Opening(FileSystem& files, std::string_view name, const std::string& directory)
      : files_(files), name_(name), directory_(directory) {}

  StatusOr<ShardFiles> Run(const LogOptions& options, ArenaPool& pool, const Clock& clock) {
    const std::string path = directory_ + "/ledger";
    const bool sync = options.durability == Durability::kFsync;
    ASSIGN_OR_RETURN(result_.ledger, OpenFileLedger(files_, path, sync, &found_));
    ASSIGN_OR_RETURN(result_.log, OpenFileLog(files_, directory_ + "/log", options, pool, clock,
                                              result_.ledger->state().highest, &damage_));
    for (const LogDamage& damage : damage_) AddRange(lost_, damage.positions);
    TellOfCutLedger(path);
    RETURN_IF_ERROR(BeginAnew(path));
    TellOfUselessFiles();
    SettleLost();
    // Only what the ledger knows durably may be forgotten by the log.
    RETURN_IF_ERROR(result_.ledger->Sync());
    RETURN_IF_ERROR(result_.log->Trim(result_.ledger->state().watermark));
    return std::move(result_);
  }

 private:
  void TellOfCutLedger(const std::string& path) {
    if (found_.cut_line == 0) return;
    result_.problems.push_back(absl::StrCat(
        "the end of the ledger ", path, " was not readable from line ", found_.cut_line, " on (",
        found_.copy.empty() ? "no copy could be kept"
                            : "a copy of all of it is kept as " + found_.copy,
        "): what these lines recorded as delivered is delivered again"));
  }

  // Nobody knows any more what became of the records that a log without its ledger holds. To deliver them
  // again is the lesser evil: nothing is lost.
  Status BeginAnew(const std::string& path) {
    const LogStats stats = result_.log->stats();
    const bool knows_nothing = result_.ledger->state().highest == Position{};
    // A damaged one may have been put aside by a start that got no further.
    if (found_.kept_as.empty() && found_.cut_line == 0 && knows_nothing &&
        stats.durable_end > Position{} && files_.FileSize(path + ".damaged").ok()) {
      found_.kept_as = path + ".damaged";
    }
    const bool damaged = !found_.kept_as.empty();
    // A crash may have come between the new ledger and its first entry: one that knows nothing is not that
    // of a log which was trimmed.
    const bool missing =
        found_.missing ? stats.durable_end > Position{} : knows_nothing && stats.begin > Position{};
    if (!damaged && !missing) return absl::OkStatus();
    // Only settled records were ever trimmed.
    if (stats.begin > Position{}) {
      RETURN_IF_ERROR(result_.ledger->SettlePositions({{Position{}, stats.begin}}));
    }
    const uint64_t again =
        CountUnsettled(result_.ledger->state(), {{stats.begin, stats.durable_end}}) - LostRecords();
    LogError(damaged ? "A ledger is damaged: what the log holds is delivered again."
                     : "A ledger is missing: what the log holds is delivered again.",
             {{"shard", name_},
              {"file", path},
              {"kept_as", found_.kept_as},
              {"records", again},
              {"mend",
               "nothing is lost; to avoid duplicates stop hydrant at once and restore the ledger "
               "from a backup"}});
    result_.problems.push_back(
        absl::StrCat("the ledger ", path,
                     damaged ? " was damaged (kept as " + found_.kept_as + ")" : " was missing",
                     ": the log's ", again, " records are delivered again"));
    return absl::OkStatus();
  }

  void TellOfUselessFiles() {
    for (const LogDamage& damage : damage_) {
      if (damage.kept_as.empty()) continue;
      result_.problems.push_back(absl::StrCat("a file of the log was damaged (kept as ",
                                              damage.kept_as, "): records from position ",
                                              damage.positions.begin.value, " on are lost"));
    }
  }

  // When the disk has no room for it, whoever reads the log finds the same again.
  void SettleLost() {
    const uint64_t records = LostRecords();
    if (records == 0) return;
    LogError("Records were lost to damage in the log.",
             {{"shard", name_},
              {"first_position", lost_.front().begin.value},
              {"end_position", lost_.back().end.value},
              {"records", records}});
    result_.problems.push_back(absl::StrCat(
        records, " records were lost to damage in the log ", directory_, "/log (positions ",
        lost_.front().begin.value, " to ", lost_.back().end.value, ")"));
    if (Status settled = result_.ledger->LosePositions(lost_); !settled.ok()) {
      LogWarn("Lost records could not be noted in the ledger yet.",
              {{"shard", name_}, {"error", Message(settled)}});
    }
  }

  uint64_t LostRecords() const { return CountUnsettled(result_.ledger->state(), lost_); }

  FileSystem& files_;
  const std::string_view name_;
  const std::string& directory_;
  ShardFiles result_;
  FoundLedger found_;
  std::vector<LogDamage> damage_;
  PositionRanges lost_;
};

}  // namespace

StatusOr<ShardFiles> OpenShardFiles(FileSystem& files, std::string_view name,
                                    const std::string& directory, const LogOptions& options,
                                    ArenaPool& pool, const Clock& clock) {
  RETURN_IF_ERROR(files.CreateDirectories(directory));
  return Opening(files, name, directory).Run(options, pool, clock);
}

}  // namespace hydrant
