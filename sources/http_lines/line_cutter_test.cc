#include "sources/http_lines/line_cutter.h"

#include "engine/testing/status_matchers.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

namespace hydrant::http_lines {
namespace {

using ::hydrant::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> Records(const RecordBatch& batch) {
  std::vector<std::string> records;
  for (size_t i = 0; i < batch.record_count(); ++i) records.emplace_back(batch.Record(i));
  return records;
}

class LineCutterTest : public ::testing::Test {
 protected:
  // Cuts `text` given in pieces of `step` bytes, growing and taking as an upload does.
  StatusOr<std::vector<std::string>> Cut(std::string_view text, Newline newline, size_t step,
                                         size_t first_block = 4096) {
    LineCutter cutter(pool_.Allocate(first_block), newline);
    std::vector<std::string> all;
    batches_ = 0;
    const auto make_room = [&]() -> Status {
      while (cutter.full()) {
        if (cutter.block_bytes() < kBlockBytes) {
          RETURN_IF_ERROR(cutter.Grow(pool_.Allocate(cutter.block_bytes() * 2)));
          continue;
        }
        const size_t next = std::max(kBlockBytes, cutter.uncut_bytes() + 1);
        ASSIGN_OR_RETURN(auto batch, cutter.Take(pool_.Allocate(next), absl::Now()));
        for (std::string& record : Records(*batch)) all.push_back(std::move(record));
        ++batches_;
      }
      return Status();
    };
    while (!text.empty()) {
      RETURN_IF_ERROR(make_room());
      const size_t n = std::min({step, text.size(), cutter.Room().size()});
      std::memcpy(cutter.Room().data(), text.data(), n);
      text.remove_prefix(n);
      RETURN_IF_ERROR(cutter.Advance(n));
    }
    while (cutter.stopped()) RETURN_IF_ERROR(make_room());
    ASSIGN_OR_RETURN(auto batch, cutter.TakeLast(absl::Now()));
    for (std::string& record : Records(*batch)) all.push_back(std::move(record));
    return all;
  }

  ArenaPool pool_{64 << 20};
  int batches_ = 0;
};

TEST_F(LineCutterTest, NamesALineThatIsTooLong) {
  const std::string longest(kRecordBytesMax, 'x');
  const std::string prefix = "first\n\n";
  for (size_t step : {size_t{1000}, size_t{1} << 22}) {
    for (Newline newline : {Newline::kKeep, Newline::kStrip}) {
      for (const char* end : {"", "\n", "\r\n", "y", "\nz"}) {
        const auto cut = Cut(prefix + longest + "y" + end, newline, step);
        EXPECT_THAT(cut, StatusIs(absl::StatusCode::kOutOfRange, HasSubstr("line 3 ")));
      }
    }
    // What is kept counts.
    EXPECT_THAT(Cut(longest + "\n", Newline::kKeep, step),
                StatusIs(absl::StatusCode::kOutOfRange, HasSubstr("line 1 ")));
    ASSERT_OK(Cut(longest, Newline::kKeep, step));
    EXPECT_EQ(Cut(longest + "\r\n", Newline::kStrip, step)->at(0), longest);
  }
}

TEST_F(LineCutterTest, KeepsOrStripsNewlinesAndDropsEmptyLines) {
  const std::string text = "\n\r\none\n\n\ntwo\r\n\r\n \n\rx\nlast";
  for (size_t step = 1; step <= text.size(); ++step) {
    EXPECT_THAT(*Cut(text, Newline::kKeep, step),
                ElementsAre("one\n", "two\r\n", " \n", "\rx\n", "last"));
    EXPECT_THAT(*Cut(text, Newline::kStrip, step), ElementsAre("one", "two", " ", "\rx", "last"));
  }
  EXPECT_THAT(*Cut("", Newline::kKeep, 1), IsEmpty());
  EXPECT_THAT(*Cut("\n\n\r\n", Newline::kKeep, 1), IsEmpty());
  EXPECT_THAT(*Cut("a\r", Newline::kStrip, 1), ElementsAre("a\r"));
}

TEST_F(LineCutterTest, LongTextsAreTheSameLinesInSeveralBatches) {
  std::string text;
  std::vector<std::string> lines;
  for (size_t i = 0, size = 0; text.size() < (5u << 20); ++i, size = (size * 7 + 13) % 30011) {
    lines.push_back(std::string(size, static_cast<char>('a' + i % 26)) + "-\n");
    text += lines.back();
    if (i % 5 == 0) text += "\n";
  }
  for (size_t step : {size_t{777}, size_t{65536}, size_t{1} << 24}) {
    const auto cut = Cut(text, Newline::kKeep, step);
    ASSERT_OK(cut);
    EXPECT_TRUE(*cut == lines) << step;
    EXPECT_GE(batches_, 3);
  }
}

TEST_F(LineCutterTest, TinyLinesAreBoundedByNumber) {
  std::string text;
  for (int i = 0; i < 600000; ++i) text += "x\n";
  const auto cut = Cut(text, Newline::kStrip, 1 << 24);
  ASSERT_OK(cut);
  EXPECT_EQ(cut->size(), 600000);
  EXPECT_GE(batches_, 600000 / 65536);
}

}  // namespace
}  // namespace hydrant::http_lines
