#include "bench/load/answer.h"

#include "bench/load/test_value.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hydrant::load {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kPlain =
    "HTTP/1.1 200 OK\r\nServer: x\r\ncontent-LENGTH: 5\r\n\r\nhello";
constexpr std::string_view kChunked =
    "HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n";

TEST(AnswerReader, WhatIsNoAnswerIsAnError) {
  for (const std::string_view text :
       {"SSH-2.0-x\r\n\r\n", "HTTP/1.1\r\n\r\n", "HTTP/1.1 abc\r\nContent-Length: 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"}) {
    EXPECT_FALSE(AnswerReader().Add(text).ok()) << text;
  }
}

TEST(AnswerReader, ReadsAnswersByteByByte) {
  for (const std::string_view text : {kPlain, kChunked}) {
    AnswerReader reader;
    for (size_t i = 0; i + 1 < text.size(); ++i) {
      const bool whole = Value(reader.Add(text.substr(i, 1)));
      EXPECT_FALSE(whole) << i;
    }
    const bool whole = Value(reader.Add(text.substr(text.size() - 1)));
    EXPECT_TRUE(whole);
    EXPECT_EQ(reader.body(), text == kPlain ? "hello" : "abcde");
    EXPECT_EQ(reader.status(), text == kPlain ? 200 : 503);
    EXPECT_TRUE(reader.keeps_connection());
  }
}

TEST(AnswerReader, AConnectionThatEndsIsNotUsedAgain) {
  AnswerReader reader;
  ASSERT_OK(reader.Add("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"));
  EXPECT_FALSE(reader.keeps_connection());
  reader.Reset();
  ASSERT_OK(reader.Add("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"));
  EXPECT_FALSE(reader.keeps_connection());
}

Fate FateOf(int status, std::string_view body, Operation operation = Operation::kPutRecordBatch) {
  return JudgeAnswer(operation, 3, status, body).fate;
}

TEST(JudgeAnswer, ErrorsSayWhetherRecordsMayBeThere) {
  EXPECT_EQ(FateOf(503, "{}"), Fate::kRefused);
  EXPECT_EQ(FateOf(429, "{}"), Fate::kRefused);
  EXPECT_EQ(FateOf(400, R"({"__type":"ThrottlingException","message":"Rate exceeded"})"),
            Fate::kRefused);
  EXPECT_EQ(FateOf(400, R"({"__type":"ValidationException"})"), Fate::kRejected);
  EXPECT_EQ(FateOf(403, ""), Fate::kRejected);
  EXPECT_EQ(FateOf(301, ""), Fate::kRejected);
  EXPECT_EQ(FateOf(500, ""), Fate::kUncertain);
  EXPECT_EQ(FateOf(504, ""), Fate::kUncertain);
  EXPECT_EQ(FateOf(408, ""), Fate::kUncertain);
}

TEST(JudgeAnswer, ABatchWithoutAReadableAnswerIsUncertain) {
  EXPECT_EQ(FateOf(200, ""), Fate::kUncertain);
  EXPECT_EQ(FateOf(200, "<html>"), Fate::kUncertain);
  EXPECT_EQ(FateOf(200, R"({"FailedPutCount":2})"), Fate::kUncertain);
  EXPECT_EQ(FateOf(200, R"({"FailedPutCount":true})"), Fate::kUncertain);
  const std::string answers =
      R"("RequestResponses":[{"RecordId":"1"},{"RecordId":"2"},{"RecordId":"3"}]})";
  EXPECT_EQ(
      JudgeAnswer(Operation::kPutRecordBatch, 3, 200, R"({"FailedPutCount":3,)" + answers).fate,
      Fate::kUncertain);
  EXPECT_EQ(FateOf(200, R"({"FailedPutCount":1,"RequestResponses":[{"ErrorCode":"x"}]})"),
            Fate::kUncertain);
}

TEST(JudgeAnswer, ABatchMayBeTakenInPart) {
  const Verdict verdict = JudgeAnswer(Operation::kPutRecordBatch, 3, 200,
                                      R"({"RequestResponses":[{"RecordId":"1","ErrorCode":null},
          {"ErrorCode":"ServiceUnavailableException","ErrorMessage":"Slow down."},
          {"ErrorCode":"InternalFailure"}], "FailedPutCount" : 2})");
  EXPECT_EQ(verdict.fate, Fate::kPartly);
  EXPECT_THAT(verdict.failed, ElementsAre(1, 2));
  EXPECT_THAT(verdict.error, HasSubstr("Slow down."));
}

TEST(JudgeAnswer, WhatIsTaken) {
  EXPECT_EQ(FateOf(200, R"({"FailedPutCount":0,"Encrypted":false})"), Fate::kAcknowledged);
  EXPECT_EQ(FateOf(200, R"({"RecordId":"x"})", Operation::kPutRecord), Fate::kAcknowledged);
  EXPECT_EQ(FateOf(200, R"({"records":3,"bytes":9})", Operation::kLines), Fate::kAcknowledged);
}

TEST(JudgeAnswer, AnErrorIsShortAndPlain) {
  const std::string error =
      JudgeAnswer(Operation::kLines, 1, 500, "a\033[2J\n" + std::string(1000, 'x')).error;
  EXPECT_THAT(error, HasSubstr("500: a"));
  EXPECT_THAT(error, Not(HasSubstr("\033")));
  EXPECT_LT(error.size(), 400u);
}

}  // namespace
}  // namespace hydrant::load
