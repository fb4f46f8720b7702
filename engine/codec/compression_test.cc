#include "engine/codec/compression.h"

#include "engine/testing/access_log.h"
#include "engine/testing/status_matchers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <snappy.h>
#include <zlib.h>

#include <string>
#include <vector>

namespace hydrant {
namespace {

using Pieces = std::vector<std::string_view>;

constexpr CompressionEffort kEfforts[] = {CompressionEffort::kFast, CompressionEffort::kBalanced,
                                          CompressionEffort::kSmall};

std::string Joined(const Pieces& pieces) {
  std::string text;
  for (const std::string_view piece : pieces) text.append(piece);
  return text;
}

uint32_t BigEndian32(std::string_view bytes) {
  uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes.at(i));
  return value;
}

template <typename T>
T LittleEndian(std::string_view bytes, size_t at) {
  T value = 0;
  for (size_t i = sizeof(T); i-- > 0;) {
    value = static_cast<T>(static_cast<uint64_t>(value) << 8 |
                           static_cast<unsigned char>(bytes.at(at + i)));
  }
  return value;
}

// By zlib: an implementation that is not ours. `window_bits` as inflateInit2 takes it.
std::string Inflated(std::string_view deflated, int window_bits) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, window_bits), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(deflated.data()));
  stream.avail_in = static_cast<uInt>(deflated.size());
  std::string text;
  std::string room(1 << 16, '\0');
  int code = Z_OK;
  while (code == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(room.data());
    stream.avail_out = static_cast<uInt>(room.size());
    code = inflate(&stream, Z_NO_FLUSH);
    text.append(room.data(), room.size() - stream.avail_out);
  }
  EXPECT_EQ(code, Z_STREAM_END);
  EXPECT_EQ(stream.avail_in, 0U);
  inflateEnd(&stream);
  return text;
}

std::string Gunzipped(std::string_view bytes) { return Inflated(bytes, 16 + MAX_WBITS); }

// By the central directory, as readers do; checks that the local header says the same.
std::string Unzipped(std::string_view bytes, std::string_view name) {
  constexpr size_t kEndBytes = 22;
  const size_t end = bytes.size() - kEndBytes;
  EXPECT_EQ(LittleEndian<uint32_t>(bytes, end), 0x06054b50U);
  EXPECT_EQ(LittleEndian<uint16_t>(bytes, end + 10), 1);
  const size_t directory = LittleEndian<uint32_t>(bytes, end + 16);
  EXPECT_EQ(directory + LittleEndian<uint32_t>(bytes, end + 12), end);
  EXPECT_EQ(LittleEndian<uint32_t>(bytes, directory), 0x02014b50U);
  const auto crc = LittleEndian<uint32_t>(bytes, directory + 16);
  const auto compressed = LittleEndian<uint32_t>(bytes, directory + 20);
  EXPECT_EQ(LittleEndian<uint32_t>(bytes, directory + 42), 0U);
  EXPECT_EQ(bytes.substr(directory + 46, LittleEndian<uint16_t>(bytes, directory + 28)), name);
  EXPECT_EQ(LittleEndian<uint32_t>(bytes, 0), 0x04034b50U);
  EXPECT_EQ(bytes.substr(4, 26), bytes.substr(directory + 6, 26)) << "the two headers differ";
  EXPECT_EQ(bytes.substr(30, name.size()), name);
  std::string text = Inflated(bytes.substr(30 + name.size(), compressed), -MAX_WBITS);
  EXPECT_EQ(30 + name.size() + compressed, directory);
  EXPECT_EQ(LittleEndian<uint32_t>(bytes, directory + 24), text.size());
  EXPECT_EQ(crc, crc32_z(0, reinterpret_cast<const Bytef*>(text.data()), text.size()));
  return text;
}

std::string Unsnapped(std::string_view block) {
  std::string text;
  EXPECT_TRUE(snappy::Uncompress(block.data(), block.size(), &text));
  return text;
}

std::string FromSnappyJava(std::string_view bytes) {
  EXPECT_EQ(bytes.substr(0, 16), std::string_view("\x82SNAPPY\0\0\0\0\1\0\0\0\1", 16));
  std::string text;
  for (bytes.remove_prefix(16); !bytes.empty();) {
    const uint32_t size = BigEndian32(bytes);
    EXPECT_LE(4 + size, bytes.size());
    const std::string block = Unsnapped(bytes.substr(4, size));
    EXPECT_LE(block.size(), 32U * 1024);
    text += block;
    bytes.remove_prefix(4 + size);
  }
  return text;
}

std::string FromHadoopSnappy(std::string_view bytes) {
  std::string text;
  while (!bytes.empty()) {
    const uint32_t block_bytes = BigEndian32(bytes);
    const uint32_t size = BigEndian32(bytes.substr(4));
    EXPECT_LE(8 + size, bytes.size());
    const std::string block = Unsnapped(bytes.substr(8, size));
    EXPECT_EQ(block.size(), block_bytes);
    text += block;
    bytes.remove_prefix(8 + size);
  }
  return text;
}

