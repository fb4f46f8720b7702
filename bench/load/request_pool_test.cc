#include "bench/load/request_pool.h"

#include "bench/load/test_value.h"
#include "engine/codec/base64.h"
#include "engine/codec/compression.h"
#include "engine/testing/temp_dir.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <map>
#include <numeric>

namespace hydrant::load {
namespace {

using ::testing::HasSubstr;

constexpr RunId kRun = {'r', 'u', 'n'};

LoadPlan SmallPlan(Operation operation) {
  LoadPlan plan;
  plan.streams = {"a", "bcd"};
  plan.operation = operation;
  plan.connections = 3;
  plan.records_per_request = operation == Operation::kPutRecord ? 1 : 7;
  plan.record_bytes = 101;  // not divisible by three
  return plan;
}

std::string Decoded(const nlohmann::json& record) {
  const auto text = record.at("Data").get<std::string>();
  std::string data(Base64DecodedBytesMax(text.size()), '\0');
  const Base64Result result = DecodeBase64(text, data.data());
  EXPECT_TRUE(result.ok());
  data.resize(result.size);
  return data;
}

// What a server reads from a body of PutRecordBatch.
std::vector<std::string> BatchRecords(const std::string& body, const std::string& stream) {
  const nlohmann::json request = nlohmann::json::parse(body);
  EXPECT_EQ(request.at("DeliveryStreamName"), stream);
  std::vector<std::string> records;
  for (const nlohmann::json& record : request.at("Records")) records.push_back(Decoded(record));
  return records;
}

class Sample {
 public:
  explicit Sample(const std::string& text) { std::ofstream(path()) << text; }
  std::string path() const { return directory_.path() + "/sample"; }

