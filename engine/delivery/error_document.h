// AppendErrorDocument: the line of JSON that tells of a record that was given up, in Firehose's words.
// Owner:   any thread; pure
// Units:   times in milliseconds since the epoch
// Source:  developer guide "basic-deliver", "data-transformation", "record-format-conversion"; the guide
//          shows numbers in quotes for some kinds, Firehose writes none of them so
#pragma once

#include "engine/record/failure.h"

#include <absl/time/time.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace hydrant {

struct FailedRecord {
  // What its producer was told; in the documents of some kinds. At most kRecordIdBytesMax.
  std::string_view id;
  absl::Time arrival;
  std::string_view raw;
};
inline constexpr size_t kRecordIdBytesMax = 128;

// Appends one document and its newline. The kind of its fields follows from failure.type; a detail of
// the failure whose name has a dot ("dataCatalogTable.region") is a member of an object. Bytes that are not UTF-8
// are replaced in texts.
void AppendErrorDocument(const Failure& failure, const FailedRecord& record, std::string* out);

// No document of a record of this failure is longer.
uint64_t ErrorDocumentBytesMax(const Failure& failure, size_t raw_bytes);

}  // namespace hydrant