std::string Decompressed(CompressionFormat format, std::string_view bytes, std::string_view name) {
  switch (format) {
    case CompressionFormat::kGzip:
      return Gunzipped(bytes);
    case CompressionFormat::kZip:
      return Unzipped(bytes, name);
    case CompressionFormat::kSnappy:
      return FromSnappyJava(bytes);
    case CompressionFormat::kHadoopSnappy:
      return FromHadoopSnappy(bytes);
    case CompressionFormat::kUncompressed:
      break;
  }
  return std::string(bytes);
}

struct Way {
  CompressionFormat format;
  CompressionEffort effort;
};

std::string NameOf(const Way& way) {
  constexpr std::string_view kNames[] = {"", "Balanced", "Small"};
  std::string name(CompressionFormatName(way.format));
  return name.append(kNames[static_cast<size_t>(way.effort)]);
}

class CompressTest : public ::testing::TestWithParam<Way> {
 protected:
  static StatusOr<BlockBuffer> Compressed(const Pieces& pieces) {
    return Compress(GetParam().format, GetParam().effort, pieces, "entry");
  }

  void ExpectRoundTrip(const Pieces& pieces) {
    const StatusOr<BlockBuffer> out = Compressed(pieces);
    ASSERT_OK(out);
    const std::string bytes = Joined(out->Pieces());
    ASSERT_EQ(bytes.size(), out->size());
    ASSERT_GE(out->memory_bytes(), out->size());
    // Compared as booleans: a difference must not print megabytes.
    EXPECT_TRUE(Decompressed(GetParam().format, bytes, "entry") == Joined(pieces));
  }
};

INSTANTIATE_TEST_SUITE_P(
    Formats, CompressTest,
    ::testing::Values(Way{CompressionFormat::kGzip, CompressionEffort::kFast},
                      Way{CompressionFormat::kGzip, CompressionEffort::kBalanced},
                      Way{CompressionFormat::kGzip, CompressionEffort::kSmall},
                      Way{CompressionFormat::kZip, CompressionEffort::kFast},
                      Way{CompressionFormat::kZip, CompressionEffort::kBalanced},
                      Way{CompressionFormat::kZip, CompressionEffort::kSmall},
                      Way{CompressionFormat::kSnappy, CompressionEffort::kFast},
                      Way{CompressionFormat::kHadoopSnappy, CompressionEffort::kFast}),
    [](const auto& way) { return NameOf(way.param); });

TEST_P(CompressTest, NothingAtAll) {
  ExpectRoundTrip({});
  ExpectRoundTrip({""});
  ExpectRoundTrip({"", "", ""});
}

TEST_P(CompressTest, SizesAroundEveryBoundary) {
  const std::string text = testing::AccessLog(1, 1200 * 1024);
  for (const size_t boundary :
       {size_t{1}, size_t{32 * 1024}, size_t{64 * 1024}, size_t{256 * 1024}, size_t{1 << 20}}) {
    for (size_t size = boundary - 1; size <= boundary + 1; ++size) {
      ExpectRoundTrip({std::string_view(text).substr(0, size)});
    }
  }
}

TEST_P(CompressTest, SplitsDoNotShow) {
  const std::string text = testing::AccessLog(2, 200 * 1024);
  const std::string_view view = text;
  for (const size_t at : {size_t{0}, size_t{1}, size_t{32 * 1024 - 1}, size_t{32 * 1024},
                          size_t{32 * 1024 + 1}, size_t{64 * 1024}, text.size() - 1, text.size()}) {
    ExpectRoundTrip({view.substr(0, at), view.substr(at)});
    ExpectRoundTrip({"", view.substr(0, at), "", view.substr(at), ""});
  }
  for (const size_t step : {size_t{1}, size_t{7}, size_t{500}, size_t{40000}}) {
    Pieces pieces;
    for (size_t at = 0; at < view.size(); at += step) pieces.push_back(view.substr(at, step));
    ExpectRoundTrip(pieces);
  }
}

TEST_P(CompressTest, NoiseGrowsLittle) {
  const std::string noise = testing::Noise(3, 3 << 20);
  ExpectRoundTrip({noise});
  const auto out = Compressed({noise});
  EXPECT_LT(out->size(), noise.size() + noise.size() / 1000 + 256);
}

TEST_P(CompressTest, TenMegabytes) {
  const std::string text = testing::AccessLog(4, 10 << 20);
  ExpectRoundTrip({text});
  const auto out = Compressed({text});
  EXPECT_LT(out->size(), text.size() / 2);
  EXPECT_LT(out->memory_bytes(), out->size() + out->size() / 4 + 256 * 1024);
}

TEST_P(CompressTest, TheSameInputGivesTheSameBytes) {
  const std::string text = testing::AccessLog(5, 1 << 20);
  const auto first = Compressed({text});
  ExpectRoundTrip({testing::AccessLog(6, 1 << 20)});  // leaves other state behind in this thread
  const auto second = Compressed({text});
  EXPECT_TRUE(Joined(first->Pieces()) == Joined(second->Pieces()));
}

