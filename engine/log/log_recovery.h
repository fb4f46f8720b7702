// Recovery: what a log's directory holds when it is opened, mended where a crash tore it.
// Owner:   the one that opens the log, holding its lock
// Units:   reads 64 bytes of each segment and all of the last one
// Errors:  kFailedPrecondition: written by a newer version, or files were renamed: nothing was
//          touched; those of FileSystem
#pragma once

#include "engine/base/logging.h"
#include "engine/io/file_system.h"
#include "engine/log/record_log.h"
#include "engine/log/rollback_file.h"
#include "engine/log/segment_table.h"

#include <memory>
#include <vector>

namespace hydrant {

struct RecoveredLog {
  // The last segment, when the log can go on in it.
  std::unique_ptr<RollbackFile> active;
  std::vector<LogDamage> damage;
};

// Fills `table` with the segments found. Positions below `at_least` and below that in the name of a
// segment that damage made useless were given: when they are not there, the end of the log was lost.
// Damage is also written as lines.
StatusOr<RecoveredLog> RecoverLog(FileSystem& files, const std::string& directory, int64_t now_us,
                                  Position at_least, SegmentTable& table);

// One line.
void TellOfDamage(LogLevel level, const LogDamage& damage, std::string_view what);

}  // namespace hydrant
