// ChunkDecoder: the framing of a chunked HTTP/1.1 body, apart from its data and from any socket.
// Owner:   not thread-safe: caller serializes
// Units:   a chunk-size line is at most 1 KiB, the trailer section at most 8 KiB; a chunk under
//          2^60 bytes
// Errors:  kInvalidArgument: not chunked coding; strict, since two servers that read it differently
//          are a way to smuggle requests (a bare LF, a sign, "0x" and spaces are refused)
// Source:  RFC 9112 section 7.1
#pragma once

#include "engine/base/status.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hydrant {

class ChunkDecoder {
 public:
  // Consumes framing at the front of `in`, up to data, the end of the body, or the end of `in`.
  // Returns how many bytes that were. Extensions and trailers are checked for form and forgotten.
  StatusOr<size_t> ConsumeFraming(std::string_view in);
  // Bytes of chunk data that come next. Zero: framing is next, or the body has ended.
  uint64_t data_left() const { return data_left_; }
  // Notes that `size` <= data_left() bytes of data were taken.
  void ConsumeData(uint64_t size);
  bool done() const { return state_ == State::kDone; }

 private:
  enum class State {
    kSizeStart,
    kSize,
    kExtension,
    kSizeLf,
    kData,
    kDataCr,
    kDataLf,
    kTrailerStart,
    kTrailer,
    kTrailerLf,
    kEndLf,
    kDone,
  };
  // Takes one byte of framing.
  Status Step(unsigned char c);
  Status AddSizeDigit(unsigned char c);
  Status EndSize(unsigned char c);

  State state_ = State::kSizeStart;
  uint64_t data_left_ = 0;
  uint64_t size_ = 0;
  size_t section_bytes_ = 0;  // of the size line, or of all trailers
};

}  // namespace hydrant
