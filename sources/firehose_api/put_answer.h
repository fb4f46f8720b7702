// Put answers: the JSON of PutRecord's and PutRecordBatch's success, rendered into one string of
// known size; the record ids of a batch are counted up in place.
// Owner:   any thread Source: firehose 2015-08-04 service model, PutRecordOutput and
//          PutRecordBatchOutput
#pragma once

#include "engine/record/position.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace hydrant::firehose_api {

// `record_id_prefix` needs no escaping in JSON; the record's position follows it, 20 digits.
std::string RenderPutRecordAnswer(std::string_view record_id_prefix, Position position,
                                  bool encrypted);
// Records have the positions first, first + 1, …
std::string RenderPutRecordBatchAnswer(std::string_view record_id_prefix, Position first,
                                       uint64_t record_count, bool encrypted);

}  // namespace hydrant::firehose_api
