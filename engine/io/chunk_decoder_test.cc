#include "engine/io/chunk_decoder.h"

#include "engine/testing/status_matchers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace hydrant {
namespace {

using ::hydrant::testing::StatusIs;

struct Decoded {
  std::string data;
  size_t consumed = 0;
  bool done = false;
};

// Decodes `in` in pieces of `step` bytes.
StatusOr<Decoded> Decode(std::string_view in, size_t step) {
  ChunkDecoder decoder;
  Decoded out;
  while (out.consumed < in.size() && !decoder.done()) {
    std::string_view piece = in.substr(out.consumed, step);
    ASSIGN_OR_RETURN(const size_t framing, decoder.ConsumeFraming(piece));
    piece.remove_prefix(framing);
    const size_t data = std::min<uint64_t>(piece.size(), decoder.data_left());
    out.data.append(piece.substr(0, data));
    if (data > 0) decoder.ConsumeData(data);
    out.consumed += framing + data;
  }
  out.done = decoder.done();
  return out;
}

TEST(ChunkDecoder, RefusesWhatTwoServersMightReadDifferently) {
  for (const char* in : {"\r\n",
                         " 5\r\nhello\r\n",
                         "5 \r\nhello\r\n",
                         "+5\r\nhello\r\n",
                         "-1\r\n",
                         "0x5\r\nhello\r\n",
                         "5\nhello\r\n",
                         "5\r\r\nhello",
                         "5\r\nhello\n",
                         "5\r\nhelloo\r\n",
                         "g\r\n",
                         ";a=b\r\n",
                         "1000000000000000\r\n",
                         "ffffffffffffffffffff\r\n",
                         "5;a\001\r\nhello\r\n",
                         "5;a\nhello",
                         "0\r\nX: \001\r\n\r\n",
                         "0\r\nX: y\n\r\n",
                         "0\r\n\rX",
                         "0\n\n"}) {
    for (size_t step = 1; step <= 4; ++step) {
      EXPECT_THAT(Decode(in, step), StatusIs(absl::StatusCode::kInvalidArgument)) << in;
    }
  }
}

TEST(ChunkDecoder, BoundsLinesAndTrailers) {
  EXPECT_THAT(Decode("5;" + std::string(2000, 'a'), 7),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Decode(std::string(2000, '0'), 7), StatusIs(absl::StatusCode::kInvalidArgument));
  std::string trailers = "0\r\n";
  for (int i = 0; i < 1000; ++i) trailers += "X-Long: trailer\r\n";
  EXPECT_THAT(Decode(trailers, 100), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(ChunkDecoder, SameAnswerHoweverItIsCut) {
  const std::string body =
      "5\r\nhello\r\n1;name=\"value\"\r\n \r\nA\r\n0123456789\r\n0000\r\nDigest: x\r\nB: y\r\n\r\n";
  const std::string next = "GET / HTTP/1.1\r\n";
  for (size_t step = 1; step <= body.size() + next.size(); ++step) {
    const auto out = Decode(body + next, step);
    ASSERT_OK(out);
    EXPECT_EQ(out->data, "hello 0123456789");
    EXPECT_EQ(out->consumed, body.size());
    EXPECT_TRUE(out->done);
  }
}

TEST(ChunkDecoder, KnowsThatMoreMustCome) {
  const std::string body = "5\r\nhello\r\n0\r\n\r\n";
  for (size_t size = 0; size < body.size(); ++size) {
    const auto out = Decode(std::string_view(body).substr(0, size), 3);
    ASSERT_OK(out);
    EXPECT_FALSE(out->done) << size;
  }
}

}  // namespace
}  // namespace hydrant
