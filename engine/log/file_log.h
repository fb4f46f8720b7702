// OpenFileLog: the record log in local files (format: segment.h; rules: README.md).
// Owner:   as RecordLog: one writer; readers beside it on any thread
// Units:   bytes on disk, record positions
// Errors:  of OpenFileLog: kFailedPrecondition: in use by another process, or written by a newer
//          version (nothing was touched); kPermissionDenied, kResourceExhausted, kInternal: from
//          the file system, with the path
#pragma once

#include "engine/base/clock.h"
#include "engine/io/file_system.h"
#include "engine/log/record_log.h"
#include "engine/record/arena.h"

#include <memory>
#include <string>
#include <vector>

namespace hydrant {

// Opens the log in `directory`, which is made when it is missing. Positions below `at_least` are
// never given (again): hand in the ledger's `highest`. What recovery cut off or found damaged is
// logged, and put into `recovered` unless that is null. `files`, `pool` and `clock` must outlive
// the log, and the pool its batches too.
StatusOr<std::unique_ptr<RecordLog>> OpenFileLog(FileSystem& files, std::string directory,
                                                 LogOptions options, ArenaPool& pool,
                                                 const Clock& clock, Position at_least,
                                                 std::vector<LogDamage>* recovered = nullptr);

}  // namespace hydrant
