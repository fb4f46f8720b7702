// UploadObject: one object into the bucket, whole or in parts.
// Owner:   any executor
// Units:   S3 takes parts of at least 5 MiB (but the last), at most 10,000 of them
// Source:  Amazon S3 API Reference: PutObject, CreateMultipartUpload, UploadPart,
//          CompleteMultipartUpload, AbortMultipartUpload; User Guide, "Checking object integrity"
#pragma once

#include "engine/delivery/outcome.h"
#include "engine/io/http_client.h"
#include "engine/record/chunk.h"
#include "sinks/s3/s3_client.h"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <string>

namespace hydrant::s3 {

inline constexpr uint64_t kPartBytesMin = 5 << 20;
inline constexpr uint64_t kPartsMax = 10000;
inline constexpr int kPartsAtOnce = 4;

struct UploadOptions {
  HttpHeaders headers;           // of the object: type, encoding, encryption
  uint64_t multipart_bytes = 0;  // objects above it go up in parts of this size
  bool renewable_credentials = false;
};

// What each part but the last holds.
uint64_t PartBytes(uint64_t object_bytes, uint64_t multipart_bytes);

// `client`, `options` and `payload` must outlive the coroutine.
asio::awaitable<DeliveryOutcome> UploadObject(S3Client& client, const UploadOptions& options,
                                              std::string key, const Payload& payload);

}  // namespace hydrant::s3
