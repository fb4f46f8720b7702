// FileLogTest: a log in files with known records, on a file system that can be told to fail.
#pragma once

#include "engine/log/file_log.h"
#include "engine/log/log_test_util.h"
#include "engine/log/segment.h"
#include "engine/testing/faulty_file_system.h"
#include "engine/testing/temp_dir.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace hydrant::testing {

class FileLogTest : public ::testing::Test {
 protected:
  FileLogTest() {
    options_.durability = Durability::kOs;
    options_.segment_bytes_max = 1000;
    options_.tail_cache_bytes = 0;
  }

  StatusOr<std::unique_ptr<RecordLog>> Open(Position at_least = {}) {
    recovered_.clear();
    return OpenFileLog(files_, directory_, options_, pool_, clock_, at_least, &recovered_);
  }

  std::vector<std::string> Segments() const {
    std::vector<std::string> paths;
    const StatusOr<std::vector<FileEntry>> entries = FileSystem::Posix().List(directory_);
    EXPECT_OK(entries);
    for (const FileEntry& entry : *entries) {
      if (ParseSegmentFileName(entry.name)) paths.push_back(directory_ + "/" + entry.name);
    }
    return paths;
  }

  // `count` commits of 3 records of differing sizes: 3 or 4 frames a segment.
  void Fill(RecordLog& log, int count) {
    for (int i = 0; i < count; ++i) {
      const std::string text = "record " + std::to_string(written_.size());
      std::vector<std::string> records = {text, "", text + std::string(100 + i % 7, '.')};
      ASSERT_OK(AppendAndSync(log, MakeBatch(pool_, records, clock_.now)));
      written_.insert(written_.end(), records.begin(), records.end());
    }
  }

  // Every record that is served is the one written there; every one that isn't is reported lost.
  void ExpectServedOrReported(RecordLog& log, uint64_t end) {
    const Drained all = Drain(log, {}, 400);
    PositionRanges seen;
    for (const auto& [position, text] : all.records) {
      ASSERT_LT(position, written_.size());
      ASSERT_EQ(text, written_[position]);
      AddRange(seen, {{position}, {position + 1}});
    }
    for (const LogDamage& damage : all.damage) AddRange(seen, damage.positions);
    if (end > 0) {
      EXPECT_THAT(seen, ::testing::ElementsAre(PositionRange{{0}, {end}}));
    }
    EXPECT_EQ(all.next, Position{end});
  }

  void ExpectServed(RecordLog& log, uint64_t position, const std::string& text) {
    const Drained all = Drain(log, {position});
    ASSERT_FALSE(all.records.empty());
    EXPECT_EQ(all.records.front(), std::make_pair(position, text));
  }

  TempDir dir_;
  const std::string directory_ = dir_.File("shard");
  FaultyFileSystem files_{FileSystem::Posix()};
  ArenaPool pool_{1 << 20};
  FakeClock clock_;
  LogOptions options_;
  std::vector<LogDamage> recovered_;
  std::vector<std::string> written_;
};

}  // namespace hydrant::testing
