#include "engine/codec/deflate.h"

#include "engine/base/check.h"

#include <isa-l/igzip_lib.h>

#include <cstdint>
#include <memory>
#include <string>

namespace hydrant {
namespace {

constexpr uint32_t kLevel = 1;
constexpr size_t kLevelBufferBytes = ISAL_DEF_LVL1_DEFAULT;
// ISA-L writes through a scratch buffer of its own when the room is smaller than a few words.
constexpr size_t kRoomBytesMin = 64;

struct Compressor {
  isal_zstream stream;
  std::unique_ptr<uint8_t[]> level_buffer =
      std::make_unique_for_overwrite<uint8_t[]>(kLevelBufferBytes);

  void Start(DeflateWrapper wrapper) {
    isal_deflate_init(&stream);
    stream.level = kLevel;
    stream.level_buf = level_buffer.get();
    stream.level_buf_size = kLevelBufferBytes;
    stream.gzip_flag = wrapper == DeflateWrapper::kGzip ? IGZIP_GZIP : IGZIP_DEFLATE;
  }

  // Takes all of `piece`; with `last`, writes the stream's end as well.
  Status Feed(std::string_view piece, bool last, BlockBuffer& out) {
    HYDRANT_CHECK(piece.size() <= UINT32_MAX);
    // ISA-L only reads what it is given, its interface just does not say const.
    stream.next_in = reinterpret_cast<uint8_t*>(const_cast<char*>(piece.data()));
    stream.avail_in = static_cast<uint32_t>(piece.size());
    stream.end_of_stream = last ? 1 : 0;
    const auto unfinished = [&] {
      return last ? stream.internal_state.state != ZSTATE_END
                  : stream.avail_in > 0 || stream.avail_out == 0;
    };
    do {
      const std::span<char> room = out.Reserve(kRoomBytesMin);
      stream.next_out = reinterpret_cast<uint8_t*>(room.data());
      stream.avail_out = static_cast<uint32_t>(room.size());
      if (const int code = isal_deflate(&stream); code != COMP_OK) {
        return Internal("isal_deflate failed with code " + std::to_string(code));
      }
      out.Commit(room.size() - stream.avail_out);
    } while (unfinished());
    return absl::OkStatus();
  }
};

Compressor& ThreadCompressor() {
  thread_local const std::unique_ptr<Compressor> compressor = std::make_unique<Compressor>();
  // The analyzer of clang 14 ends thread_local variables with the function.
  return *compressor;  // NOLINT(clang-analyzer-cplusplus.NewDelete)
}

}  // namespace

Status Deflate(std::span<const std::string_view> pieces, DeflateWrapper wrapper, BlockBuffer& out) {
  Compressor& compressor = ThreadCompressor();
  compressor.Start(wrapper);
  if (pieces.empty()) return compressor.Feed({}, true, out);
  for (size_t i = 0; i < pieces.size(); ++i) {
    RETURN_IF_ERROR(compressor.Feed(pieces[i], i + 1 == pieces.size(), out));
  }
  return absl::OkStatus();
}

}  // namespace hydrant
