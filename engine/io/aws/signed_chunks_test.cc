// The signatures are AWS's own: the examples of the S3 API reference ("Transferring Payload in Multiple Chunks",
// "Signature calculations for trailing headers").
#include "engine/io/aws/signed_chunk_exchange.h"
#include "engine/testing/coroutine.h"
#include "engine/testing/status_matchers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

namespace hydrant::aws {
namespace {

constexpr size_t kLarge = 1 << 20;

ChunkSigning Signing(bool trailer) {
  const SigV4Scope scope{"20130524", "us-east-1", "s3"};
  return {.signing_key = DeriveSigningKey("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", scope),
          .amz_date = "20130524T000000Z",
          .scope = scope,
          .seed_signature =
              trailer ? "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e"
                      : "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
          .trailer = trailer,
          .decoded_bytes = 66'560};
}

std::string Chunk(std::string_view size, std::string_view signature, size_t bytes) {
  std::string text(size);
  text.append(";chunk-signature=").append(signature).append("\r\n").append(bytes, 'a');
  return text;
}

std::string Plain() {
  return Chunk("10000", "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
               65'536) +
         "\r\n" +
         Chunk("400", "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497", 1024) +
         "\r\n" +
         Chunk("0", "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9", 0) + "\r\n";
}

std::string WithTrailer(std::string_view before = "") {
  return Chunk("10000", "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
               65'536) +
         "\r\n" +
         Chunk("400", "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7", 1024) +
         "\r\n" +
         Chunk("0", "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992", 0) +
         std::string(before) +
         "x-amz-checksum-crc32c:sOO8/Q==\r\n"
         "x-amz-trailer-signature:"
         "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n";
}

// All the data, or what was wrong.
StatusOr<std::string> Decode(std::string_view body, bool trailer) {
  SignedChunks chunks(Signing(trailer), kLarge);
  std::string data;
  while (!body.empty()) {
    ASSIGN_OR_RETURN(const SignedChunks::Step step, chunks.Next(body));
    if (step.consumed == 0) break;
    data.append(step.data);
    body.remove_prefix(step.consumed);
  }
  if (!chunks.done() || !body.empty()) return InvalidArgument("cut off");
  return data;
}

void Replace(std::string& text, std::string_view from, std::string_view to) {
  const size_t at = text.find(from);
  ASSERT_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), to);
}

TEST(SignedChunks, RefusesAnyByteChanged) {
  for (const bool trailer : {false, true}) {
    const std::string good = trailer ? WithTrailer() : Plain();
    const size_t interesting[] = {5, 30, 200, 65'700, 65'760, good.size() - 90, good.size() - 30};
    for (const size_t at : interesting) {
      std::string bad = good;
      bad[at] = bad[at] == 'b' ? 'c' : 'b';
      EXPECT_FALSE(Decode(bad, trailer).ok()) << at;
    }
  }
}

TEST(SignedChunks, RefusesChunksTakenAwayOrMoved) {
  std::string without_second = Plain();
  const size_t second = without_second.find("400;");
  without_second.erase(second, without_second.find("0;chunk", second + 4) - second);
  EXPECT_TRUE(absl::IsUnauthenticated(Decode(without_second, false).status()));
  EXPECT_EQ(Message(Decode(without_second, false).status()),
            "The signature of a chunk of the body does not match.");
  const std::string all = Plain();
  const std::string cut = all.substr(0, all.find("0;chunk", all.find("400;") + 4));
  EXPECT_FALSE(Decode(cut, false).ok());
  EXPECT_FALSE(Decode(all.substr(0, all.size() - 1), false).ok());
}

TEST(SignedChunks, RefusesWhatIsNoChunk) {
  for (const char* body :
       {"hello\r\n", "5\r\nhello\r\n", ";chunk-signature=\r\n", "5;chunk-signature=ab\r\nhello\r\n",
        "-5;chunk-signature=\r\n", "10000000000000000000;chunk-signature=\r\n"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(Decode(body, false).status())) << body;
  }
  EXPECT_TRUE(absl::IsInvalidArgument(Decode(std::string(200, '0'), false).status()));
  std::string behind = Plain() + "x";
  EXPECT_TRUE(absl::IsInvalidArgument(Decode(behind, false).status()));
  std::string no_line_end = Plain();
  Replace(no_line_end, "a\r\n", "a\n\r");
  EXPECT_TRUE(absl::IsInvalidArgument(Decode(no_line_end, false).status()));
}

TEST(SignedChunks, RefusesChunksThatAreTooLarge) {
  SignedChunks chunks(Signing(false), 65'535);
  EXPECT_TRUE(absl::IsInvalidArgument(chunks.Next(Plain()).status()));
  // Before its data has come: nobody has to hold it.
  SignedChunks early(Signing(false), 65'535);
  EXPECT_TRUE(absl::IsInvalidArgument(early.Next(Plain().substr(0, 100)).status()));
}

TEST(SignedChunks, TheAnnouncedLengthMustBeTheDatas) {
  ChunkSigning signing = Signing(false);
  signing.decoded_bytes = 66'561;
  SignedChunks chunks(signing, kLarge);
  std::string body = Plain();
  std::string_view rest = body;
  for (int i = 0; i < 2; ++i) rest.remove_prefix(chunks.Next(rest)->consumed);
  EXPECT_TRUE(absl::IsInvalidArgument(chunks.Next(rest).status()));
}

TEST(SignedChunks, DecodesAwsExamples) {
  EXPECT_EQ(*Decode(Plain(), false), std::string(66'560, 'a'));
  EXPECT_EQ(*Decode(WithTrailer(), true), std::string(66'560, 'a'));
  // As some clients frame it.
  EXPECT_EQ(*Decode(WithTrailer("\r\n"), true), std::string(66'560, 'a'));
  std::string spaced = WithTrailer();
  Replace(spaced, "x-amz-checksum-crc32c:", "X-Amz-Checksum-Crc32c: ");
  EXPECT_EQ(*Decode(spaced, true), std::string(66'560, 'a'));
  EXPECT_FALSE(Decode(WithTrailer("x-other:1\r\n"), true).ok());
  EXPECT_FALSE(Decode(Plain(), true).ok());
  EXPECT_FALSE(Decode(WithTrailer(), false).ok());
}

// An exchange with a body in pieces.
class Pieces final : public HttpExchange {
 public:
  Pieces(std::string body, size_t piece) : body_(std::move(body)), piece_(piece) {}
  const HttpRequestHead& head() const override { return head_; }
  uint64_t content_length() const override { return body_.size(); }
  asio::awaitable<StatusOr<HttpBody>> ReadBody(uint64_t) override {
    HttpBody body;
    body.arena = pool.Allocate(body_.size() + HttpBody::kPadding);
    body.size = body_.size();
    std::memcpy(body.arena.data(), body_.data(), body_.size());
    co_return body;
  }
  void LimitBodyTime(uint64_t) override {}
  asio::awaitable<StatusOr<size_t>> ReadSome(std::span<char> buffer) override {
    const size_t n = std::min({buffer.size(), piece_, body_.size() - at_});
    std::memcpy(buffer.data(), body_.data() + at_, n);
    at_ += n;
    co_return n;
  }
  asio::awaitable<Status> Respond(HttpResponse) override { co_return Status(); }

  ArenaPool pool{16 << 20};

 private:
  HttpRequestHead head_;
  const std::string body_;
  const size_t piece_;
  size_t at_ = 0;
};

struct ReadResult {
  std::string data;
  Status status;
};

ReadResult ReadAll(std::string body, bool trailer, size_t piece, size_t room) {
  asio::io_context context;
  Pieces pieces(std::move(body), piece);
  SignedChunkExchange exchange(pieces, pieces.pool, Signing(trailer));
  ReadResult result;
  std::string buffer(room, '\0');
  for (;;) {
    const StatusOr<size_t> n =
        testing::RunCoroutine(context, exchange.ReadSome({buffer.data(), buffer.size()}));
    result.status = n.status();
    if (!n.ok() || *n == 0) return result;
    result.data.append(buffer, 0, *n);
  }
}

TEST(SignedChunkExchange, HandsOutNothingThatIsNotVerified) {
  std::string bad = Plain();
  bad[65'700] ^= 1;  // in the second chunk
  const ReadResult result = ReadAll(bad, false, 1000, 4096);
  EXPECT_TRUE(absl::IsUnauthenticated(result.status));
  EXPECT_EQ(result.data.size(), 65'536u);
  bad[500] ^= 1;
  EXPECT_EQ(ReadAll(bad, false, 1000, 4096).data, "");
}

TEST(SignedChunkExchange, TellsTheEndOnlyWhenItIsSigned) {
  const std::string all = Plain();
  for (const size_t missing : {size_t{2}, size_t{20}, size_t{86}}) {
    const ReadResult result = ReadAll(all.substr(0, all.size() - missing), false, 4096, 4096);
    EXPECT_EQ(result.data.size(), 66'560u);
    EXPECT_TRUE(absl::IsInvalidArgument(result.status)) << missing;
  }
  EXPECT_FALSE(ReadAll(all + "x", false, 4096, 4096).status.ok());
}

TEST(SignedChunkExchange, ReadsInAnyPieces) {
  for (const bool trailer : {false, true}) {
    for (const size_t piece : {1u, 7u, 1000u, 100'000u}) {
      const ReadResult result = ReadAll(trailer ? WithTrailer() : Plain(), trailer, piece, 777);
      EXPECT_OK(result.status);
      EXPECT_EQ(result.data, std::string(66'560, 'a'));
    }
  }
}

TEST(SignedChunkExchange, ReadsTheWholeBody) {
  asio::io_context context;
  const auto read = [&](std::string text, bool trailer) -> StatusOr<std::string> {
    Pieces pieces(std::move(text), 1);
    SignedChunkExchange exchange(pieces, pieces.pool, Signing(trailer));
    ASSIGN_OR_RETURN(const HttpBody body,
                     testing::RunCoroutine(context, exchange.ReadBody(1 << 20)));
    for (size_t i = 0; i < HttpBody::kPadding; ++i) EXPECT_EQ(body.arena.data()[body.size + i], 0);
    return std::string(body.view());
  };
  EXPECT_EQ(*read(Plain(), false), std::string(66'560, 'a'));
  EXPECT_EQ(*read(WithTrailer(), true), std::string(66'560, 'a'));
  std::string bad = Plain();
  bad[65'700] ^= 1;
  EXPECT_TRUE(absl::IsUnauthenticated(read(bad, false).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(read(Plain().substr(0, 66'000), false).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(read(Plain().substr(0, 300), false).status()));
}

}  // namespace
}  // namespace hydrant::aws
