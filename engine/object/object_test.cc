#include "engine/object/object.h"

#include "engine/testing/access_log.h"
#include "engine/testing/status_matchers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <memory>
#include <vector>

namespace hydrant {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

ChunkSeal SealAt(absl::Time oldest) {
  ChunkSeal seal;
  seal.id = "01234567-89ab-4def-bedc-ba9876543210";
  seal.oldest_arrival = oldest;
  return seal;
}

const absl::Time kOldest =
    absl::FromCivil(absl::CivilSecond(2026, 11, 21, 23, 4, 5), absl::UTCTimeZone());
constexpr char kName[] = "clicks-3-2026-11-21-23-04-05-01234567-89ab-4def-bedc-ba9876543210";

std::string Key(const ObjectOptions& options, absl::Time oldest = kOldest) {
  return ObjectKey(options, {"clicks", 3}, SealAt(oldest));
}

TEST(ObjectKeyTest, APrefixThatCannotBeEvaluatedLosesNothing) {
  const std::string fallback = std::string("prefix-evaluation-failed/2026/11/21/23/") + kName;
  EXPECT_EQ(Key({.prefix = "!{timestamp:"}), fallback);
  EXPECT_EQ(Key({.prefix = "!{nonsense:x}/"}), fallback);
  EXPECT_EQ(Key({.prefix = "!{partitionKeyFromQuery:user}/"}), fallback);
  EXPECT_EQ(Key({.prefix = std::string(600, 'p')}), fallback);
}

TEST(ObjectKeyTest, TheFallbackKeepsExtensionAndObjectNameButItsFolderIsInUtc) {
  absl::TimeZone tokyo;
  ASSERT_TRUE(absl::LoadTimeZone("Asia/Tokyo", &tokyo));
  EXPECT_EQ(Key({.prefix = "!{bad}", .time_zone = tokyo, .compression = CompressionFormat::kGzip}),
            "prefix-evaluation-failed/2026/11/21/23/"
            "clicks-3-2026-11-22-08-04-05-01234567-89ab-4def-bedc-ba9876543210.gz");
}

TEST(ObjectKeyTest, AKeyLongerThanS3TakesFallsBack) {
  std::string wide;  // 400 characters, 1,200 bytes
  for (int i = 0; i < 400; ++i) wide += "\xe6\xb0\xb4";
  EXPECT_THAT(Key({.prefix = wide}), StartsWith("prefix-evaluation-failed/"));
}

TEST(ObjectKeyTest, WithoutExpressionsTheHourIsAppended) {
  EXPECT_EQ(Key({}), std::string("2026/11/21/23/") + kName);
  EXPECT_EQ(Key({.prefix = "logs/"}), std::string("logs/2026/11/21/23/") + kName);
  EXPECT_EQ(Key({.prefix = "logs"}), std::string("logs2026/11/21/23/") + kName);
}

TEST(ObjectKeyTest, ErrorDocumentsGoUnderTheErrorPrefixByTheirType) {
  ChunkSeal seal = SealAt(kOldest);
  seal.failures.emplace_back().type = "quarantined";
  const auto key = [&](const ObjectOptions& options) {
    return ObjectKey(options, {"clicks", 3}, seal);
  };
  EXPECT_EQ(key({.prefix = "logs/"}), std::string("logs/quarantined/2026/11/21/23/") + kName);
  EXPECT_EQ(key({.prefix = "logs/", .error_output_prefix = "errors/"}),
            std::string("errors/quarantined/2026/11/21/23/") + kName);
  EXPECT_EQ(key({.prefix = "!{timestamp:yyyy}/",
                 .error_output_prefix = "e/!{timestamp:yyyy}/!{firehose:error-output-type}/"}),
            std::string("e/2026/quarantined/") + kName);
}

TEST(ObjectKeyTest, RandomStringsAreOfTheChunk) {
  const ObjectOptions options{.prefix = "!{firehose:random-string}/!{firehose:random-string}/"};
  const std::string key = Key(options);
  EXPECT_EQ(Key(options), key);
  EXPECT_NE(key.substr(0, 11), key.substr(12, 11));
  ChunkSeal other = SealAt(kOldest);
  other.id.back() = '1';
  EXPECT_NE(ObjectKey(options, {"clicks", 3}, other).substr(0, 11), key.substr(0, 11));
}

TEST(ObjectKeyTest, ExpressionsAndZone) {
  absl::TimeZone tokyo;
  ASSERT_TRUE(absl::LoadTimeZone("Asia/Tokyo", &tokyo));
  EXPECT_EQ(Key({.prefix = "day=!{timestamp:yyyy-MM-dd}/", .time_zone = tokyo}),
            "day=2026-11-22/clicks-3-2026-11-22-08-04-05-01234567-89ab-4def-bedc-ba9876543210");
  EXPECT_THAT(Key({.prefix = "!{firehose:random-string}/!{timestamp:yyyy}/"}),
              MatchesRegex("[A-Za-z0-9-]{11}/2026/clicks-3-.*"));
}

TEST(ObjectKeyTest, ExtensionIsTheCompressionsUnlessGiven) {
  EXPECT_EQ(Key({.compression = CompressionFormat::kSnappy}),
            std::string("2026/11/21/23/") + kName + ".snappy");
  EXPECT_EQ(Key({.file_extension = ".log", .compression = CompressionFormat::kGzip}),
            std::string("2026/11/21/23/") + kName + ".log");
}

class EncodeTest : public ::testing::Test {
 protected:
  // Every record of `text` cut into runs of `record_bytes`; a slice every `slice_records`.
  Chunk MakeChunk(std::string_view text, size_t record_bytes, uint32_t slice_records) {
    RecordBatchBuilder builder(pool_, text.size());
    for (size_t at = 0; at < text.size(); at += record_bytes) {
      builder.AddRecord(text.substr(at, record_bytes));
    }
    const RecordBatchPtr batch = std::move(builder).Build(kOldest);
    Chunk chunk;
    chunk.seal.name = "a/b/clicks-1.zip";
    const auto records = static_cast<uint32_t>(batch->record_count());
    for (uint32_t at = 0; at < records; at += slice_records) {
      chunk.slices.push_back({batch, at, std::min(at + slice_records, records)});
    }
    return chunk;
  }

