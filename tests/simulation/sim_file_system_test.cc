#include "tests/simulation/sim_file_system.h"

#include "engine/testing/status_matchers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

namespace hydrant::simulation {
namespace {

using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::StartsWith;

class SimFileSystemTest : public ::testing::Test {
 protected:
  static std::unique_ptr<SimFileSystem> Make(uint64_t seed) {
    auto files = std::make_unique<SimFileSystem>(Rng(seed));
    EXPECT_TRUE(files->CreateDirectories("/data").ok());
    return files;
  }
  static Status Append(SimFileSystem& files, const std::string& path, std::string_view text,
                       bool sync) {
    ASSIGN_OR_RETURN(const auto file, files.OpenAppend(path));
    RETURN_IF_ERROR(file->Append({&text, 1}));
    return sync ? file->SyncData() : absl::OkStatus();
  }
  static std::string Content(SimFileSystem& files, const std::string& path) {
    const StatusOr<std::string> text = ReadWholeFile(files, path, 1 << 20);
    return text.ok() ? *text : "none";
  }
  static void LosePower(SimFileSystem& files) {
    files.Die();
    files.LosePower();
    files.Revive();
  }
};

TEST_F(SimFileSystemTest, APowerLossLeavesWhatWasSyncedAndSometimesMore) {
  std::set<std::string> seen;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    const auto files = Make(seed);
    ASSERT_OK(Append(*files, "/data/f", "synced", true));
    ASSERT_OK(files->SyncDirectory("/data"));
    ASSERT_OK(Append(*files, "/data/f", "later", false));
    LosePower(*files);
    seen.insert(Content(*files, "/data/f"));
    EXPECT_THAT(Content(*files, "/data/f"), StartsWith("synced"));
  }
  EXPECT_THAT(seen, Contains("synced"));
  EXPECT_THAT(seen, Contains("syncedla"));
  EXPECT_THAT(seen, Contains("syncedlater"));
  EXPECT_THAT(seen, Contains(std::string("synced\0\0\0\0\0", 11)));
}

TEST_F(SimFileSystemTest, APowerLossMayUndoWhatADirectoryWasNotSyncedFor) {
  std::set<std::string> seen;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    const auto files = Make(seed);
    ASSERT_OK(Append(*files, "/data/f", "old", true));
    ASSERT_OK(files->SyncDirectory("/data"));
    ASSERT_OK(Append(*files, "/data/f.tmp", "new", true));
    ASSERT_OK(files->Rename("/data/f.tmp", "/data/f"));
    LosePower(*files);
    seen.insert(Content(*files, "/data/f"));
    EXPECT_THAT(Content(*files, "/data/f"), AnyOf("old", "new"));
  }
  EXPECT_EQ(seen.size(), 2u);
  const auto files = Make(1);
  ASSERT_OK(Append(*files, "/data/f", "text", true));
  ASSERT_OK(files->SyncDirectory("/data"));
  LosePower(*files);
  EXPECT_EQ(Content(*files, "/data/f"), "text");
}

TEST_F(SimFileSystemTest, ACutIsUndoneOrNot) {
  std::set<std::string> seen;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const auto files = Make(seed);
    ASSERT_OK(Append(*files, "/data/f", "whole", true));
    ASSERT_OK(files->SyncDirectory("/data"));
    ASSERT_OK((*files->OpenAppend("/data/f"))->Truncate(2));
    EXPECT_EQ(Content(*files, "/data/f"), "wh");
    LosePower(*files);
    seen.insert(Content(*files, "/data/f"));
  }
  EXPECT_THAT(seen, ::testing::ElementsAre("wh", "whole"));
}

TEST_F(SimFileSystemTest, AKilledProcessLosesNothingThatWasWritten) {
  const auto files = Make(1);
  ASSERT_OK(Append(*files, "/data/f", "text", false));
  files->Die();
  EXPECT_FALSE(Append(*files, "/data/f", "more", false).ok());
  EXPECT_FALSE(files->Remove("/data/f").ok());
  files->Revive();
  EXPECT_EQ(Content(*files, "/data/f"), "text");
}

TEST_F(SimFileSystemTest, AProcessDiesWithinACall) {
  std::set<std::string> seen;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    const auto files = Make(seed);
    const StatusOr<std::unique_ptr<AppendFile>> file = files->OpenAppend("/data/f");
    ASSERT_OK(file);
    files->DieWithin(2);
    const std::string_view text = "ab";
    EXPECT_TRUE((*file)->Append({&text, 1}).ok());
    EXPECT_FALSE((*file)->Append({&text, 1}).ok());
    EXPECT_TRUE(files->dead());
    files->Revive();
    seen.insert(Content(*files, "/data/f"));
  }
  EXPECT_THAT(seen, ::testing::ElementsAre("ab", "aba", "abab"));
}

TEST_F(SimFileSystemTest, ItFillsUpAndFreesUp) {
  const auto files = Make(1);
  files->SetSpace(6);
  EXPECT_EQ(*files->FreeBytes("/data"), 6u);
  EXPECT_TRUE(Append(*files, "/data/f", "text", false).ok());
  EXPECT_TRUE(absl::IsResourceExhausted(Append(*files, "/data/g", "text", false)));
  EXPECT_EQ(*files->FreeBytes("/data"), 0u);
  ASSERT_OK(files->Remove("/data/f"));
  EXPECT_EQ(*files->FreeBytes("/data"), 4u);
}

TEST_F(SimFileSystemTest, CallsFailOnlyWhenTold) {
  const auto files = Make(1);
  for (int i = 0; i < 100; ++i) ASSERT_OK(Append(*files, "/data/f", "x", true));
  files->SetFailures(0.5);
  int failed = 0;
  for (int i = 0; i < 100; ++i) failed += Append(*files, "/data/f", "x", true).ok() ? 0 : 1;
  EXPECT_GT(failed, 30);
  files->SetFailures(0);
  EXPECT_TRUE(Append(*files, "/data/f", "x", true).ok());
}

TEST_F(SimFileSystemTest, ALockKeepsOthersOut) {
  const auto files = Make(1);
  StatusOr<std::unique_ptr<FileLock>> lock = files->Lock("/data/lock");
  ASSERT_OK(lock);
  EXPECT_TRUE(absl::IsFailedPrecondition(files->Lock("/data/lock").status()));
  lock->reset();
  EXPECT_OK(files->Lock("/data/lock"));
}

TEST_F(SimFileSystemTest, WhatIsNotThereIsToldAsSuch) {
  const auto files = Make(1);
  EXPECT_TRUE(absl::IsNotFound(files->OpenRead("/data/f").status()));
  EXPECT_TRUE(absl::IsNotFound(files->Remove("/data/f")));
  EXPECT_TRUE(absl::IsNotFound(files->Rename("/data/f", "/data/g")));
  EXPECT_TRUE(absl::IsNotFound(files->List("/none").status()));
  EXPECT_TRUE(absl::IsNotFound(files->OpenAppend("/none/f").status()));
}

}  // namespace
}  // namespace hydrant::simulation
