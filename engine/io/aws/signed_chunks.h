// SignedChunks: a body of signed chunks ("aws-chunked"), taken apart and verified chunk by chunk. Each
// signature covers the one before it, the first that of the request's head:
//   SIZE;chunk-signature=SIGNATURE\r\n DATA \r\n … 0;chunk-signature=SIGNATURE\r\n
//   [NAME:VALUE\r\n … x-amz-trailer-signature:SIGNATURE\r\n] \r\n
// Owner:   not thread-safe
// Units:   a chunk's data at most `chunk_bytes_max`; trailing headers at most kTrailerBytesMax
// Errors:  kUnauthenticated: a signature does not fit; kInvalidArgument: no such framing
// Source:  Amazon S3 API Reference, "Signature Calculations for the Authorization Header: Transferring
//          Payload in Multiple Chunks" and "Signature calculations for trailing headers"
#pragma once

#include "engine/base/status.h"
#include "engine/io/aws/sigv4.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hydrant::aws {

// What a verified head gives to its chunks.
struct ChunkSigning {
  std::string signing_key;
  std::string amz_date;
  SigV4Scope scope;
  std::string seed_signature;
  bool trailer = false;
  std::optional<uint64_t> decoded_bytes;  // x-amz-decoded-content-length
};

class SignedChunks {
 public:
  static constexpr size_t kTrailerBytesMax = 4096;
  // Of a chunk's first line and the line end behind its data, at most.
  static constexpr size_t kFramingBytesMax = 128;

  SignedChunks(ChunkSigning signing, size_t chunk_bytes_max);

  struct Step {
    size_t consumed = 0;    // 0: `in` holds no whole chunk yet
    std::string_view data;  // of the chunk, inside of `in`; verified
  };
  // Takes the chunk at the front of `in`. Whatever comes behind the end is refused.
  StatusOr<Step> Next(std::string_view in);
  // All has come that there should be.
  bool done() const { return state_ == State::kDone; }

 private:
  enum class State { kChunks, kTrailer, kDone };

  StatusOr<Step> NextChunk(std::string_view in);
  StatusOr<Step> NextTrailer(std::string_view in);
  Status Verify(std::string_view kind, std::string_view hashes, std::string_view signature);
  Status Finish();

  const ChunkSigning signing_;
  const size_t chunk_bytes_max_;
  State state_ = State::kChunks;
  std::string previous_signature_;
  uint64_t data_bytes_ = 0;
};

}  // namespace hydrant::aws
