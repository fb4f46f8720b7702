#include "bench/roofline/json_walk.h"

#include <gtest/gtest.h>

namespace hydrant::roofline {
namespace {

constexpr std::string_view kBody =
    R"({"DeliveryStreamName":"s","Records":[{"Data":"QQ=="},{"Data":""}]})";

TEST(WalkBatch, RefusesWhatIsNoPutRecordBatch) {
  std::vector<std::string_view> texts;
  for (size_t size = 0; size < kBody.size(); ++size) {
    EXPECT_FALSE(WalkBatch(kBody.substr(0, size), texts)) << "cut off at " << size;
  }
  EXPECT_FALSE(WalkBatch(std::string(kBody) + "x", texts));
  EXPECT_FALSE(WalkBatch(R"({"DeliveryStreamName":"a\"","Records":[{"Data":""}]})", texts));
  EXPECT_FALSE(WalkBatch(R"({"DeliveryStreamName":"a","Records":[{"Date":""}]})", texts));
  EXPECT_FALSE(WalkBatch(R"({"DeliveryStreamName":"a","Records":[{"Data":""},]})", texts));
  EXPECT_FALSE(WalkBatch(R"({"DeliveryStreamName":"a","Records":[{"Data":7}]})", texts));
}

TEST(WalkBatch, FindsTheTextsWithAndWithoutSpace) {
  const std::string spaced =
      "{ \"DeliveryStreamName\": \"s\",\n\t\"Records\": [ {\"Data\": \"QQ==\" }, {\"Data\": \"\"} "
      "]}\r\n";
  for (const std::string_view body : {kBody, std::string_view(spaced)}) {
    std::vector<std::string_view> texts;
    ASSERT_TRUE(WalkBatch(body, texts));
    EXPECT_EQ(texts, (std::vector<std::string_view>{"QQ==", ""}));
  }
}

}  // namespace
}  // namespace hydrant::roofline
