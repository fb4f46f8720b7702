#include "sinks/file/directory_bucket.h"

#include "engine/testing/status_matchers.h"
#include "engine/testing/temp_dir.h"

#include <atomic>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace hydrant::file {
namespace {

using ::hydrant::testing::StatusIs;
using ::testing::HasSubstr;

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

size_t CountFiles(const std::string& directory) {
  size_t count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    count += entry.is_regular_file() ? 1 : 0;
  }
  return count;
}

class DirectoryBucketTest : public ::testing::Test {
 protected:
  Status Write(std::string_view key, std::string_view text) {
    const std::string_view pieces[] = {text};
    return bucket_.Write(key, pieces);
  }

  void SetUp() override { std::filesystem::create_directories(bucket_.path()); }

  testing::TempDir dir_;
  DirectoryBucket bucket_{dir_.path() + "/base/bucket"};
};

TEST_F(DirectoryBucketTest, RefusesKeysThatAreNoFileBelowTheBucket) {
  const std::string with_nul("a\0b", 3);
  for (const std::string& key :
       {std::string(), std::string("/"), std::string("/etc/passwd"), std::string(".."),
        std::string("../x"), std::string("a/../../x"), std::string("a/./b"), std::string("a//b"),
        std::string("a/"), std::string("."), with_nul, std::string(".hydrant-tmp"),
        std::string(".hydrant-tmp/x"), std::string(256, 'n')}) {
    EXPECT_THAT(Write(key, "x"), StatusIs(absl::StatusCode::kInvalidArgument)) << key;
  }
  EXPECT_EQ(CountFiles(dir_.path()), 0u);
}

TEST_F(DirectoryBucketTest, WritesPiecesInOrderAndLeavesNothingElse) {
  std::vector<std::string> texts;
  for (int i = 0; i < 3000; ++i)
    texts.push_back(std::string(i % 7, static_cast<char>('a' + i % 26)));
  std::vector<std::string_view> pieces(texts.begin(), texts.end());
  std::string whole;
  for (const std::string& text : texts) whole += text;
  EXPECT_OK(bucket_.Write("logs/2026/01/01/00/stream-1", pieces));
  EXPECT_EQ(ReadFile(bucket_.path() + "/logs/2026/01/01/00/stream-1"), whole);
  EXPECT_EQ(CountFiles(bucket_.path()), 1u);
}

TEST_F(DirectoryBucketTest, OddKeysAndEmptyObjects) {
  for (const std::string key :
       {"a b/c+d=e!", "ünï/cödé", "...", "..a/b..", ".hidden", "-rf", "back\\slash\nline"}) {
    EXPECT_OK(Write(key, key)) << key;
    EXPECT_EQ(ReadFile(bucket_.path() + "/" + key), key);
  }
  EXPECT_OK(Write("empty", ""));
  EXPECT_TRUE(std::filesystem::exists(bucket_.path() + "/empty"));
}

TEST_F(DirectoryBucketTest, ARetryReplacesItsOwnObject) {
  EXPECT_OK(Write("key", "a longer first attempt"));
  EXPECT_OK(Write("key", "second"));
  EXPECT_EQ(ReadFile(bucket_.path() + "/key"), "second");
  EXPECT_EQ(CountFiles(bucket_.path()), 1u);
}

TEST_F(DirectoryBucketTest, DirectoriesRemovedMeanwhileAreMadeAgain) {
  EXPECT_OK(Write("a/b/1", "x"));
  std::filesystem::remove_all(bucket_.path() + "/a");
  Write("a/b/3", "z").IgnoreError();  // finds out
  EXPECT_OK(Write("a/b/3", "z"));
}

TEST_F(DirectoryBucketTest, AFileWhereADirectoryMustBeIsAnErrorAndLeavesNoTemporary) {
  EXPECT_OK(Write("a", "file"));
  EXPECT_FALSE(Write("a/b", "x").ok());
  EXPECT_OK(Write("d/e", "file"));
  EXPECT_FALSE(Write("d", "x").ok());  // a directory is not replaced by a file
  EXPECT_EQ(CountFiles(bucket_.path()), 2u);
}

