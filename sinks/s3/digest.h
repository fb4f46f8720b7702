// DigestBody: the checksums of a body that lies in pieces, without joining them.
// Owner:   any executor; between slices of kDigestSliceBytes other coroutines get their turn, since
// a
//          large body takes a tenth of a second by SHA-256 and I/O threads must not be held that
//          long
// Units:   one slice takes about 0.2 ms
// Source:  Amazon S3 User Guide, "Checking object integrity"
#pragma once

#include <boost/asio/awaitable.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace hydrant::s3 {

namespace asio = boost::asio;

inline constexpr size_t kDigestSliceBytes = 256 << 10;

struct BodyDigest {
  std::string crc32c_base64;  // the big-endian bytes of the CRC-32C, in base64
  std::string sha256_hex;     // empty when not asked for
};

asio::awaitable<BodyDigest> DigestBody(std::vector<std::string_view> pieces, bool with_sha256);

// The part [offset, offset + size) of a body, as pieces of it.
std::vector<std::string_view> SubPieces(const std::vector<std::string_view>& pieces,
                                        uint64_t offset, uint64_t size);

}  // namespace hydrant::s3
