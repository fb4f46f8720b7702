// Put requests: the body of PutRecord and PutRecordBatch to one RecordBatch, in one pass, checked
// whole.
// Owner:   any thread
// Units:   bytes of record data before base64; limits of the service model and of the developer
//          guide
// Errors:  ApiErrors in AWS's words: SerializationException (no JSON, wrong type, bad base64),
//          ValidationException (every violation of the model in one message),
//          InvalidArgumentException (over 4 MiB in all). Nothing of a refused request is kept.
// Source:  firehose 2015-08-04 service model (PutRecordInput, PutRecordBatchInput, Record, Data);
//          developer guide "limits"; the wording of errors: README.md in this folder
#pragma once

#include "engine/record/arena.h"
#include "engine/record/record_batch.h"
#include "engine/stream/api_error.h"

#include <absl/time/time.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace hydrant::firehose_api {

inline constexpr size_t kRecordBytesMax = 1'024'000;
inline constexpr size_t kBatchRecordsMax = 500;
inline constexpr size_t kBatchBytesMax = 4 << 20;
// 4 MiB is 5.6 MB of base64. The rest is for JSON around 500 records, escapes and white space.
inline constexpr size_t kPutBodyBytesMax = 8 << 20;

enum class PutOperation { kPutRecord, kPutRecordBatch };

struct PutRequest {
  std::string stream;
  // One record for kPutRecord, 1 to 500 for kPutRecordBatch, in the request's order.
  std::unique_ptr<RecordBatch> batch;
};

// What the batch of a body of that size may hold in memory.
uint64_t PutBatchMemoryBytes(size_t body_size);

std::variant<PutRequest, ApiError> ParsePutRequest(PutOperation operation, std::string_view body,
                                                   ArenaPool& pool, absl::Time arrival);

}  // namespace hydrant::firehose_api
