#include "sinks/s3/digest.h"

#include "engine/base/check.h"
#include "engine/io/aws/sigv4.h"

#include <absl/strings/escaping.h>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <isa-l/crc.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cstdint>
#include <memory>

namespace hydrant::s3 {
namespace {

using DigestContext = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

// ISA-L leaves the CRC's first and last complement to its caller.
uint32_t ExtendCrc32c(uint32_t inverted_crc, std::string_view bytes) {
  auto* data = const_cast<unsigned char*>(reinterpret_cast<const unsigned char*>(bytes.data()));
  return crc32_iscsi(data, static_cast<int>(bytes.size()), inverted_crc);
}

std::string BigEndianBase64(uint32_t value) {
  const char bytes[4] = {static_cast<char>(value >> 24), static_cast<char>(value >> 16),
                         static_cast<char>(value >> 8), static_cast<char>(value)};
  return absl::Base64Escape(absl::string_view(bytes, sizeof(bytes)));
}

}  // namespace

asio::awaitable<BodyDigest> DigestBody(std::vector<std::string_view> pieces, bool with_sha256) {
  DigestContext sha(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  HYDRANT_CHECK(EVP_DigestInit_ex(sha.get(), EVP_sha256(), nullptr) == 1);
  uint32_t inverted_crc = ~uint32_t{0};
  size_t since_yield = 0;
  for (std::string_view piece : pieces) {
    while (!piece.empty()) {
      const std::string_view slice = piece.substr(0, kDigestSliceBytes - since_yield);
      inverted_crc = ExtendCrc32c(inverted_crc, slice);
      if (with_sha256) EVP_DigestUpdate(sha.get(), slice.data(), slice.size());
      piece.remove_prefix(slice.size());
      since_yield += slice.size();
      if (since_yield < kDigestSliceBytes) continue;
      since_yield = 0;
      co_await asio::post(asio::use_awaitable);
    }
  }
  BodyDigest digest;
  digest.crc32c_base64 = BigEndianBase64(~inverted_crc);
  if (with_sha256) {
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    EVP_DigestFinal_ex(sha.get(), bytes, &size);
    digest.sha256_hex = aws::HexLower({reinterpret_cast<const char*>(bytes), size});
  }
  co_return digest;
}

std::vector<std::string_view> SubPieces(const std::vector<std::string_view>& pieces,
                                        uint64_t offset, uint64_t size) {
  std::vector<std::string_view> out;
  for (std::string_view piece : pieces) {
    if (offset >= piece.size()) {
      offset -= piece.size();
      continue;
    }
    piece = piece.substr(offset, size);
    offset = 0;
    if (size == 0) break;
    size -= piece.size();
    out.push_back(piece);
  }
  return out;
}

}  // namespace hydrant::s3
