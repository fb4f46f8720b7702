#include "sinks/s3/digest.h"

#include "engine/io/aws/sigv4.h"
#include "engine/testing/coroutine.h"

#include <gtest/gtest.h>

namespace hydrant::s3 {
namespace {

BodyDigest Digest(std::vector<std::string_view> pieces, bool with_sha256 = true) {
  boost::asio::io_context context;
  return testing::RunCoroutine(context, DigestBody(std::move(pieces), with_sha256));
}

// RFC 3720, B.4: 32 bytes of zeros have the CRC-32C 8a9136aa; "123456789" is the usual check value.
TEST(DigestBody, KnownValues) {
  EXPECT_EQ(Digest({std::string_view(
                       "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 32)})
                .crc32c_base64,
            "ipE2qg==");
  EXPECT_EQ(Digest({"123456789"}).crc32c_base64, "4waSgw==");
  EXPECT_EQ(Digest({}).crc32c_base64, "AAAAAA==");
  EXPECT_EQ(Digest({}).sha256_hex, aws::Sha256Hex(""));
  EXPECT_EQ(Digest({"123456789"}, false).sha256_hex, "");
}

TEST(DigestBody, PiecesCountAsOneBody) {
  std::string body(3 * kDigestSliceBytes + 12345, '\0');
  for (size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 7 >> 2);
  const std::string_view view = body;
  const BodyDigest whole = Digest({view});
  EXPECT_EQ(whole.sha256_hex, aws::Sha256Hex(body));
  for (size_t cut : {size_t{1}, kDigestSliceBytes - 1, kDigestSliceBytes, kDigestSliceBytes + 1}) {
    const BodyDigest pieces = Digest({view.substr(0, cut), "", view.substr(cut)});
    EXPECT_EQ(pieces.sha256_hex, whole.sha256_hex) << cut;
    EXPECT_EQ(pieces.crc32c_base64, whole.crc32c_base64) << cut;
  }
}

TEST(SubPieces, EveryCutGivesTheSameBytes) {
  const std::vector<std::string_view> pieces = {"abc", "", "defg", "h"};
  const std::string whole = "abcdefgh";
  for (size_t offset = 0; offset <= whole.size(); ++offset) {
    for (size_t size = 0; size <= whole.size() + 1; ++size) {
      std::string joined;
      for (std::string_view piece : SubPieces(pieces, offset, size)) joined += piece;
      EXPECT_EQ(joined, whole.substr(offset, size)) << offset << " " << size;
    }
  }
}

}  // namespace
}  // namespace hydrant::s3
