#include "engine/codec/gzip.h"

#include "engine/codec/deflate.h"
#include "engine/codec/dense_deflate.h"
#include "engine/codec/little_endian.h"
#include "engine/codec/pieces.h"

#include <string>

namespace hydrant {
namespace {

// Deflate, no flags, no time, no word on the effort, unknown system: what ISA-L writes, too.
constexpr std::string_view kHeader("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);

Status DenseGzip(std::span<const std::string_view> pieces, int level, BlockBuffer& out) {
  out.Append(kHeader);
  RETURN_IF_ERROR(DenseDeflate(pieces, level, out));
  std::string trailer;
  AppendLittleEndian<uint32_t>(trailer, Crc32(pieces));
  AppendLittleEndian<uint32_t>(trailer, static_cast<uint32_t>(TotalBytes(pieces)));
  out.Append(trailer);
  return absl::OkStatus();
}

}  // namespace

StatusOr<BlockBuffer> CompressGzip(std::span<const std::string_view> pieces,
                                   std::optional<int> dense_level) {
  BlockBuffer out(FirstBlockBytes(pieces));
  RETURN_IF_ERROR(dense_level ? DenseGzip(pieces, *dense_level, out)
                              : Deflate(pieces, DeflateWrapper::kGzip, out));
  return out;
}

}  // namespace hydrant
