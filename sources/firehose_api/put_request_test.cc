#include "sources/firehose_api/put_request.h"

#include "engine/codec/base64.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hydrant::firehose_api {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr auto kSingle = PutOperation::kPutRecord;
constexpr auto kBatch = PutOperation::kPutRecordBatch;

class PutRequestTest : public ::testing::Test {
 protected:
  std::variant<PutRequest, ApiError> Parse(PutOperation operation, std::string_view body) {
    // In a block of exactly its size, so that a sanitizer sees a read behind it.
    const std::vector<char> exact(body.begin(), body.end());
    return ParsePutRequest(operation, {exact.data(), exact.size()}, pool_,
                           absl::FromUnixSeconds(1));
  }
  void ExpectError(PutOperation operation, std::string_view body, std::string_view type,
                   std::string_view message) {
    const auto parsed = Parse(operation, body);
    ASSERT_TRUE(std::holds_alternative<ApiError>(parsed)) << body.substr(0, 200);
    const ApiError& error = std::get<ApiError>(parsed);
    EXPECT_EQ(error.type, type) << body.substr(0, 200);
    EXPECT_EQ(error.message, message) << body.substr(0, 200);
    EXPECT_EQ(error.http_status, 400);
    EXPECT_EQ(pool_.bytes_in_use(), 0u) << "a refused request keeps nothing";
  }
  void ExpectSerialization(PutOperation operation, std::string_view body,
                           std::string_view message) {
    ExpectError(operation, body, "SerializationException", message);
  }
  void ExpectMalformed(std::string_view body) {
    for (const PutOperation operation : {kSingle, kBatch}) {
      const auto parsed = Parse(operation, body);
      ASSERT_TRUE(std::holds_alternative<ApiError>(parsed)) << body;
      EXPECT_EQ(std::get<ApiError>(parsed).type, "SerializationException") << body;
      EXPECT_THAT(std::get<ApiError>(parsed).message, HasSubstr("not well-formed JSON")) << body;
    }
  }
  // The records of a request that must be good.
  std::vector<std::string> Records(PutOperation operation, std::string_view body) {
    const auto parsed = Parse(operation, body);
    if (const auto* error = std::get_if<ApiError>(&parsed)) {
      ADD_FAILURE() << error->type << ": " << error->message << " for " << body.substr(0, 200);
      return {};
    }
    const PutRequest& request = std::get<PutRequest>(parsed);
    EXPECT_EQ(request.stream, "web");
    EXPECT_EQ(request.batch->arrival(), absl::FromUnixSeconds(1));
    std::vector<std::string> records;
    for (size_t i = 0; i < request.batch->record_count(); ++i) {
      records.emplace_back(request.batch->Record(i));
    }
    return records;
  }

  ArenaPool pool_{0};
};

std::string BatchOf(size_t count, std::string_view data) {
  std::string body = R"({"DeliveryStreamName":"web","Records":[)";
  for (size_t i = 0; i < count; ++i) {
    if (i > 0) body += ',';
    body.append(R"({"Data":")").append(data).append("\"}");
  }
  return body + "]}";
}

TEST_F(PutRequestTest, RefusesWhatIsNotJson) {
  for (const char* body : {"",
                           " ",
                           "{",
                           "}",
                           "null",
                           "true",
                           "1",
                           "\"x\"",
                           "{]",
                           "{\"a\"",
                           "{\"a\":",
                           "{\"a\":}",
                           "{\"a\":1",
                           "{\"a\":1,}",
                           "{\"a\":1 \"b\":2}",
                           "{a:1}",
                           "{'a':1}",
                           "{\"a\":1}}",
                           "{\"a\":1}x",
                           "{\"a\":tru}",
                           "{\"a\":nul}",
                           "{\"a\":TRUE}",
                           "{\"a\":01}",
                           "{\"a\":1.}",
                           "{\"a\":.5}",
                           "{\"a\":-}",
                           "{\"a\":+1}",
                           "{\"a\":1e}",
                           "{\"a\":0x1}",
                           "{\"a\":NaN}",
                           "{\"a\":[1,]}",
                           "{\"a\":[1 2]}",
                           "{\"a\":[}",
                           "{\"a\":\"\\x\"}",
                           "{\"a\":\"\\u12\"}",
                           "{\"a\":\"\\u12g4\"}",
                           "{\"a\":\"\\ud800\"}",
                           "{\"a\":\"\\udc00\"}",
                           "{\"a\":\"\\ud800\\u0041\"}",
                           "{\"a\":\"\n\"}",
                           "{\"a\":\"open}",
                           "{\"a\":\"\\",
                           "{,}",
                           "{\"a\":1,,\"b\":2}",
                           "/**/{}",
                           "\xef\xbb\xbf{}"}) {
    ExpectMalformed(body);
  }
  ExpectMalformed(std::string_view("{}\0", 3));
  ExpectMalformed(std::string_view("{\"a\":\0}", 7));
}

