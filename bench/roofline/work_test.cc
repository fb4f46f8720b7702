#include "bench/roofline/work.h"

#include "bench/roofline/slow_crc32c.h"
#include "engine/testing/access_log.h"
#include "engine/testing/status_matchers.h"

#include <gtest/gtest.h>

namespace hydrant::roofline {
namespace {

TEST(MakeWork, RefusesWhatHasNoRecords) {
  EXPECT_EQ(MakeWork("", 10, 1).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(MakeWork("no newline", 10, 1).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(MakeWork("a\n", 0, 1).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(MakeWork("a\n", 10, 0).status().code(), absl::StatusCode::kInvalidArgument);
  const std::string too_long = std::string(kRecordBytesMax, 'x') + "\n";
  EXPECT_EQ(MakeWork(too_long, 10, 1).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(MakeWork, RepeatsAShortSampleInWholeLines) {
  const auto work = MakeWork("one\ntwo two\n", 30, 2);
  ASSERT_TRUE(work.ok());
  EXPECT_EQ((*work)->payload, "one\ntwo two\none\ntwo two\none\ntwo two\n");
  EXPECT_EQ((*work)->record_count, 6u);
}

TEST(MakeWork, TakesTheBeginningOfALongSample) {
  const auto work = MakeWork("one\ntwo two\nthree\n", 5, 2);
  ASSERT_TRUE(work.ok());
  EXPECT_EQ((*work)->payload, "one\ntwo two\n");
}

TEST(MakeWork, RendersRequests) {
  const auto work = MakeWork("a\nbb\nccc\n", 9, 2);
  ASSERT_TRUE(work.ok());
  ASSERT_EQ((*work)->requests.size(), 2u);
  const Request& request = (*work)->requests[0];
  EXPECT_EQ(request.payload, "a\nbb\n");
  EXPECT_EQ(request.ends, (std::vector<uint32_t>{2, 5}));
  EXPECT_EQ(request.body,
            R"({"DeliveryStreamName":"bench","Records":[{"Data":"YQo="},{"Data":"YmIK"}]})");
  EXPECT_EQ(request.texts, (std::vector<std::string_view>{"YQo=", "YmIK"}));
  EXPECT_EQ((*work)->requests[1].payload, "ccc\n");
  EXPECT_EQ((*work)->requests[1].texts, (std::vector<std::string_view>{"Y2NjCg=="}));
}

TEST(MakeWork, KeepsRequestsAndObjectsWithinTheirLimits) {
  const std::string line = std::string(kRecordBytesMax - 1, 'x') + "\n";
  const auto work = MakeWork(line, 12 << 20, 500);
  ASSERT_TRUE(work.ok());
  size_t covered = 0;
  for (const Request& request : (*work)->requests) {
    EXPECT_LE(request.payload.size(), kRequestBytesMax);
    covered += request.payload.size();
  }
  EXPECT_EQ(covered, (*work)->payload.size());
  ASSERT_EQ((*work)->chunks.size(), 3u);
  EXPECT_EQ((*work)->chunks[0].size(), kChunkBytes);
  EXPECT_EQ((*work)->gzip_objects.size(), 3u);
}

TEST(SlowCrc32c, IsTheStandardsOne) {
  EXPECT_EQ(SlowCrc32c("123456789"), 0xe3069283);
  EXPECT_EQ(SlowCrc32c(std::string(32, '\0')), 0x8a9136aa);  // RFC 3720, B.4
}

}  // namespace
}  // namespace hydrant::roofline
