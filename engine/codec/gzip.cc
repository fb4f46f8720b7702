#include "engine/codec/gzip.h"

#include "engine/codec/deflate.h"
#include "engine/codec/pieces.h"

namespace hydrant {

StatusOr<BlockBuffer> CompressGzip(std::span<const std::string_view> pieces) {
  BlockBuffer out(FirstBlockBytes(pieces));
  RETURN_IF_ERROR(Deflate(pieces, DeflateWrapper::kGzip, out));
  return out;
}

}  // namespace hydrant