TEST_F(PutRequestTest, RefusesEveryTruncation) {
  const std::string whole =
      R"({"DeliveryStreamName":"web","Records":[{"Data":"QQ\u003d="},{"Data":"QUI=","x":[1.5e3]}]})";
  EXPECT_THAT(Records(kBatch, whole), ElementsAre("A", "AB"));
  for (size_t size = 0; size < whole.size(); ++size) {
    const auto parsed = Parse(kBatch, std::string_view(whole).substr(0, size));
    ASSERT_TRUE(std::holds_alternative<ApiError>(parsed)) << size;
    EXPECT_THAT(std::get<ApiError>(parsed).message, HasSubstr("not well-formed JSON")) << size;
  }
}

TEST_F(PutRequestTest, RefusesInvalidUtf8Everywhere) {
  for (const char* bad : {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xe2\x82"}) {
    const std::string text(bad);
    ExpectMalformed(R"({"DeliveryStreamName":")" + text + R"("})");
    ExpectMalformed("{\"" + text + "\":1}");
    ExpectMalformed(R"({"x":[{"y":")" + text + R"("}]})");
    ExpectMalformed("{\"x\":\"\\n" + text + "\"}");
    ExpectMalformed(text + "{}");
  }
  ExpectMalformed(BatchOf(1, "\xff\xff\xff\xff").substr(0, 50));
}

TEST_F(PutRequestTest, BoundsNesting) {
  const auto nested = [](size_t depth) {
    return R"({"DeliveryStreamName":"web","Record":{"Data":""},"x":)" + std::string(depth, '[') +
           std::string(depth, ']') + "}";
  };
  EXPECT_THAT(Records(kSingle, nested(512)), ElementsAre(""));
  ExpectMalformed(nested(513));
  ExpectMalformed(nested(1'000'000));
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  ExpectMalformed("{\"x\":" + objects);
}

TEST_F(PutRequestTest, RefusesWrongTypesInAwsWords) {
  constexpr char kList[] = "Start of list found where not expected";
  constexpr char kStructure[] = "Start of structure or map found where not expected.";
  ExpectSerialization(kBatch, "[]", kList);
  const std::pair<const char*, const char*> names[] = {
      {"true", "class java.lang.Boolean can not be converted to an String"},
      {"false", "class java.lang.Boolean can not be converted to an String"},
      {"-1.5",
       "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an "
       "String"},
      {"[\"web\"]", kList},
      {"{}", kStructure}};
  for (const auto& [value, message] : names) {
    for (const PutOperation operation : {kSingle, kBatch}) {
      ExpectSerialization(operation, R"({"DeliveryStreamName":)" + std::string(value) + "}",
                          message);
    }
  }
  const std::pair<const char*, const char*> lists[] = {{"{}", kStructure},
                                                       {"1", "Expected list or null"},
                                                       {"\"x\"", "Expected list or null"},
                                                       {"false", "Expected list or null"},
                                                       {"[1]", "Expected null"},
                                                       {"[\"x\"]", "Expected null"},
                                                       {"[[]]", kList},
                                                       {"[{},true]", "Expected null"}};
  for (const auto& [value, message] : lists) {
    ExpectSerialization(kBatch, R"({"Records":)" + std::string(value) + "}", message);
  }
  ExpectSerialization(kSingle, R"({"Record":[]})", kList);
  ExpectSerialization(kSingle, R"({"Record":"x"})", "Expected null");
  const std::pair<const char*, const char*> blobs[] = {
      {"true", "class java.lang.Boolean can not be converted to a Blob"},
      {"1",
       "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to "
       "a Blob"},
      {"[]", kList},
      {"{}", kStructure}};
  for (const auto& [value, message] : blobs) {
    ExpectSerialization(kSingle, R"({"Record":{"Data":)" + std::string(value) + "}}", message);
    ExpectSerialization(kBatch, R"({"Records":[{"Data":)" + std::string(value) + "}]}", message);
  }
}

TEST_F(PutRequestTest, RefusesBadBase64InAwsWords) {
  const std::pair<std::string, std::string> cases[] = {
      {"23456",
       "'23456' can not be converted to a Blob: Base64 encoded length is expected a "
       "multiple of 4 bytes but found: 5"},
      {"=+/=", "'=+/=' can not be converted to a Blob: Invalid Base64 character: '='"},
      {"+/+=",
       "'+/+=' can not be converted to a Blob: Invalid last non-pad Base64 character "
       "dectected"},
      {"QU I", "'QU I' can not be converted to a Blob: Invalid Base64 character: ' '"},
      {"QU-_", "'QU-_' can not be converted to a Blob: Invalid Base64 character: '-'"},
      {"QU\xc3\xa9",
       "'QU\xc3\xa9' can not be converted to a Blob: Invalid Base64 character: "
       "'\xc3\xa9'"},
      {"QU\\u00e9",
       "'QU\xc3\xa9' can not be converted to a Blob: Invalid Base64 character: "
       "'\xc3\xa9'"},
  };
  for (const auto& [data, message] : cases) {
    ExpectSerialization(kBatch, BatchOf(1, data), message);
  }
  ExpectSerialization(kBatch, BatchOf(1, "Q\\nI="),
                      "'Q\nI=' can not be converted to a Blob: Invalid Base64 character: '\n'");
  // The echo is cut, between characters.
  const auto parsed = Parse(kBatch, BatchOf(1, std::string(9999, 'A') + "\xc3\xa9"));
  const std::string& message = std::get<ApiError>(parsed).message;
  EXPECT_LT(message.size(), 500u);
  EXPECT_THAT(message, HasSubstr("AAA...' can not be converted to a Blob: Base64 encoded length"));
}

TEST_F(PutRequestTest, BadRecordRefusesAllOthers) {
  std::string body = BatchOf(3, "QQ==");
  body.replace(body.rfind("QQ=="), 4, "QQ=!");
  ExpectSerialization(kBatch, body,
                      "'QQ=!' can not be converted to a Blob: Invalid Base64 character: '='");
}

TEST_F(PutRequestTest, TellsEveryViolationInOneMessage) {
  ExpectError(kBatch, "{}", "ValidationException",
              "2 validation errors detected: Value null at 'deliveryStreamName' failed to satisfy "
              "constraint: Member must not be null; Value null at 'records' failed to satisfy "
              "constraint: Member must not be null");
  ExpectError(kSingle, R"({"DeliveryStreamName":null,"Record":null})", "ValidationException",
              "2 validation errors detected: Value null at 'deliveryStreamName' failed to satisfy "
              "constraint: Member must not be null; Value null at 'record' failed to satisfy "
              "constraint: Member must not be null");
  ExpectError(kSingle, R"({"DeliveryStreamName":"a b","Record":{}})", "ValidationException",
              "2 validation errors detected: Value 'a b' at 'deliveryStreamName' failed to satisfy "
              "constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+; Value "
              "null at 'record.data' failed to satisfy constraint: Member must not be null");
  ExpectError(kBatch,
              R"({"DeliveryStreamName":"web","Records":[{"Data":"QQ=="},{"Data":null},null]})",
              "ValidationException",
              "2 validation errors detected: Value null at 'records.2.member.data' failed to "
              "satisfy constraint: Member must not be null; Value null at 'records.3.member' "
              "failed to satisfy constraint: Member must not be null");
  ExpectError(kBatch, R"({"DeliveryStreamName":"web","Records":[]})", "ValidationException",
              "1 validation error detected: Value '[]' at 'records' failed to satisfy constraint: "
              "Member must have length greater than or equal to 1");
  // At most ten are told.
  std::string nulls = R"({"DeliveryStreamName":"web","Records":[null)";
  for (int i = 0; i < 400; ++i) nulls += ",null";
  const auto parsed = Parse(kBatch, nulls + "]}");
  EXPECT_THAT(std::get<ApiError>(parsed).message, ::testing::StartsWith("10 validation errors"));
}

TEST_F(PutRequestTest, ChecksStreamNames) {
  const auto name_error = [&](const std::string& name, const std::string& message) {
    ExpectError(kSingle, R"({"DeliveryStreamName":")" + name + R"(","Record":{"Data":""}})",
                "ValidationException", message);
  };
  const std::string pattern =
      "' at 'deliveryStreamName' failed to satisfy constraint: Member must satisfy regular "
      "expression pattern: [a-zA-Z0-9_.-]+";
  name_error("", "2 validation errors detected: Value '" + pattern +
                     "; Value '' at 'deliveryStreamName' failed to satisfy constraint: Member must "
                     "have length greater than or equal to 1");
  name_error(std::string(65, 'a'),
             "1 validation error detected: Value '" + std::string(65, 'a') +
                 "' at 'deliveryStreamName' failed to satisfy constraint: Member must have length "
                 "less than or equal to 64");
  for (const char* name : {"a/b", "caf\xc3\xa9", "a:b", "arn:aws:x", "a,b", "~"}) {
    name_error(name, "1 validation error detected: Value '" + std::string(name) + pattern);
  }
  name_error("a\\u0000b",
             std::string("1 validation error detected: Value 'a") + '\0' + "b" + pattern);
  const std::string longest = "aZ0_.-" + std::string(58, 'x');
  const auto parsed =
      Parse(kSingle, R"({"DeliveryStreamName":")" + longest + R"(","Record":{"Data":""}})");
  EXPECT_EQ(std::get<PutRequest>(parsed).stream, longest);
}

TEST_F(PutRequestTest, LimitsTheNumberOfRecords) {
  EXPECT_EQ(Records(kBatch, BatchOf(500, "QQ==")).size(), 500u);
  ExpectError(kBatch, BatchOf(501, "QQ=="), "ValidationException",
              "1 validation error detected: Value '[501 records]' at 'records' failed to satisfy "
              "constraint: Member must have length less than or equal to 500");
  ExpectError(
      kBatch, BatchOf(100'000, ""), "ValidationException",
      "1 validation error detected: Value '[100000 records]' at 'records' failed to satisfy "
      "constraint: Member must have length less than or equal to 500");
}

TEST_F(PutRequestTest, LimitsTheSizeOfARecord) {
  const std::string largest(kRecordBytesMax, 'x');
  EXPECT_THAT(Records(kSingle, R"({"DeliveryStreamName":"web","Record":{"Data":")" +
                                   EncodeBase64(largest) + "\"}}"),
              ElementsAre(largest));
  const std::string over = EncodeBase64(largest + "x");
  ExpectError(kSingle, R"({"DeliveryStreamName":"web","Record":{"Data":")" + over + "\"}}",
              "ValidationException",
              "1 validation error detected: Value 'java.nio.HeapByteBuffer[pos=0 lim=1024001 "
              "cap=1024001]' at 'record.data' failed to satisfy constraint: Member must have "
              "length less than or equal to 1024000");
  ExpectError(kBatch, BatchOf(2, over), "ValidationException",
              "2 validation errors detected: Value 'java.nio.HeapByteBuffer[pos=0 lim=1024001 "
              "cap=1024001]' at 'records.1.member.data' failed to satisfy constraint: Member must "
              "have length less than or equal to 1024000; Value 'java.nio.HeapByteBuffer[pos=0 "
              "lim=1024001 cap=1024001]' at 'records.2.member.data' failed to satisfy constraint: "
              "Member must have length less than or equal to 1024000");
}

