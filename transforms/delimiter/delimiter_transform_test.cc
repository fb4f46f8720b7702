#include "transforms/delimiter/delimiter_transform.h"

#include "engine/testing/status_matchers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

namespace hydrant::delimiter {
namespace {

using hydrant::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const absl::Time kArrival = absl::FromUnixSeconds(1795219200);

class DelimiterTest : public ::testing::Test {
 protected:
  StatusOr<std::unique_ptr<Transform>> Create(std::optional<std::string> delimiter) {
    ProcessorSettings settings{.type = "AppendDelimiterToRecord"};
    if (delimiter) settings.parameters.emplace_back("Delimiter", *delimiter);
    return kSpec.create(settings, {.clock = &Clock::System()});
  }

  RecordBatchPtr Apply(std::optional<std::string> delimiter, Slice slice) {
    auto transform = Create(std::move(delimiter));
    EXPECT_OK(transform);
    RecordBatchPtr out;
    int calls = 0;
    (*transform)->Apply({.slice = std::move(slice), .pool = &pool_}, [&](TransformOutput output) {
      out = output.batch;
      ++calls;
    });
    EXPECT_EQ(calls, 1);
    return out;
  }

  RecordBatchPtr Batch(const std::vector<std::string>& records, Position first) {
    RecordBatchBuilder builder(pool_, 16);
    for (const std::string& record : records) builder.AddRecord(record);
    return std::move(builder).Build(kArrival, first);
  }

  static std::vector<std::string> Records(const RecordBatch& batch) {
    std::vector<std::string> records;
    for (size_t i = 0; i < batch.record_count(); ++i) records.emplace_back(batch.Record(i));
    return records;
  }

  ArenaPool pool_{1 << 20};
};

TEST_F(DelimiterTest, RefusesDelimitersOfImpossibleLength) {
  EXPECT_THAT(Create(""), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("Delimiter")));
  EXPECT_THAT(Create(std::string(5121, 'x')), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_OK(Create(std::string(5120, 'x')));
}

TEST_F(DelimiterTest, DefaultIsANewline) {
  const auto out = Apply(std::nullopt, {Batch({"a", "", "bc\n"}, {7}), 0, 3});
  EXPECT_THAT(Records(*out), ElementsAre("a\n", "\n", "bc\n\n"));
}

TEST_F(DelimiterTest, EscapesAndRealCharactersAreTheSame) {
  for (const char* text : {"\\n", "\n"}) {
    EXPECT_THAT(Records(*Apply(text, {Batch({"a"}, {0}), 0, 1})), ElementsAre("a\n"));
  }
  EXPECT_EQ(UnescapeDelimiter("\\r\\n"), "\r\n");
  EXPECT_EQ(UnescapeDelimiter("\\t|\\t"), "\t|\t");
  EXPECT_EQ(UnescapeDelimiter("\\0"), std::string(1, '\0'));
  EXPECT_EQ(UnescapeDelimiter("\\\\n"), "\\n");
  EXPECT_EQ(UnescapeDelimiter("\\x"), "\\x");
  EXPECT_EQ(UnescapeDelimiter("a\\"), "a\\");
}

TEST_F(DelimiterTest, NoRecords) {
  const auto batch = Batch({"a", "b"}, {5});
  const auto out = Apply("|", {batch, 1, 1});
  EXPECT_EQ(out->record_count(), 0U);
  EXPECT_EQ(out->source().size(), 0U);
  EXPECT_EQ(Apply("|", {Batch({}, {5}), 0, 0})->record_count(), 0U);
}

TEST_F(DelimiterTest, PartOfABatchKeepsItsPositionsAndArrival) {
  const auto out = Apply("--", {Batch({"a", "b", "c", "d"}, {100}), 1, 3});
  EXPECT_THAT(Records(*out), ElementsAre("b--", "c--"));
  EXPECT_EQ(out->source(), (PositionRange{{101}, {103}}));
  EXPECT_EQ(out->PositionOf(1), Position{102});
  EXPECT_EQ(out->arrival(), kArrival);
}

TEST_F(DelimiterTest, BehindATransformThatDroppedRecords) {
  // Records of the log 10 to 19, of which 12, 15 and 16 are left.
  RecordBatchBuilder builder(pool_, 16);
  for (const char* record : {"x", "y", "z"}) builder.AddRecord(record);
  const RecordBatchPtr thinned =
      std::move(builder).BuildTransformed(kArrival, {{10}, {20}}, {2, 5, 6});
  const auto all = Apply("\n", {thinned, 0, 3});
  EXPECT_EQ(all->source(), (PositionRange{{10}, {20}}));
  EXPECT_EQ(all->PositionOf(0), Position{12});
  EXPECT_EQ(all->PositionOf(2), Position{16});
  const auto middle = Apply("\n", {thinned, 1, 2});
  EXPECT_EQ(middle->source(), (PositionRange{{15}, {16}}));
  EXPECT_EQ(middle->PositionOf(0), Position{15});
}

TEST_F(DelimiterTest, BehindATransformThatSplitRecords) {
  // Two log records became three: as many records as positions, but not one each.
  RecordBatchBuilder builder(pool_, 16);
  for (const char* record : {"x1", "x2", "z"}) builder.AddRecord(record);
  const RecordBatchPtr split = std::move(builder).BuildTransformed(kArrival, {{4}, {7}}, {0, 0, 2});
  const auto out = Apply("\n", {split, 0, 3});
  EXPECT_EQ(out->PositionOf(1), Position{4});
  EXPECT_EQ(out->PositionOf(2), Position{6});
}

TEST_F(DelimiterTest, TakesOneArenaAndNeverGrowsIt) {
  const std::string record(1000, 'r');
  RecordBatchBuilder builder(pool_, 1 << 16);
  for (int i = 0; i < 60; ++i) builder.AddRecord(record);
  const RecordBatchPtr batch = std::move(builder).Build(kArrival);
  const auto before = pool_.bytes_in_use();
  const auto out = Apply("\n", {batch, 0, 60});
  EXPECT_EQ(pool_.bytes_in_use() - before, ArenaPool::CapacityFor(60 * 1001));
  EXPECT_EQ(out->payload_bytes(), 60U * 1001);
}

TEST(DelimiterSpecTest, IsTheProcessorOfFirehosesName) {
  EXPECT_EQ(kSpec.name, "delimiter");
  EXPECT_EQ(kSpec.processor, "AppendDelimiterToRecord");
}

}  // namespace
}  // namespace hydrant::delimiter
