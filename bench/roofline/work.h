// Work: the bytes that every stage works on, made once from a sample of lines, and what each stage
// must come to.
// Owner:   built by one thread, then read-only
// Units:   record bytes; a record is a line with its newline
// Errors:  MakeWork: kInvalidArgument: a sample without lines, or with one that is too long
#pragma once

#include "engine/base/status.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hydrant::roofline {

// Firehose's default object size, and that of the end-to-end jobs.
inline constexpr size_t kChunkBytes = 5 << 20;
// What a chunk that does not compress may become.
inline constexpr size_t kObjectBytesMax = kChunkBytes + kChunkBytes / 8;
// What a request may carry: 500 records of 1,024,000 bytes would be more than Firehose takes.
inline constexpr size_t kRequestBytesMax = 4 << 20;
inline constexpr size_t kRecordBytesMax = 1'024'000;

// One request: `payload` is what http_lines sends, `body` the PutRecordBatch of the same records.
struct Request {
  std::string_view payload;
  std::vector<uint32_t> ends;  // of each record in the payload
  std::string body;
  std::vector<std::string_view> texts;  // base64 of each record, in `body`
  uint32_t crc32c = 0;                  // of the payload, by another way than the stage's
};

struct Work {
  std::string payload;
  std::vector<Request> requests;
  std::vector<std::string_view> chunks;   // the payload as objects of kChunkBytes, the last shorter
  std::vector<std::string> gzip_objects;  // of each chunk
  uint64_t record_count = 0;
};

// Whole lines of the sample, from its start and again and again, until there are `bytes` of them.
StatusOr<std::unique_ptr<Work>> MakeWork(std::string_view sample, uint64_t bytes,
                                         size_t records_per_request);

}  // namespace hydrant::roofline
