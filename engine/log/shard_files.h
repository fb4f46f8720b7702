// OpenShardFiles: the log and the ledger of a shard in one directory, opened and made to agree.
// Owner:   the one that opens the shard
// Errors:  those of OpenFileLedger and OpenFileLog; in use, newer or damaged files are left as they are.
//          Lost records and a lost ledger are no errors: the shard goes on with what is there, they are
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
  std::unique_ptr<Ledger> ledger;
  std::unique_ptr<RecordLog> log;
  // One sentence each, for people: what damage took, or makes happen twice.
  std::vector<std::string> problems;
};

// `directory` is made when it is missing; `name` is the shard's, for people. Records that the log is seen
// to have lost are settled, settled segments trimmed, so far as the ledger's file is durable.
StatusOr<ShardFiles> OpenShardFiles(FileSystem& files, std::string_view name,
                                    const std::string& directory, const LogOptions& options,
                                    ArenaPool& pool, const Clock& clock);

}  // namespace hydrant