  static std::string Joined(const Payload& payload) {
    std::string text;
    for (const std::string_view piece : payload.pieces) text.append(piece);
    EXPECT_EQ(text.size(), payload.size);
    return text;
  }

  static std::string Gunzipped(const std::string& bytes, size_t size) {
    std::string text(size, '\0');
    z_stream stream{};
    EXPECT_EQ(inflateInit2(&stream, 16 + MAX_WBITS), Z_OK);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(text.data());
    stream.avail_out = static_cast<uInt>(text.size());
    EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
    EXPECT_EQ(stream.avail_out, 0U);
    inflateEnd(&stream);
    return text;
  }

  ArenaPool pool_{1 << 20};
};

TEST_F(EncodeTest, EmptyChunk) {
  const auto plain = EncodeObject({}, Chunk{});
  ASSERT_OK(plain);
  EXPECT_EQ(plain->size, 0U);
  const auto gzip = EncodeObject({.compression = CompressionFormat::kGzip}, Chunk{});
  ASSERT_OK(gzip);
  EXPECT_EQ(Gunzipped(Joined(*gzip), 0), "");
}

TEST_F(EncodeTest, UncompressedIsTheSlicesThemselves) {
  const std::string text = testing::AccessLog(1, 100000);
  const Chunk chunk = MakeChunk(text, 200, 50);
  const auto payload = EncodeObject({}, chunk);
  ASSERT_OK(payload);
  EXPECT_EQ(payload->encoded_memory_bytes, 0U);
  ASSERT_EQ(payload->pieces.size(), chunk.slices.size());
  for (size_t i = 0; i < chunk.slices.size(); ++i) {
    EXPECT_EQ(payload->pieces[i].data(), chunk.slices[i].bytes().data()) << "copied";
  }
  EXPECT_TRUE(Joined(*payload) == text);
  EXPECT_EQ(payload->owners.size(), 1U);
}

TEST_F(EncodeTest, APayloadOutlivesItsChunk) {
  const std::string text = testing::AccessLog(2, 50000);
  auto chunk = std::make_unique<Chunk>(MakeChunk(text, 300, 7));
  const auto plain = EncodeObject({}, *chunk);
  const auto gzip = EncodeObject({.compression = CompressionFormat::kGzip}, *chunk);
  chunk.reset();
  EXPECT_TRUE(Joined(*plain) == text);
  EXPECT_TRUE(Gunzipped(Joined(*gzip), text.size()) == text);
}

TEST_F(EncodeTest, CompressedMemoryIsCounted) {
  const std::string text = testing::AccessLog(3, 4 << 20);
  const auto payload =
      EncodeObject({.compression = CompressionFormat::kGzip}, MakeChunk(text, 500, 100));
  ASSERT_OK(payload);
  EXPECT_GE(payload->encoded_memory_bytes, payload->size);
  EXPECT_LT(payload->size, text.size() / 3);
  EXPECT_TRUE(Gunzipped(Joined(*payload), text.size()) == text);
}

TEST_F(EncodeTest, EmptySlicesAreLeftOut) {
  Chunk chunk = MakeChunk("abcdef", 2, 1);
  chunk.slices.push_back({chunk.slices[0].batch, 1, 1});
  const auto payload = EncodeObject({}, chunk);
  EXPECT_EQ(payload->pieces.size(), 3U);
  EXPECT_EQ(Joined(*payload), "abcdef");
}

TEST_F(EncodeTest, ZipEntryIsTheObjectsNameWithoutZip) {
  Chunk chunk = MakeChunk("abc", 1, 1);
  const ObjectOptions zip{.compression = CompressionFormat::kZip};
  constexpr size_t kNameAt = 30;
  EXPECT_EQ(Joined(*EncodeObject(zip, chunk)).substr(kNameAt, 8), "clicks-1");
  EXPECT_THAT(Joined(*EncodeObject(zip, chunk)), ::testing::Not(HasSubstr("clicks-1.zip")));
  chunk.seal.name = "clicks-2.dat";
  EXPECT_EQ(Joined(*EncodeObject(zip, chunk)).substr(kNameAt, 12), "clicks-2.dat");
}

TEST(CheckObjectKeysTest, NamesWhatFailsForEveryObject) {
  const auto check = [](std::string prefix, std::string errors = "", std::string stream = "s") {
    const ObjectOptions options{.prefix = std::move(prefix),
                                .error_output_prefix = std::move(errors)};
    std::string text;
    for (const DefinitionProblem& problem : CheckObjectKeys(options, stream)) {
      EXPECT_TRUE(problem.text.starts_with(problem.path + " "));
      text += problem.text + "\n";
    }
    return text;
  };
  EXPECT_EQ(check(""), "");
  EXPECT_EQ(check(std::string(498, 'p')), "");  // with the default date: 512
  EXPECT_EQ(check(std::string(512, 'p'), std::string(498, 'e')),
            "Prefix has at least 526 characters once evaluated (a default date included); at most "
            "512 are allowed: shorten it\n");
  EXPECT_EQ(check(std::string(500, 'p') + "!{timestamp:yyyy}", "!{firehose:error-output-type}"),
            "");
  EXPECT_THAT(check("p/", std::string(600, 'e')), HasSubstr("ErrorOutputPrefix has at least 614"));
  EXPECT_THAT(check("p/", std::string(513, 'e') + "!{firehose:error-output-type}"),
              HasSubstr("ErrorOutputPrefix has at least 513"));
  std::string wide;
  for (int i = 0; i < 320; ++i) wide += "\u20ac";  // 3 bytes each
  EXPECT_THAT(check(wide), HasSubstr("Prefix and the object's name make keys of at least"));
  EXPECT_THAT(check(std::string("a\0b", 3)), HasSubstr("control character at position 2"));
  EXPECT_THAT(check("", "e\x7f"), HasSubstr("ErrorOutputPrefix holds a control character"));
  EXPECT_EQ(check("!{unclosed"), "");  // said elsewhere
}

}  // namespace
}  // namespace hydrant