TEST_F(PutRequestTest, LimitsTheSizeOfABatch) {
  // 4 x 1,000,000 + 194,304 is 4 MiB to the byte.
  const std::string million = EncodeBase64(std::string(1'000'000, 'x'));
  const auto with_last = [&](size_t size) {
    std::string body = BatchOf(4, million);
    body.resize(body.size() - 2);
    return body + R"(,{"Data":")" + EncodeBase64(std::string(size, 'y')) + "\"}]}";
  };
  EXPECT_EQ(Records(kBatch, with_last(194'304)).size(), 5u);
  EXPECT_LT(with_last(194'304).size(), kPutBodyBytesMax);
  ExpectError(kBatch, with_last(194'305), "InvalidArgumentException",
              "Records size exceeds 4 MB limit");
}

TEST_F(PutRequestTest, MembersComeInAnyOrderAndUnknownOnesAreIgnored) {
  EXPECT_THAT(Records(kBatch, R"( {"Records" : [ {"Data" : "QQ==" } , {"Data":""} ] ,
                                   "DeliveryStreamName" : "web" } )"),
              ElementsAre("A", ""));
  EXPECT_THAT(Records(kBatch, R"({"a":null,"b":[{"Data":1},"]",-0.5E-7,true,false],"c":{},
                                  "Record":7,"records":"x","DeliveryStreamName":"web",
                                  "Records":[{"x":{"Data":"!"},"Data":"QUI=","y":"\"\\\u00e9"}]})"),
              ElementsAre("AB"));
  EXPECT_THAT(Records(kSingle, R"({"Records":7,"Record":{"data":1,"Data":"QUJD"},
                                   "DeliveryStreamName":"web"})"),
              ElementsAre("ABC"));
}

TEST_F(PutRequestTest, TheLastOfDuplicateMembersCounts) {
  EXPECT_THAT(Records(kBatch, R"({"DeliveryStreamName":"x y","Records":[{"Data":"QQ=="},null],
                                  "DeliveryStreamName":"web","Records":[{"Data":"QUI="}]})"),
              ElementsAre("AB"));
  EXPECT_THAT(Records(kBatch, R"({"DeliveryStreamName":"web",
                                  "Records":[{"Data":"QUJDREVG","Data":"QQ=="},{"Data":"Qg=="}]})"),
              ElementsAre("A", "B"));
  ExpectError(kBatch, R"({"DeliveryStreamName":"web","Records":[{"Data":"QQ=="}],"Records":null})",
              "ValidationException",
              "1 validation error detected: Value null at 'records' failed to satisfy constraint: "
              "Member must not be null");
  ExpectError(kSingle, R"({"DeliveryStreamName":"web","Record":{"Data":"QQ==","Data":null}})",
              "ValidationException",
              "1 validation error detected: Value null at 'record.data' failed to satisfy "
              "constraint: Member must not be null");
}

