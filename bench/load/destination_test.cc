#include "bench/load/destination.h"

#include "bench/load/decompress.h"
#include "bench/load/test_value.h"
#include "engine/codec/compression.h"
#include "engine/testing/temp_dir.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace hydrant::load {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const StopTest kNeverStopped = [] { return false; };

std::string Compressed(CompressionFormat format, const std::string& text) {
  const std::string_view pieces[] = {text};
  const StatusOr<BlockBuffer> buffer = Compress(format, CompressionEffort::kFast, pieces, "name");
  EXPECT_OK(buffer.status());
  std::string data;
  for (const std::string_view piece : buffer->Pieces()) data += piece;
  return data;
}

TEST(Decompress, WhatIsCutShortIsNotTakenForWhole) {
  const std::string text(100'000, 'x');
  for (const auto format : {CompressionFormat::kGzip, CompressionFormat::kZip,
                            CompressionFormat::kSnappy, CompressionFormat::kHadoopSnappy}) {
    const std::string key = "key" + std::string(DefaultExtension(format));
    const std::string data = Compressed(format, text);
    const auto cut = Decompress(key, data.substr(0, data.size() / 2));
    EXPECT_TRUE(absl::IsDataLoss(cut.status())) << key;
  }
}

TEST(Decompress, ReadsEveryFormatOfFirehose) {
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += std::to_string(i * 7919) + "\n";
  for (const auto format : {CompressionFormat::kGzip, CompressionFormat::kZip,
                            CompressionFormat::kSnappy, CompressionFormat::kHadoopSnappy}) {
    const std::string key = "key" + std::string(DefaultExtension(format));
    const std::string back = Value(Decompress(key, Compressed(format, text)));
    EXPECT_TRUE(back == text) << key;
  }
  EXPECT_EQ(*Decompress("key", "plain\n"), "plain\n");
  EXPECT_EQ(*Decompress("key", ""), "");
}

TEST(DirectoryDestination, ShowsWholeObjectsOnly) {
  testing::TempDir directory;
  namespace fs = std::filesystem;
  fs::create_directories(directory.path() + "/2026/11");
  fs::create_directories(directory.path() + "/.hydrant-tmp");
  std::ofstream(directory.path() + "/2026/11/object") << "text\n";
  std::ofstream(directory.path() + "/.hydrant-tmp/part") << "te";
  std::ofstream(directory.path() + "/2026/.hidden") << "te";
  const auto destination = MakeDirectoryDestination(directory.path());
  const auto keys = Value(destination->List(kNeverStopped));
  EXPECT_THAT(keys, UnorderedElementsAre(directory.path() + "/2026/11/object"));
  EXPECT_EQ(*destination->Read(keys[0], kNeverStopped), "text\n");
  EXPECT_FALSE(destination->Read(directory.path() + "/none", kNeverStopped).ok());
  const auto none = MakeDirectoryDestination(directory.path() + "/no");
  EXPECT_TRUE(absl::IsNotFound(none->List(kNeverStopped).status()));
}

TEST(DirectoryDestination, APrefixIsTheBeginningOfAPathAndNeedNotBeThereYet) {
  testing::TempDir bucket;
  const auto destination = MakeDirectoryDestination(bucket.path(), "logs/web");
  EXPECT_THAT(Value(destination->List(kNeverStopped)), IsEmpty());
  std::filesystem::create_directories(bucket.path() + "/logs");
  for (const char* name : {"/logs/web-1", "/logs/api-1"}) std::ofstream(bucket.path() + name) << 1;
  EXPECT_THAT(Value(destination->List(kNeverStopped)), ElementsAre(bucket.path() + "/logs/web-1"));
}

TEST(S3Destination, NamesThatAreNoBucketsAreRefused) {
  EXPECT_TRUE(absl::IsInvalidArgument(MakeS3Destination("s3://", {}).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(MakeS3Destination("s3://a b/c", {}).status()));
}

TEST(S3Destination, ReadsPagesOfLists) {
  for (const char* text : {"", "<html>It works!</html>", "<Contents><Key>a</Key></Contents>"}) {
    EXPECT_TRUE(absl::IsUnavailable(ParseListedPage(text).status())) << text;
  }
  EXPECT_THAT(Value(ParseListedPage("<ListBucketResult><Contents><Key>cut")).keys, IsEmpty());
  const ListedPage page = Value(ParseListedPage(
      "<ListBucketResult><Name>b</Name><IsTruncated>true</IsTruncated>"
      "<Contents><Key>a&amp;lt;b</Key><Size>1</Size></Contents><Contents><Key>dir/</Key></Contents>"
      "<Contents><Size>2</Size><Key>c&#39;d</Key></Contents>"
      "<NextContinuationToken>t&amp;=</NextContinuationToken></ListBucketResult>"));
  EXPECT_THAT(page.keys, ElementsAre("a&lt;b", "c'd"));
  EXPECT_EQ(page.next, "t&=");
  const ListedPage last =
      Value(ParseListedPage("<ListBucketResult xmlns=\"x\"><IsTruncated>false</IsTruncated>"
                            "<NextContinuationToken>x</NextContinuationToken>"));
  EXPECT_EQ(last.next, "");
}

}  // namespace
}  // namespace hydrant::load
