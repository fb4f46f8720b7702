#include "engine/codec/dense_deflate.h"

#include "engine/base/check.h"
#include "engine/codec/pieces.h"

#include <absl/cleanup/cleanup.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <libdeflate.h>
#include <memory>

namespace hydrant {
namespace {

constexpr uint64_t kWindowBytes = 1 << 20;
// What OpenEnd writes behind a stream, at most.
constexpr size_t kSeamBytes = 5;

struct FreeCompressor {
  void operator()(libdeflate_compressor* compressor) const {
    libdeflate_free_compressor(compressor);
  }
};

// Hands out pieces as if they were one text.
class PieceReader {
 public:
  explicit PieceReader(std::span<const std::string_view> pieces) : pieces_(pieces) {}

  // Fills `window`; there must be as much left.
  void Read(std::span<char> window) {
    while (!window.empty()) {
      const std::string_view rest = pieces_.front().substr(at_);
      const size_t size = std::min(rest.size(), window.size());
      std::copy_n(rest.data(), size, window.data());
      window = window.subspan(size);
      at_ += size;
      if (size < rest.size()) continue;
      pieces_ = pieces_.subspan(1);
      at_ = 0;
    }
  }

 private:
  std::span<const std::string_view> pieces_;
  size_t at_ = 0;  // in the first of them
};

// Where the last block of a deflate stream begins and ends, in bits; a byte's lowest bit is its first.
struct LastBlock {
  uint64_t begin = 0;
  uint64_t end = 0;
};

// Only reading the stream tells. `text` has the size of what it is inflated to, and takes that.
StatusOr<LastBlock> FindLastBlock(std::span<uint8_t> deflated, std::span<char> text) {
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return Internal("zlib can't start to inflate");
  const absl::Cleanup end = [&stream] { inflateEnd(&stream); };
  stream.next_in = deflated.data();
  stream.avail_in = static_cast<uInt>(deflated.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  // Of data_type, as zlib.h has it.
  constexpr int kUnusedBits = 7;
  constexpr int kInLastBlock = 64;
  constexpr int kAtEndOfBlock = 128;
  LastBlock block;
  while (true) {
    const int code = inflate(&stream, Z_BLOCK);
    if (code != Z_OK || (stream.data_type & kAtEndOfBlock) == 0) {
      return Internal("zlib does not read what libdeflate wrote: code " + std::to_string(code));
    }
    block.end = uint64_t{stream.total_in} * 8 - (stream.data_type & kUnusedBits);
    if ((stream.data_type & kInLastBlock) != 0) break;
    block.begin = block.end;
  }
  if (stream.avail_in > 0 || stream.avail_out > 0) {
    return Internal("libdeflate wrote a stream of another length");
  }
  return block;
}

// Makes the end of a stream of `size` bytes one that another stream may follow: its last block is no longer marked as
// such, and an empty stored block fills the last byte. Returns the new size. Overwrites `text`.
StatusOr<size_t> OpenEnd(std::span<uint8_t> deflated, size_t size, std::span<char> text) {
  ASSIGN_OR_RETURN(const LastBlock last, FindLastBlock(deflated.first(size), text));
  deflated[last.begin / 8] &= static_cast<uint8_t>(~(1U << (last.begin % 8)));
  const size_t used_bits = last.end % 8;
  if (used_bits > 0) deflated[size - 1] &= static_cast<uint8_t>((1U << used_bits) - 1);
  // The header of that block is three zero bits; more of them bring it to a whole byte.
  if (used_bits == 0 || used_bits > 5) deflated[size++] = 0;
  constexpr uint8_t kEmptyLength[] = {0x00, 0x00, 0xff, 0xff};  // and its complement
  std::memcpy(&deflated[size], kEmptyLength, sizeof(kEmptyLength));
  return size + sizeof(kEmptyLength);
}

}  // namespace

Status DenseDeflate(std::span<const std::string_view> pieces, int level, BlockBuffer& out) {
  uint64_t left = TotalBytes(pieces);
  const size_t window_bytes = std::min(left, kWindowBytes);
  const std::unique_ptr<libdeflate_compressor, FreeCompressor> compressor(
      libdeflate_alloc_compressor(level));
  if (compressor == nullptr) return Internal("libdeflate can't make a compressor");
  const size_t room = libdeflate_deflate_compress_bound(compressor.get(), window_bytes);
  const auto window = std::make_unique_for_overwrite<char[]>(window_bytes);
  const auto deflated = std::make_unique_for_overwrite<uint8_t[]>(room + kSeamBytes);
  PieceReader reader(pieces);
  do {
    const std::span<char> text(window.get(), std::min<uint64_t>(left, window_bytes));
    reader.Read(text);
    left -= text.size();
    size_t size = libdeflate_deflate_compress(compressor.get(), text.data(), text.size(),
                                              deflated.get(), room);
    if (size == 0) return Internal("libdeflate found less room than it asked for");
    if (left > 0) {
      ASSIGN_OR_RETURN(size, OpenEnd({deflated.get(), room + kSeamBytes}, size, text));
    }
    out.Append({reinterpret_cast<const char*>(deflated.get()), size});
  } while (left > 0);
  return absl::OkStatus();
}

}  // namespace hydrant
