// OpenShardFiles: the log and the ledgers of a shard in one directory, opened and made to agree.
// Owner:   the one that opens the shard
// Errors:  those of OpenFileLedger and OpenFileLog; files that are in use or newer are left as they are.
//          Lost records, a lost ledger and lines of one are no errors: the shard goes on with what is there, they are
//          logged as errors and told as problems
#pragma once

#include "engine/log/file_ledger.h"
#include "engine/log/file_log.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hydrant {

struct ShardFiles {
  // The stream's own, then one for each of the branches asked for.
  std::vector<std::unique_ptr<Ledger>> ledgers;
  std::unique_ptr<RecordLog> log;
  // One sentence each, for people: what damage took, or makes happen twice.
  std::vector<std::string> problems;
};

// `directory` is made when it is missing; `name` is the shard's, for people. Records that the log is seen
// to have lost are settled, segments trimmed that all ledgers have settled, so far as their files are durable.
// `branches` other than the stream's own have ledgers of their own ("backup": `ledger-backup`); that of a
// branch which is not asked for any more is removed.
StatusOr<ShardFiles> OpenShardFiles(FileSystem& files, std::string_view name,
                                    const std::string& directory,
                                    const std::vector<std::string>& branches,
                                    const LogOptions& options, ArenaPool& pool, const Clock& clock);

}  // namespace hydrant
