#include "sources/http_lines/decompressor.h"

#include "engine/testing/compressed_text.h"
#include "engine/testing/status_matchers.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>

namespace hydrant::http_lines {
namespace {

// Decodes input given in two pieces, the first of `cut` bytes, into windows of `window` bytes.
StatusOr<std::string> Decode(ContentCoding coding, std::string_view in, size_t cut, size_t window) {
  auto decompressor = MakeDecompressor(coding);
  std::string out;
  std::string buffer(window, '\0');
  for (std::string_view piece : {in.substr(0, cut), in.substr(cut)}) {
    for (;;) {
      ASSIGN_OR_RETURN(const Decompressor::Step step,
                       decompressor->Decode(piece, {buffer.data(), buffer.size()}));
      out.append(buffer, 0, step.produced);
      piece.remove_prefix(step.consumed);
      if (piece.empty() && step.produced < window) break;
      if (step.consumed + step.produced == 0) return Internal("no progress");
    }
  }
  if (!decompressor->at_boundary()) return absl::OutOfRangeError("cut off");
  return out;
}

std::string Compress(ContentCoding coding, std::string_view text) {
  return coding == ContentCoding::kGzip ? testing::GzipText(text) : testing::ZstdText(text);
}

class DecompressorTest : public ::testing::TestWithParam<ContentCoding> {};

TEST_P(DecompressorTest, RefusesWhatIsNotOfTheFormat) {
  for (const char* in :
       {"hello", "\x1f\x8b\x09", "{\"a\":1}\n{\"b\":2}\n", "\xff\xff\xff\xff\xff"}) {
    EXPECT_FALSE(Decode(GetParam(), in, 0, 100).ok());
  }
  const std::string good = Compress(GetParam(), "one\ntwo\n");
  EXPECT_FALSE(Decode(GetParam(), good + "trailing garbage", 5, 100).ok());
}

TEST_P(DecompressorTest, KnowsWhenItIsCutOff) {
  const std::string good = Compress(GetParam(), "one line\nand another\n");
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(Decode(GetParam(), std::string_view(good).substr(0, size), 0, 100).ok()) << size;
  }
}

TEST(GzipTest, FlippedBitsNeverGiveOtherText) {
  std::string text;
  for (int i = 0; i < 50; ++i) text += "line " + std::to_string(i * i) + "\n";
  const std::string good = testing::GzipText(text);
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << bit % 8));
    const auto out = Decode(ContentCoding::kGzip, bad, 0, 4096);
    if (out.ok()) {
      EXPECT_EQ(*out, text) << bit;  // header fields that do not matter
    }
  }
}

TEST_P(DecompressorTest, EverySplitGivesTheSame) {
  std::string text;
  for (int i = 0; i < 40; ++i) text += "line " + std::to_string(i * 7919 % 1000) + " of the text\n";
  const std::string two = Compress(GetParam(), text) + Compress(GetParam(), "") +
                          Compress(GetParam(), "second member\n");
  for (size_t cut = 0; cut <= two.size(); ++cut) {
    for (size_t window : {1, 7, 100000}) {
      const auto out = Decode(GetParam(), two, cut, window);
      ASSERT_OK(out) << cut << " " << window;
      EXPECT_EQ(*out, text + "second member\n");
    }
  }
}

TEST_P(DecompressorTest, BombsAreUnpackedInBoundedMemory) {
  const std::string bomb = Compress(GetParam(), std::string(50 << 20, 'a'));
  auto decompressor = MakeDecompressor(GetParam());
  std::string_view in = bomb;
  std::string window(65536, '\0');
  size_t total = 0;
  while (!decompressor->at_boundary() || !in.empty()) {
    const auto step = decompressor->Decode(in, {window.data(), window.size()});
    ASSERT_OK(step);
    ASSERT_GT(step->consumed + step->produced, 0);
    in.remove_prefix(step->consumed);
    total += step->produced;
    ASSERT_LT(decompressor->memory_bytes(), 10 << 20);
  }
  EXPECT_EQ(total, 50 << 20);
}

INSTANTIATE_TEST_SUITE_P(Codings, DecompressorTest,
                         ::testing::Values(ContentCoding::kGzip, ContentCoding::kZstd));

TEST(ZstdTest, FormatsFromBeforeVersionOneAreRefused) {
  for (int version = 0x22; version <= 0x27; ++version) {
    const std::string in = std::string(1, static_cast<char>(version)) + "\xb5\x2f\xfd\x04XA\x02";
    for (const std::string& before : {std::string(), testing::ZstdText("good")}) {
      EXPECT_THAT(Decode(ContentCoding::kZstd, before + in, before.size(), 100),
                  ::hydrant::testing::StatusIs(absl::StatusCode::kInvalidArgument));
    }
  }
  const std::string skippable("\x5a\x2a\x4d\x18\x03\0\0\0xyz", 11);
  EXPECT_EQ(*Decode(ContentCoding::kZstd, skippable + testing::ZstdText("good"), 5, 100), "good");
}

TEST(ContentCodingTest, KnowsThreeNames) {
  EXPECT_EQ(ParseContentCoding(""), ContentCoding::kIdentity);
  EXPECT_EQ(ParseContentCoding("Identity"), ContentCoding::kIdentity);
  EXPECT_EQ(ParseContentCoding("GZIP"), ContentCoding::kGzip);
  EXPECT_EQ(ParseContentCoding("x-gzip"), ContentCoding::kGzip);
  EXPECT_EQ(ParseContentCoding("zstd"), ContentCoding::kZstd);
  for (const char* other : {"br", "deflate", "gzip, gzip", "gzip;q=1", " gzip"}) {
    EXPECT_FALSE(ParseContentCoding(other).has_value()) << other;
  }
}

}  // namespace
}  // namespace hydrant::http_lines