 private:
  testing::TempDir directory_;
};

TEST(RequestPool, ASampleWithoutLinesOrWithTooLongOnesIsRefused) {
  LoadPlan plan = SmallPlan(Operation::kPutRecordBatch);
  plan.sample_path = "nowhere/sample";
  EXPECT_TRUE(absl::IsNotFound(MakeRecords(plan).status()));
  const Sample empty("\n\n");
  plan.sample_path = empty.path();
  EXPECT_THAT(std::string(Message(MakeRecords(plan).status())), HasSubstr("no lines to send"));
  const Sample long_line("\nshort\n" + std::string(1'024'000, 'x') + "\n");
  plan.sample_path = long_line.path();
  EXPECT_THAT(std::string(Message(MakeRecords(plan).status())), HasSubstr("line 3 is longer"));
  const Sample large(std::string(1'000'000, 'x') + "\n");
  plan.sample_path = large.path();
  const Records records = Value(MakeRecords(plan));
  EXPECT_THAT(std::string(Message(RequestPool::Render(plan, records, kRun).status())),
              HasSubstr("more than the 4 MiB of a request"));
}

TEST(RequestPool, StampsAreWrittenOverWithoutTouchingTheRest) {
  const LoadPlan plan = SmallPlan(Operation::kPutRecordBatch);
  const Records records = Value(MakeRecords(plan));
  RequestPool pool = Value(RequestPool::Render(plan, records, kRun));
  ASSERT_GE(pool.size(), plan.connections);
  for (const uint64_t first : {uint64_t{0}, uint64_t{77'777}, kStampNumbers - 7}) {
    pool.Stamp(1, first);
    const std::vector<std::string> sent = BatchRecords(pool.at(1).body, "bcd");
    ASSERT_EQ(sent.size(), 7u);
    for (size_t i = 0; i < sent.size(); ++i) {
      EXPECT_EQ(ReadStamp(sent[i], kRun), first + i);
      EXPECT_EQ(sent[i].substr(kStampBytes), records.at(7 + i));
      EXPECT_EQ(sent[i].size(), 101u);
      EXPECT_EQ(sent[i].find('\n'), 100u);
    }
  }
  EXPECT_EQ(pool.at(1).record_bytes, 707u);
}

TEST(RequestPool, PartsAreWholeRequestsOfTheirOwn) {
  const LoadPlan plan = SmallPlan(Operation::kPutRecordBatch);
  const Records records = Value(MakeRecords(plan));
  RequestPool pool = Value(RequestPool::Render(plan, records, kRun));
  pool.Stamp(0, 100);
  const std::vector<uint32_t> part = {0, 3, 6};
  const std::vector<std::string> sent = BatchRecords(pool.PartBody(pool.at(0), part), "a");
  ASSERT_EQ(sent.size(), 3u);
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(ReadStamp(sent[i], kRun), 100 + part[i]);
  EXPECT_EQ(pool.PartBytes(pool.at(0), part), 303u);
}

TEST(RequestPool, SingleRecordsAndLines) {
  const LoadPlan single = SmallPlan(Operation::kPutRecord);
  const Records records = Value(MakeRecords(single));
  RequestPool pool = Value(RequestPool::Render(single, records, kRun));
  pool.Stamp(0, 5);
  const std::string record = Decoded(nlohmann::json::parse(pool.at(0).body).at("Record"));
  EXPECT_EQ(ReadStamp(record, kRun), 5u);

  const LoadPlan lines = SmallPlan(Operation::kLines);
  RequestPool line_pool = Value(RequestPool::Render(lines, records, kRun));
  line_pool.Stamp(2, 9);
  const std::string& body = line_pool.at(2).body;
  ASSERT_EQ(body.size(), 707u);
  for (size_t i = 0; i < 7; ++i) {
    EXPECT_EQ(ReadStamp(std::string_view(body).substr(i * 101), kRun), 9 + i);
  }
}

TEST(RequestPool, ASampleIsSentAsItIsAndRoundAndRound) {
  const Sample sample("one\ntwo\n\nthree, without an end");
  LoadPlan plan = SmallPlan(Operation::kPutRecordBatch);
  plan.streams = {"a"};
  plan.sample_path = sample.path();
  plan.stamped = false;
  const Records records = Value(MakeRecords(plan));
  const RequestPool pool = Value(RequestPool::Render(plan, records, kRun));
  const std::vector<std::string> sent = BatchRecords(pool.at(0).body, "a");
  const std::string third = "three, without an end\n";
  EXPECT_THAT(sent,
              ::testing::ElementsAre("one\n", "two\n", third, "one\n", "two\n", third, "one\n"));
}

TEST(RequestPool, LinesThatTheServerTakesForEmptyAreNotSent) {
  const Sample sample("one\r\n\r\n\ntwo\r\n");
  LoadPlan plan = SmallPlan(Operation::kLines);
  plan.sample_path = sample.path();
  const Records lines = Value(MakeRecords(plan));
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines.at(1), "two\r\n");
  plan.operation = Operation::kPutRecordBatch;
  EXPECT_EQ(Value(MakeRecords(plan)).size(), 3u);  // where it is a record
}

TEST(RequestPool, StreamsHaveEquallyManyRequests) {
  LoadPlan plan = SmallPlan(Operation::kPutRecordBatch);
  plan.streams = {"a", "b", "c"};
  plan.connections = 1;
  const Sample sample(
      "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n17\n18\n19\n20\n21\n"
      "22\n23\n");  // four requests
  plan.sample_path = sample.path();
  const Records records = Value(MakeRecords(plan));
  const RequestPool pool = Value(RequestPool::Render(plan, records, kRun));
  std::map<size_t, int> requests;
  for (size_t i = 0; i < pool.size(); ++i) ++requests[pool.at(i).stream];
  EXPECT_THAT(requests, ::testing::ElementsAre(::testing::Pair(0, 2), ::testing::Pair(1, 2),
                                               ::testing::Pair(2, 2)));
  EXPECT_EQ(pool.records_used(), 23u);
}

// As a log shipper or an object's gzip would have it.
double GzipRatio(uint64_t record_bytes) {
  LoadPlan plan;
  plan.record_bytes = record_bytes;
  const Records records = Value(MakeRecords(plan));
  std::string text;
  for (size_t i = 0; i < records.size(); ++i) {
    text.resize(text.size() + kStampBytes);
    WriteStamp(kRun, i, text.data() + text.size() - kStampBytes);
    text += records.at(i);
  }
  const std::string_view pieces[] = {text};
  const auto compressed =
      Compress(CompressionFormat::kGzip, CompressionEffort::kFast, pieces, "name");
  EXPECT_OK(compressed.status());
  size_t bytes = 0;
  for (const std::string_view piece : compressed->Pieces()) bytes += piece.size();
  return static_cast<double>(text.size()) / static_cast<double>(bytes);
}

TEST(Records, GeneratedOnesCompressAsLogsDo) {
  for (const uint64_t bytes : {500, 250, 5000}) {
    const double ratio = GzipRatio(bytes);
    EXPECT_GT(ratio, 5) << bytes;
    EXPECT_LT(ratio, 8) << bytes;
    RecordProperty("ratio_" + std::to_string(bytes), std::to_string(ratio));
  }
}

TEST(RequestPool, MemoryIsBounded) {
  LoadPlan plan = SmallPlan(Operation::kLines);
  plan.streams = {"a"};
  plan.record_bytes = 1'000'000;
  plan.records_per_request = 4;
  plan.connections = 1000;
  const Records records = Value(MakeRecords(plan));
  EXPECT_THAT(std::string(Message(RequestPool::Render(plan, records, kRun).status())),
              HasSubstr("takes more than 1 GiB; lower --connections"));
}

}  // namespace
}  // namespace hydrant::load