TEST_F(DirectoryBucketTest, AMissingBucketIsSaidAndNeverMade) {
  EXPECT_OK(Write("a/b", "x"));
  for (const std::string& gone : {bucket_.path(), dir_.path() + "/base"}) {
    std::filesystem::remove_all(gone);
    const auto named = StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr(bucket_.path()));
    EXPECT_THAT(Write("a/b", "x"), named);
    EXPECT_THAT(bucket_.Check(), named);
    EXPECT_FALSE(std::filesystem::exists(gone));
  }
  std::filesystem::create_directories(bucket_.path());
  EXPECT_OK(Write("a/b", "x"));
  EXPECT_EQ(ReadFile(bucket_.path() + "/a/b"), "x");
}

TEST_F(DirectoryBucketTest, AFileInPlaceOfTheBucketIsAnErrorUntilItIsGone) {
  std::filesystem::remove(bucket_.path());
  std::ofstream(bucket_.path()) << "in the way";
  EXPECT_THAT(Message(Write("a/b", "x")), HasSubstr(bucket_.path()));
  std::filesystem::remove(bucket_.path());
  std::filesystem::create_directory(bucket_.path());
  EXPECT_OK(Write("a/b", "x"));
}

TEST_F(DirectoryBucketTest, FullDiskIsSaid) {
  // /dev/full is a device that is always full.
  std::filesystem::create_directories(bucket_.path() + "/.hydrant-tmp");
  ASSERT_OK(Write("probe", "x"));
  const std::string temporary_of_key =
      bucket_.path() +
      "/.hydrant-tmp/"
      "2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683";  // SHA-256 of "key"
  std::filesystem::create_symlink("/dev/full", temporary_of_key);
  EXPECT_THAT(Write("key", "data"),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("No space")));
  EXPECT_FALSE(std::filesystem::exists(bucket_.path() + "/key"));
  EXPECT_OK(Write("key", "data"));  // the temporary is gone, so there is room
}

TEST_F(DirectoryBucketTest, OneAttemptAtATimeWritesAKey) {
  ASSERT_OK(Write("probe", "x"));
  const std::string temporary_of_key =
      bucket_.path() +
      "/.hydrant-tmp/"
      "2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683";  // SHA-256 of "key"
  // Opening a pipe to write waits for a reader: the first attempt hangs as on a dead disk.
  ASSERT_EQ(::mkfifo(temporary_of_key.c_str(), 0600), 0);
  Status results[2];
  std::atomic<int> ended{0};
  auto attempt = [&](Status& result) {
    result = Write("key", "hung");
    ++ended;
  };
  std::thread first(attempt, std::ref(results[0]));
  std::thread second(attempt, std::ref(results[1]));
  while (ended == 0) std::this_thread::yield();  // one was refused, the other hangs
  const int reader = ::open(temporary_of_key.c_str(), O_RDONLY | O_NONBLOCK);
  first.join();
  second.join();
  ::close(reader);
  EXPECT_NE(absl::IsUnavailable(results[0]), absl::IsUnavailable(results[1]));
  EXPECT_OK(Write("key", "third"));
  EXPECT_EQ(ReadFile(bucket_.path() + "/key"), "third");
}

TEST_F(DirectoryBucketTest, ReadOnlyDirectoryIsSaid) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write anywhere";
  EXPECT_OK(Write("a", "x"));
  ASSERT_EQ(::chmod((bucket_.path() + "/.hydrant-tmp").c_str(), 0555), 0);
  EXPECT_THAT(Write("b", "x"), StatusIs(absl::StatusCode::kPermissionDenied));
}

TEST_F(DirectoryBucketTest, CheckChangesNothing) {
  EXPECT_OK(bucket_.Check());
  EXPECT_TRUE(std::filesystem::is_empty(bucket_.path()));
  EXPECT_FALSE(DirectoryBucket("/proc/self/cmdline/bucket").Check().ok());
  EXPECT_FALSE(DirectoryBucket("/dev/null").Check().ok());
}

TEST_F(DirectoryBucketTest, ManyThreads) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([this, t] {
      for (int i = 0; i < 10; ++i) {
        EXPECT_OK(Write("d" + std::to_string(i) + "/f" + std::to_string(t), std::to_string(t)));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(CountFiles(bucket_.path()), 80u);
}

}  // namespace
}  // namespace hydrant::file