TEST_P(CompressTest, SmallOutputHoldsLittleMemory) {
  const auto out = Compressed({"a line\n"});
  EXPECT_LE(out->memory_bytes(), 4096U);
}

TEST(GzipTest, HeaderHasNoTimeAndNoName) {
  for (const CompressionEffort effort : kEfforts) {
    const auto out = Compress(CompressionFormat::kGzip, effort, Pieces{"text"}, "entry");
    EXPECT_EQ(Joined(out->Pieces()).substr(0, 10),
              std::string_view("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10));
  }
}

TEST(EffortTest, MoreOfItMakesLess) {
  const std::string text = testing::AccessLog(8, 5 << 20);
  for (const CompressionFormat format : {CompressionFormat::kGzip, CompressionFormat::kZip}) {
    EXPECT_TRUE(HasEfforts(format));
    const auto size = [&](CompressionEffort effort) {
      return Compress(format, effort, Pieces{text}, "entry")->size();
    };
    const uint64_t balanced = size(CompressionEffort::kBalanced);
    EXPECT_LT(balanced, size(CompressionEffort::kFast) * 0.9);
    EXPECT_LT(size(CompressionEffort::kSmall), balanced * 0.98);
  }
}

TEST(EffortTest, OtherFormatsKnowNone) {
  const std::string text = testing::AccessLog(9, 1 << 16);
  for (const CompressionFormat format :
       {CompressionFormat::kSnappy, CompressionFormat::kHadoopSnappy}) {
    EXPECT_FALSE(HasEfforts(format));
    const auto fast = Compress(format, CompressionEffort::kFast, Pieces{text}, "entry");
    const auto small = Compress(format, CompressionEffort::kSmall, Pieces{text}, "entry");
    EXPECT_TRUE(Joined(fast->Pieces()) == Joined(small->Pieces()));
    EXPECT_EQ(CompressWorkBytes(format, CompressionEffort::kSmall), 0U);
  }
  EXPECT_FALSE(HasEfforts(CompressionFormat::kUncompressed));
}

TEST(ZipTest, FromFourGibibytesOnSizesAreInZip64Fields) {
  const std::string zeros(16 << 20, '\0');
  const Pieces pieces(257, zeros);
  const uint64_t size = uint64_t{257} * zeros.size();
  const auto out = Compress(CompressionFormat::kZip, CompressionEffort::kFast, pieces, "big");
  ASSERT_OK(out);
  const std::string bytes = Joined(out->Pieces());
  constexpr size_t kEndBytes = 22;
  constexpr size_t kLocatorBytes = 20;
  const size_t locator = bytes.size() - kEndBytes - kLocatorBytes;
  ASSERT_EQ(LittleEndian<uint32_t>(bytes, locator), 0x07064b50U);
  const size_t end = LittleEndian<uint64_t>(bytes, locator + 8);
  ASSERT_EQ(LittleEndian<uint32_t>(bytes, end), 0x06064b50U);
  const size_t directory = LittleEndian<uint64_t>(bytes, end + 48);
  ASSERT_EQ(LittleEndian<uint32_t>(bytes, directory), 0x02014b50U);
  EXPECT_EQ(LittleEndian<uint32_t>(bytes, directory + 20), 0xffffffffU);
  EXPECT_EQ(LittleEndian<uint32_t>(bytes, directory + 24), 0xffffffffU);
  const size_t extra = directory + 46 + 3;
  EXPECT_EQ(LittleEndian<uint16_t>(bytes, extra), 1);
  EXPECT_EQ(LittleEndian<uint64_t>(bytes, extra + 4), size);
  EXPECT_EQ(LittleEndian<uint64_t>(bytes, extra + 12), directory - (30 + 3 + 20));
}

TEST(CompressionFormatTest, NamesAreFirehoses) {
  using enum CompressionFormat;
  for (const auto& [name, format, extension, encoding] :
       {std::tuple{"UNCOMPRESSED", kUncompressed, "", ""},
        {"GZIP", kGzip, ".gz", "gzip"},
        {"ZIP", kZip, ".zip", "zip"},
        {"Snappy", kSnappy, ".snappy", "snappy-java"},
        {"HADOOP_SNAPPY", kHadoopSnappy, ".hsnappy", "hadoop-snappy"}}) {
    EXPECT_EQ(ParseCompressionFormat(name), format);
    EXPECT_EQ(CompressionFormatName(format), name);
    EXPECT_EQ(DefaultExtension(format), extension);
    EXPECT_EQ(ContentEncoding(format), encoding);
  }
  EXPECT_EQ(ParseCompressionFormat("SNAPPY"), std::nullopt);
  EXPECT_EQ(ParseCompressionFormat("gzip"), std::nullopt);
  EXPECT_EQ(ParseCompressionFormat(""), std::nullopt);
}

TEST(CompressDeathTest, UncompressedIsNotACodec) {
  EXPECT_DEATH((void)Compress(CompressionFormat::kUncompressed, CompressionEffort::kFast, {}, ""),
               "kUncompressed");
}

}  // namespace
}  // namespace hydrant