TEST_F(PutRequestTest, EscapesMeanWhatTheyMean) {
  EXPECT_THAT(Records(kBatch, BatchOf(1, R"(\/\/\/\/)")), ElementsAre("\xff\xff\xff"));
  EXPECT_THAT(Records(kBatch, BatchOf(1, R"(\u002B\u002b\u002f\/)")), ElementsAre("\xfb\xef\xff"));
  EXPECT_THAT(Records(kBatch, BatchOf(1, R"(\u0051\u0051\u003d=)")), ElementsAre("A"));
  EXPECT_THAT(Records(kSingle, R"({"\u0052ecord":{"\u0044ata":"QQ=="},
                                   "DeliveryStreamName":"\u0077eb"})"),
              ElementsAre("A"));
  EXPECT_THAT(Records(kSingle, R"({"\ud83d\ude00":"\b\f\n\r\t","Record":{"Data":"QQ=="},
                                   "DeliveryStreamName":"web"})"),
              ElementsAre("A"));
}

TEST_F(PutRequestTest, KeepsToTheMemoryThatWasAskedFor) {
  for (const std::string& body :
       {BatchOf(500, EncodeBase64(std::string(500, 'x'))), BatchOf(1, ""), BatchOf(500, "QQ=="),
        BatchOf(4, EncodeBase64(std::string(kRecordBytesMax, 'x')))}) {
    const auto parsed = Parse(kBatch, body);
    const PutRequest& request = std::get<PutRequest>(parsed);
    EXPECT_LE(request.batch->memory_bytes(), PutBatchMemoryBytes(body.size()));
    EXPECT_EQ(pool_.bytes_in_use(), ArenaPool::CapacityFor(Base64DecodedBytesMax(body.size())));
  }
}

}  // namespace
}  // namespace hydrant::firehose_api
