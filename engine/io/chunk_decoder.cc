#include "engine/io/chunk_decoder.h"

#include "engine/base/check.h"

#include <utility>

namespace hydrant {
namespace {

constexpr size_t kSizeLineBytesMax = 1024;
constexpr size_t kTrailerBytesMax = 8192;
constexpr uint64_t kChunkBytesMax = uint64_t{1} << 60;

int HexValue(unsigned char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const unsigned char lower = c | 0x20;
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool IsText(unsigned char c) { return c == '\t' || (c >= 0x20 && c != 0x7f); }

Status Bad(std::string_view what) {
  std::string message = "chunked body: ";
  return InvalidArgument(message.append(what));
}

}  // namespace

StatusOr<size_t> ChunkDecoder::ConsumeFraming(std::string_view in) {
  size_t at = 0;
  while (at < in.size() && state_ != State::kData && state_ != State::kDone) {
    RETURN_IF_ERROR(Step(static_cast<unsigned char>(in[at])));
    ++at;
  }
  return at;
}

void ChunkDecoder::ConsumeData(uint64_t size) {
  HYDRANT_CHECK(size <= data_left_);
  data_left_ -= size;
  if (state_ == State::kData && data_left_ == 0) state_ = State::kDataCr;
}

Status ChunkDecoder::AddSizeDigit(unsigned char c) {
  if (size_ >= kChunkBytesMax / 16) return Bad("chunk size is too large");
  size_ = size_ * 16 + static_cast<uint64_t>(HexValue(c));
  state_ = State::kSize;
  return {};
}

// The first byte behind the digits.
Status ChunkDecoder::EndSize(unsigned char c) {
  if (c == '\r') {
    state_ = State::kSizeLf;
  } else if (c == ';') {
    state_ = State::kExtension;
  } else {
    return Bad("chunk size is not a hexadecimal number");
  }
  return {};
}

Status ChunkDecoder::Step(unsigned char c) {
  const bool in_trailers = state_ >= State::kTrailerStart;
  if (++section_bytes_ > (in_trailers ? kTrailerBytesMax : kSizeLineBytesMax)) {
    return Bad(in_trailers ? "trailers are longer than 8 KiB" : "chunk line is longer than 1 KiB");
  }
  switch (state_) {
    case State::kSizeStart:
      return HexValue(c) < 0 ? Bad("chunk size is not a hexadecimal number") : AddSizeDigit(c);
    case State::kSize:
      return HexValue(c) < 0 ? EndSize(c) : AddSizeDigit(c);
    case State::kExtension:
      if (c == '\r') {
        state_ = State::kSizeLf;
      } else if (!IsText(c)) {
        return Bad("control character in a chunk extension");
      }
      return {};
    case State::kSizeLf:
      if (c != '\n') return Bad("chunk size line does not end in CR LF");
      section_bytes_ = 0;
      data_left_ = std::exchange(size_, 0);
      state_ = data_left_ > 0 ? State::kData : State::kTrailerStart;
      return {};
    case State::kDataCr:
      if (c != '\r') return Bad("chunk data is longer than its size");
      state_ = State::kDataLf;
      return {};
    case State::kDataLf:
      if (c != '\n') return Bad("chunk data does not end in CR LF");
      section_bytes_ = 0;
      state_ = State::kSizeStart;
      return {};
    case State::kTrailerStart:
    case State::kTrailer:
      if (c == '\r') {
        state_ = state_ == State::kTrailer ? State::kTrailerLf : State::kEndLf;
      } else if (IsText(c)) {
        state_ = State::kTrailer;
      } else {
        return Bad("control character in a trailer");
      }
      return {};
    case State::kTrailerLf:
    case State::kEndLf:
      if (c != '\n') return Bad("trailer does not end in CR LF");
      state_ = state_ == State::kEndLf ? State::kDone : State::kTrailerStart;
      return {};
    case State::kData:
    case State::kDone:
      break;
  }
  return Internal("chunked body: framing asked for inside data");
}

}  // namespace hydrant
