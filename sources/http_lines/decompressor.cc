#include "sources/http_lines/decompressor.h"

#include "engine/base/check.h"

#include <absl/strings/match.h>
#include <isa-l/igzip_lib.h>
#include <zstd.h>

#include <algorithm>
#include <string>

namespace hydrant::http_lines {
namespace {

constexpr int kZstdWindowLogMax = 23;

class GzipDecompressor final : public Decompressor {
 public:
  GzipDecompressor() : state_(std::make_unique<inflate_state>()) { Reset(); }

  StatusOr<Step> Decode(std::string_view in, std::span<char> out) override {
    Step step;
    while (step.produced < out.size()) {
      // A finished member is followed by another one or by nothing.
      if (state_->block_state == ISAL_BLOCK_FINISH) {
        if (step.consumed == in.size()) break;
        Reset();
      }
      const size_t before = step.consumed + step.produced;
      RETURN_IF_ERROR(Inflate(in, out, step));
      if (step.consumed + step.produced == before) break;
    }
    return step;
  }
  bool at_boundary() const override { return state_->block_state == ISAL_BLOCK_FINISH; }
  size_t memory_bytes() const override { return sizeof(inflate_state); }

 private:
  void Reset() {
    isal_inflate_init(state_.get());
    state_->crc_flag = ISAL_GZIP;
  }

  Status Inflate(std::string_view in, std::span<char> out, Step& step) {
    const size_t in_size = std::min<size_t>(in.size() - step.consumed, UINT32_MAX);
    const size_t out_size = std::min<size_t>(out.size() - step.produced, UINT32_MAX);
    state_->next_in = reinterpret_cast<uint8_t*>(const_cast<char*>(in.data() + step.consumed));
    state_->avail_in = static_cast<uint32_t>(in_size);
    state_->next_out = reinterpret_cast<uint8_t*>(out.data() + step.produced);
    state_->avail_out = static_cast<uint32_t>(out_size);
    const int result = isal_inflate(state_.get());
    if (result < 0) return InvalidArgument("the body is not valid gzip");
    step.consumed += in_size - state_->avail_in;
    step.produced += out_size - state_->avail_out;
    return Status();
  }

  std::unique_ptr<inflate_state> state_;
};

class ZstdDecompressor final : public Decompressor {
 public:
  ZstdDecompressor() : stream_(ZSTD_createDStream()) {
    HYDRANT_CHECK(stream_ != nullptr);
    ZSTD_DCtx_setParameter(stream_, ZSTD_d_windowLogMax, kZstdWindowLogMax);
  }
  ~ZstdDecompressor() override { ZSTD_freeDStream(stream_); }

  StatusOr<Step> Decode(std::string_view in, std::span<char> out) override {
    ZSTD_inBuffer input{in.data(), in.size(), 0};
    ZSTD_outBuffer output{out.data(), out.size(), 0};
    while (output.pos < output.size && (input.pos < input.size || !at_boundary_)) {
      if (frame_start_ && input.pos < input.size && !StartsFrame(in[input.pos])) {
        return InvalidArgument("the body is not valid zstd: unknown frame");
      }
      frame_start_ = frame_start_ && input.pos == input.size;
      const size_t before = input.pos + output.pos;
      const size_t result = ZSTD_decompressStream(stream_, &output, &input);
      if (ZSTD_isError(result)) {
        return InvalidArgument(std::string("the body is not valid zstd: ") +
                               ZSTD_getErrorName(result));
      }
      at_boundary_ = result == 0;
      frame_start_ = frame_start_ || at_boundary_;
      if (input.pos + output.pos == before) break;
    }
    return Step{input.pos, output.pos};
  }
  bool at_boundary() const override { return at_boundary_; }
  size_t memory_bytes() const override { return ZSTD_sizeof_DStream(stream_); }

 private:
  // The library also takes the formats from before 1.0, whose decoders know no limit on the window.
  static bool StartsFrame(char first_byte) {
    const auto byte = static_cast<unsigned char>(first_byte);
    return byte == 0x28 || (byte >= 0x50 && byte <= 0x5f);  // a frame, a skippable frame
  }

  ZSTD_DStream* const stream_;
  bool frame_start_ = true;
  bool at_boundary_ = false;
};

}  // namespace

std::optional<ContentCoding> ParseContentCoding(std::string_view header) {
  const auto is = [header](std::string_view name) {
    return absl::EqualsIgnoreCase(ToAbsl(header), ToAbsl(name));
  };
  if (header.empty() || is("identity")) return ContentCoding::kIdentity;
  if (is("gzip") || is("x-gzip")) return ContentCoding::kGzip;
  if (is("zstd")) return ContentCoding::kZstd;
  return std::nullopt;
}

std::unique_ptr<Decompressor> MakeDecompressor(ContentCoding coding) {
  HYDRANT_CHECK(coding != ContentCoding::kIdentity);
  if (coding == ContentCoding::kGzip) return std::make_unique<GzipDecompressor>();
  return std::make_unique<ZstdDecompressor>();
}

}  // namespace hydrant::http_lines
