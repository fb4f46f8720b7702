#include "sources/firehose_api/put_answer.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace hydrant::firehose_api {
namespace {

TEST(PutAnswerTest, SingleRecord) {
  EXPECT_EQ(RenderPutRecordAnswer("abc-", Position{42}, false),
            R"({"RecordId":"abc-00000000000000000042","Encrypted":false})");
  EXPECT_EQ(RenderPutRecordAnswer("", Position{UINT64_MAX}, true),
            R"({"RecordId":"18446744073709551615","Encrypted":true})");
}

TEST(PutAnswerTest, BatchCountsUpOverEveryCarry) {
  for (const uint64_t first : {uint64_t{0}, uint64_t{7}, uint64_t{99'999'999'600}}) {
    const auto answer =
        nlohmann::json::parse(RenderPutRecordBatchAnswer("p-", Position{first}, 500, false));
    EXPECT_EQ(answer["FailedPutCount"], 0);
    EXPECT_EQ(answer["Encrypted"], false);
    ASSERT_EQ(answer["RequestResponses"].size(), 500u);
    for (uint64_t i = 0; i < 500; ++i) {
      std::string digits = std::to_string(first + i);
      digits.insert(0, 20 - digits.size(), '0');
      ASSERT_EQ(answer["RequestResponses"][i].dump(), "{\"RecordId\":\"p-" + digits + "\"}");
    }
  }
}

TEST(PutAnswerTest, BatchNeverOutgrowsItsFirstAllocation) {
  // A string that grew has doubled its capacity.
  for (const uint64_t count : {1, 3, 500}) {
    const std::string answer = RenderPutRecordBatchAnswer("prefix-", Position{1}, count, true);
    EXPECT_LE(answer.capacity() - answer.size(), 80u) << count;
  }
}

}  // namespace
}  // namespace hydrant::firehose_api
