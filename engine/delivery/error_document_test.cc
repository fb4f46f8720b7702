#include "engine/delivery/error_document.h"

#include "engine/codec/base64.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <simdjson.h>

#include <random>

namespace hydrant {
namespace {

using Json = nlohmann::ordered_json;

const absl::Time kArrival = absl::FromUnixMillis(1'594'265'943'615);

Failure MakeFailure(std::string type) {
  Failure failure;
  failure.type = std::move(type);
  failure.error_code = "Some.Code";
  failure.error_message = "some message";
  failure.attempts = 5;
  failure.ended = absl::FromUnixMillis(1'594'266'081'318);
  return failure;
}

std::string Document(const Failure& failure, std::string_view raw = "sample raw data") {
  std::string out;
  AppendErrorDocument(failure, {"id-7", kArrival, raw}, &out);
  EXPECT_LE(out.size(), ErrorDocumentBytesMax(failure, raw.size()));
  return out;
}

TEST(ErrorDocument, HasTheFieldsOfItsKind) {
  const std::string begin = R"({"attemptsMade":5,"arrivalTimestamp":1594265943615,)"
                            R"("errorCode":"Some.Code","errorMessage":"some message",)"
                            R"("attemptEndingTimestamp":1594266081318,)";
  const std::string raw = R"("rawData":"c2FtcGxlIHJhdyBkYXRh")";
  struct Case {
    std::string type;
    std::vector<std::pair<std::string, std::string>> details;
    std::string want;
  };
  for (const Case& c : {
           Case{"delivery-failed", {}, begin + raw + "}\n"},
           Case{"snowflake-failed", {}, begin + raw + "}\n"},
           Case{"processing-failed",
                {{"lambdaArn", "arn:l"}},
                begin + raw + R"(,"lambdaArn":"arn:l"})" + "\n"},
           Case{"AmazonOpenSearchService-failed",
                {{"esDocumentId", "d"}, {"esIndexName", "i"}, {"esTypeName", ""}},
                begin + R"("esDocumentId":"d","esIndexName":"i","esTypeName":"",)" + raw + "}\n"},
           Case{"splunk-failed", {}, begin + raw + R"(,"EventId":"id-7.0"})" + "\n"},
           Case{"http-endpoint-failed",
                {},
                begin + raw + R"(,"subsequenceNumber":0,"dataId":"id-7.0"})" + "\n"},
       }) {
    Failure failure = MakeFailure(c.type);
    failure.details = c.details;
    EXPECT_EQ(Document(failure), c.want);
  }
}

TEST(ErrorDocument, FormatConversionNamesItsErrorAndTableInItsOwnWay) {
  Failure failure = MakeFailure("format-conversion-failed");
  failure.details = {{"dataCatalogTable.catalogId", "1"},
                     {"dataCatalogTable.databaseName", "db"},
                     {"other", "x"},
                     {"b.c", "y"}};
  EXPECT_EQ(Document(failure),
            R"({"attemptsMade":5,"arrivalTimestamp":1594265943615,"lastErrorCode":"Some.Code",)"
            R"("lastErrorMessage":"some message","attemptEndingTimestamp":1594266081318,)"
            R"("rawData":"c2FtcGxlIHJhdyBkYXRh","sequenceNumber":"id-7","subSequenceNumber":0,)"
            R"("dataCatalogTable":{"catalogId":"1","databaseName":"db"},"other":"x",)"
            R"("b":{"c":"y"}})"
            "\n");
}

TEST(ErrorDocument, AppendsLineByLine) {
  std::string out;
  for (int i = 0; i < 3; ++i) {
    AppendErrorDocument(MakeFailure("x"), {"", kArrival, std::to_string(i)}, &out);
  }
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 3);
  EXPECT_THAT(out, ::testing::StartsWith(Document(MakeFailure("x"), "0")));
}

TEST(ErrorDocument, ReplacesWhatIsNotUtf8) {
  const std::pair<std::string, std::string> kCases[] = {
      {"a\"b\\c\n\r\t\x01\x7f", R"(a\"b\\c\n\r\t\u0001\u007f)"},
      {"\xff", "\xEF\xBF\xBD"},
      {"\xc3", "\xEF\xBF\xBD"},                                  // cut off
      {"\xc0\xaf", "\xEF\xBF\xBD\xEF\xBF\xBD"},                  // overlong
      {"\xed\xa0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},  // a surrogate
      {"\xf4\x90\x80\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
      {"ä€\xf0\x9f\x98\x80", "ä€\xf0\x9f\x98\x80"},
      {"\xe2\x82x", "\xEF\xBF\xBD\xEF\xBF\xBDx"},
  };
  for (const auto& [message, want] : kCases) {
    Failure failure = MakeFailure("x");
    failure.error_message = message;
    EXPECT_THAT(Document(failure), ::testing::HasSubstr("\"errorMessage\":\"" + want + "\""));
  }
}

std::string RandomBytes(std::mt19937& random, size_t size_max) {
  // Bytes that JSON and UTF-8 care for are frequent.
  constexpr char kSpecial[] = "\"\\\n\0\x1f\x7f\x80\xbf\xc2\xe0\xa0\xed\xf0\x90\xf4\x8f";
  std::string bytes(random() % (size_max + 1), '\0');
  for (char& byte : bytes) {
    const auto value = static_cast<uint32_t>(random());
    byte = value % 2 ? kSpecial[value / 2 % (sizeof(kSpecial) - 1)] : static_cast<char>(value >> 8);
  }
  return bytes;
}

bool IsUtf8(const std::string& text) { return simdjson::validate_utf8(text.data(), text.size()); }

TEST(ErrorDocument, IsOneLineOfJsonWhateverTheBytes) {
  std::mt19937 random(11);
  simdjson::ondemand::parser parser;
  const char* kTypes[] = {"splunk-failed", "AmazonOpenSearchService-failed",
                          "format-conversion-failed", "processing-failed"};
  for (int round = 0; round < 5'000; ++round) {
    Failure failure = MakeFailure(kTypes[round % 4]);
    failure.error_code = RandomBytes(random, 8);
    failure.error_message = RandomBytes(random, 40);
    failure.details = {{"k", RandomBytes(random, 8)}, {"o.a", RandomBytes(random, 8)}};
    const std::string raw = RandomBytes(random, 64);
    const std::string line = Document(failure, raw);
    ASSERT_EQ(line.find('\n'), line.size() - 1);
    ASSERT_TRUE(IsUtf8(line));
    const Json parsed = Json::parse(line);
    ASSERT_EQ(parsed["rawData"], EncodeBase64(raw));
    const char* message = parsed.contains("lastErrorMessage") ? "lastErrorMessage" : "errorMessage";
    if (IsUtf8(failure.error_message)) {
      ASSERT_EQ(parsed[message].get<std::string>(), failure.error_message);
    }
    const simdjson::padded_string padded(line);
    auto document = parser.iterate(padded);
    ASSERT_EQ(uint64_t{document["attemptsMade"]}, 5u);
    ASSERT_EQ(std::string_view(document[message]), parsed[message].get<std::string>());
    ASSERT_EQ(std::string_view(document["rawData"]), parsed["rawData"].get<std::string>());
  }
}

}  // namespace
}  // namespace hydrant
