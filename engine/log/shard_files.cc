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

  StatusOr<ShardFiles> Run(const std::vector<std::string>& branches, const LogOptions& options,
                           ArenaPool& pool, const Clock& clock) {
    RETURN_IF_ERROR(OpenLedgers(branches, options.durability == Durability::kFsync));
    Position highest;
    for (const auto& ledger : result_.ledgers) highest = std::max(highest, ledger->state().highest);
    ASSIGN_OR_RETURN(result_.log, OpenFileLog(files_, directory_ + "/log", options, pool, clock,
                                              highest, &damage_));
    for (const LogDamage& damage : damage_) AddRange(lost_, damage.positions);
    for (size_t i = 0; i < opened_.size(); ++i) {
      TellOfCutLedger(opened_[i]);
      RETURN_IF_ERROR(BeginAnew(opened_[i], *result_.ledgers[i], /*first=*/i == 0));
    }
    TellOfUselessFiles();
    SettleLost();
    // Only what the ledgers know durably may be forgotten by the log.
    Position settled{UINT64_MAX};
    for (const auto& ledger : result_.ledgers) {
      RETURN_IF_ERROR(ledger->Sync());
      settled = std::min(settled, ledger->state().watermark);
    }
    RETURN_IF_ERROR(result_.log->Trim(settled));
    return std::move(result_);
  }

 private:
  struct Opened {
    std::string path;
    FoundLedger found;
  };

  Status OpenLedgers(const std::vector<std::string>& branches, bool sync) {
    std::vector<std::string> names = {"ledger"};
    for (const std::string& branch : branches) names.push_back("ledger-" + branch);
    RETURN_IF_ERROR(RemoveOthers(names));
    for (const std::string& name : names) {
      Opened& opened = opened_.emplace_back();
      opened.path = directory_ + "/" + name;
      ASSIGN_OR_RETURN(std::unique_ptr<Ledger> ledger,
                       OpenFileLedger(files_, opened.path, sync, &opened.found));
      result_.ledgers.push_back(std::move(ledger));
    }
    return absl::OkStatus();
  }

  // The ledger of a branch that the stream no longer has would hold the log for ever when it is back.
  Status RemoveOthers(const std::vector<std::string>& names) {
    ASSIGN_OR_RETURN(const std::vector<FileEntry> entries, files_.List(directory_));
    for (const FileEntry& entry : entries) {
      const bool is_ledger =
          entry.name.starts_with("ledger-") && entry.name.find('.') == entry.name.npos;
      if (!is_ledger || std::find(names.begin(), names.end(), entry.name) != names.end()) continue;
      RETURN_IF_ERROR(files_.Remove(directory_ + "/" + entry.name));
    }
    return absl::OkStatus();
  }

  void TellOfCutLedger(const Opened& opened) {
    const FoundLedger& found = opened.found;
    if (found.cut_line == 0) return;
    result_.problems.push_back(
        absl::StrCat("the end of the ledger ", opened.path, " was not readable from line ",
                     found.cut_line, " on (",
                     found.copy.empty() ? "no copy could be kept"
                                        : "a copy of all of it is kept as " + found.copy,
                     "): what these lines recorded as delivered is delivered again"));
  }

  // Nobody knows any more what became of the records that a log without its ledger holds. To deliver them
  // again is the lesser evil: nothing is lost.
  // A branch that the stream did not have before begins with what the stream itself has not settled.
  Status BeginAnew(Opened& opened, Ledger& ledger, bool first) {
    const LogStats stats = result_.log->stats();
    FoundLedger& found = opened.found;
    const bool knows_nothing = ledger.state().highest == Position{};
    // A damaged one may have been put aside by a start that got no further.
    if (found.kept_as.empty() && found.cut_line == 0 && knows_nothing &&
        stats.durable_end > Position{} && files_.FileSize(opened.path + ".damaged").ok()) {
      found.kept_as = opened.path + ".damaged";
    }
    const bool damaged = !found.kept_as.empty();
    if (!first && found.missing && !damaged) {
      return SettleBelow(ledger, std::max(stats.begin, result_.ledgers[0]->state().watermark));
    }
    // A crash may have come between the new ledger and its first entry: one that knows nothing is not that
    // of a log which was trimmed.
    const bool missing =
        found.missing ? stats.durable_end > Position{} : knows_nothing && stats.begin > Position{};
    if (!damaged && !missing) return absl::OkStatus();
    // Only settled records were ever trimmed.
    RETURN_IF_ERROR(SettleBelow(ledger, stats.begin));
    const uint64_t again = CountUnsettled(ledger.state(), {{stats.begin, stats.durable_end}}) -
                           CountUnsettled(ledger.state(), lost_);
    LogError(damaged ? "A ledger is damaged: what the log holds is delivered again."
                     : "A ledger is missing: what the log holds is delivered again.",
             {{"shard", name_},
              {"file", opened.path},
              {"kept_as", found.kept_as},
              {"records", again},
              {"mend",
               "nothing is lost; to avoid duplicates stop hydrant at once and restore the ledger "
               "from a backup"}});
    result_.problems.push_back(
        absl::StrCat("the ledger ", opened.path,
                     damaged ? " was damaged (kept as " + found.kept_as + ")" : " was missing",
                     ": the log's ", again, " records are delivered again"));
    return absl::OkStatus();
  }

  static Status SettleBelow(Ledger& ledger, Position end) {
    if (end == Position{}) return absl::OkStatus();
    return ledger.Write(SettlePositions{{{Position{}, end}}});
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
    const uint64_t records = CountUnsettled(result_.ledgers[0]->state(), lost_);
    for (const auto& ledger : result_.ledgers) {
      if (CountUnsettled(ledger->state(), lost_) == 0) continue;
      if (Status settled = ledger->Write(LosePositions{lost_}); !settled.ok()) {
        LogWarn("Lost records could not be noted in a ledger yet.",
                {{"shard", name_}, {"error", Message(settled)}});
      }
    }
    if (records == 0) return;
    LogError("Records were lost to damage in the log.",
             {{"shard", name_},
              {"first_position", lost_.front().begin.value},
              {"end_position", lost_.back().end.value},
              {"records", records}});
    result_.problems.push_back(absl::StrCat(
        records, " records were lost to damage in the log ", directory_, "/log (positions ",
        lost_.front().begin.value, " to ", lost_.back().end.value, ")"));
  }

  FileSystem& files_;
  const std::string_view name_;
  const std::string& directory_;
  ShardFiles result_;
  std::vector<Opened> opened_;
  std::vector<LogDamage> damage_;
  PositionRanges lost_;
};

}  // namespace

StatusOr<ShardFiles> OpenShardFiles(FileSystem& files, std::string_view name,
                                    const std::string& directory,
                                    const std::vector<std::string>& branches,
                                    const LogOptions& options, ArenaPool& pool,
                                    const Clock& clock) {
  RETURN_IF_ERROR(files.CreateDirectories(directory));
  return Opening(files, name, directory).Run(branches, options, pool, clock);
}

}  // namespace hydrant
