#include "engine/record/record_batch.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>

namespace hydrant {
namespace {

class RecordBatchTest : public ::testing::Test {
 protected:
  ArenaPool pool_{1 << 20};
};

TEST_F(RecordBatchTest, AnEmptyBatchHasNoBytes) {
  const std::unique_ptr<RecordBatch> batch =
      RecordBatchBuilder(pool_, 0).Build(absl::UnixEpoch(), {7});
  EXPECT_EQ(batch->record_count(), 0u);
  EXPECT_EQ(batch->payload_bytes(), 0u);
  EXPECT_EQ(batch->payload(), "");
  EXPECT_EQ(batch->end_position(), Position{7});
}

TEST_F(RecordBatchTest, KeepsRecordsBackToBack) {
  RecordBatchBuilder builder(pool_, 10);
  builder.AddRecord("ab");
  builder.AddRecord("");
  std::memcpy(builder.Reserve(100), "cdefgh", 6);
  builder.CommitRecord(3);
  const std::unique_ptr<RecordBatch> batch = std::move(builder).Build(absl::FromUnixSeconds(9));
  EXPECT_EQ(batch->record_count(), 3u);
  EXPECT_EQ(batch->Record(0), "ab");
  EXPECT_EQ(batch->Record(1), "");
  EXPECT_EQ(batch->Record(2), "cde");
  EXPECT_EQ(batch->Records(1, 3), "cde");
  EXPECT_EQ(batch->Records(0, 0), "");
  EXPECT_EQ(batch->payload(), "abcde");
  EXPECT_EQ(batch->arrival(), absl::FromUnixSeconds(9));
  EXPECT_GE(batch->memory_bytes(), 4096u);
}

TEST_F(RecordBatchTest, GrowsPastItsFirstGuess) {
  std::mt19937_64 random(1);
  RecordBatchBuilder builder(pool_, 1);
  std::string all;
  for (int i = 0; i < 500; ++i) {
    const std::string record(random() % 1000, static_cast<char>('a' + i % 26));
    builder.AddRecord(record);
    all += record;
  }
  EXPECT_EQ(builder.payload_bytes(), all.size());
  EXPECT_EQ(std::move(builder).Build(absl::UnixEpoch())->payload(), all);
}

TEST_F(RecordBatchTest, AddsRecordsOfAnotherBatch) {
  RecordBatchBuilder first(pool_, 0);
  for (const char* record : {"a", "bb", "", "ccc"}) first.AddRecord(record);
  const std::unique_ptr<RecordBatch> source = std::move(first).Build(absl::UnixEpoch());
  RecordBatchBuilder second(pool_, 0);
  second.AddRecord("start");
  second.AddRecords(*source, 1, 4);
  second.AddRecords(*source, 2, 2);
  second.AddRecords(*source, 0, 1);
  const std::unique_ptr<RecordBatch> batch = std::move(second).Build(absl::UnixEpoch());
  ASSERT_EQ(batch->record_count(), 5u);
  EXPECT_EQ(batch->payload(), "startbbccca");
  EXPECT_EQ(batch->Record(1), "bb");
  EXPECT_EQ(batch->Record(2), "");
  EXPECT_EQ(batch->Record(4), "a");
}

TEST_F(RecordBatchTest, CommitsManyRecordsAtOnce) {
  RecordBatchBuilder builder(pool_, 0);
  builder.AddRecord("x");
  std::memcpy(builder.Reserve(6), "abcdef", 6);
  const uint32_t ends[] = {12, 12, 16};
  builder.CommitRecords(ends, 10);
  builder.CommitRecords({}, 99);
  const std::unique_ptr<RecordBatch> batch = std::move(builder).Build(absl::UnixEpoch());
  ASSERT_EQ(batch->record_count(), 4u);
  EXPECT_EQ(batch->Record(1), "ab");
  EXPECT_EQ(batch->Record(2), "");
  EXPECT_EQ(batch->Record(3), "cdef");
}

TEST_F(RecordBatchTest, SlicesCoverTheirPositions) {
  RecordBatchBuilder builder(pool_, 0);
  for (const char* record : {"a", "b", "c"}) builder.AddRecord(record);
  std::unique_ptr<RecordBatch> built = std::move(builder).Build(absl::UnixEpoch());
  built->set_first_position({100});
  const RecordBatchPtr batch = std::move(built);
  EXPECT_EQ(batch->PositionOf(2), Position{102});
  const Slice slice{batch, 1, 3};
  EXPECT_EQ(slice.bytes(), "bc");
  EXPECT_EQ(slice.record_count(), 2u);
  EXPECT_EQ(slice.positions(), (PositionRange{{101}, {103}}));
}

// Records 200 to 209; 200 and 201 were dropped, 202 gave two, 205 one, the rest were dropped.
TEST_F(RecordBatchTest, ATransformedBatchCoversDroppedRecordsToo) {
  RecordBatchBuilder builder(pool_, 0);
  for (const char* record : {"a", "b", "c"}) builder.AddRecord(record);
  const std::unique_ptr<RecordBatch> batch = std::move(builder).BuildTransformed(
      absl::UnixEpoch(), PositionRange{{200}, {210}}, {2, 2, 5});
  EXPECT_EQ(batch->source(), (PositionRange{{200}, {210}}));
  EXPECT_EQ(batch->PositionOf(1), Position{202});
  EXPECT_EQ(batch->Covered(0, 2), (PositionRange{{200}, {205}}));
  EXPECT_EQ(batch->Covered(2, 3), (PositionRange{{205}, {210}}));
  EXPECT_EQ(batch->Covered(0, 3), batch->source());
}

TEST_F(RecordBatchTest, ATransformMayDropEveryRecord) {
  const std::unique_ptr<RecordBatch> batch = RecordBatchBuilder(pool_, 0).BuildTransformed(
      absl::UnixEpoch(), PositionRange{{200}, {210}}, {});
  EXPECT_EQ(batch->record_count(), 0u);
  EXPECT_EQ(batch->source(), (PositionRange{{200}, {210}}));
  EXPECT_EQ(batch->Covered(0, 0), batch->source());
}

}  // namespace
}  // namespace hydrant
