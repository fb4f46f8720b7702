// MakeMemoryLog: a record log that survives nothing, for durability `memory` and for tests.
// Owner:   as RecordLog: one writer; readers beside it on any thread
// Units:   LogOptions::quota_bytes and retention_bytes bound resident memory
//          (RecordBatch::memory_bytes)
// Errors:  kResourceExhausted: the quota is reached
//          LogOptions::tail_memory is taken for all that it holds.
#pragma once

#include "engine/base/clock.h"
#include "engine/log/record_log.h"

#include <memory>

namespace hydrant {

// `clock` must outlive the log.
std::unique_ptr<RecordLog> MakeMemoryLog(LogOptions options, const Clock& clock);

}  // namespace hydrant
