// ErrorDocuments: records that are given up, as the documents that tell of them.
// Owner:   any thread
#pragma once

#include "engine/record/failure.h"
#include "engine/record/record_batch.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace hydrant {

// One document for each record of the slice, each standing for its record's position. `failures` holds the
// positions of all of them; `record_id_prefix` is that of the stream's record ids.
Slice ErrorDocuments(const Slice& slice, std::span<const Failure> failures,
                     std::string_view record_id_prefix, ArenaPool& pool);

// An upper bound, in bytes of memory, of the documents of so many records, their payload bytes in all.
uint64_t ErrorDocumentsCost(uint64_t records, uint64_t bytes, std::span<const Failure> failures);

}  // namespace hydrant
