#include "engine/stream/prefix.h"

#include "engine/stream/key_name.h"
#include "engine/testing/status_matchers.h"

namespace hydrant {
namespace {

using ::hydrant::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

PrefixContext At(const char* time) {
  PrefixContext context;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, time, &context.time, nullptr));
  context.entropy = &Entropy::System();
  return context;
}

std::string Value(const StatusOr<PrefixExpression>& program, const PrefixContext& context) {
  EXPECT_OK(program);
  if (!program.ok()) return "";
  auto value = program->Evaluate(context);
  EXPECT_OK(value);
  return value.value_or("");
}

TEST(PrefixExpressionTest, RefusesWhatIsNotAnExpression) {
  const std::pair<const char*, const char*> kCases[] = {
      {"a!{", "has no }"},
      {"!{timestamp:yyyy", "has no }"},
      {"!{}", "must have the form"},
      {"!{timestamp}", "must have the form"},
      {"!{timestamp:}", "must not be empty"},
      {"!{timestamp:yyyy-bb}", "Unknown pattern letter: b"},
      {"!{timestamp:'a}", "incomplete string literal"},
      {"!{firehose:uuid}", "random-string or error-output-type"},
      {"!{Firehose:random-string}", "namespace must be"},
      {"!{partitionKeyFromQuery:}", "must not be empty"},
      {"!{a!{timestamp:yyyy}}", "namespace must be"},
  };
  for (const auto& [text, rule] : kCases) {
    EXPECT_THAT(PrefixExpression::Parse(text), StatusIs(kInvalid, HasSubstr(rule))) << text;
  }
}

TEST(PrefixExpressionTest, FailsWhenAPartitionKeyIsMissing) {
  auto program = PrefixExpression::Parse("!{partitionKeyFromQuery:customer}/");
  ASSERT_OK(program);
  EXPECT_THAT(program->Evaluate(At("2018-08-27T10:30:00Z")),
              StatusIs(kInvalid, HasSubstr("'customer' is missing")));
  PrefixContext context = At("2018-08-27T10:30:00Z");
  const PartitionKeys others = {{"region", "eu"}};
  context.keys_from_query = &others;
  EXPECT_THAT(program->Evaluate(context), StatusIs(kInvalid, HasSubstr("'customer' is missing")));
}

TEST(PrefixExpressionTest, FailsAboveFiveHundredAndTwelveCharacters) {
  const PrefixContext context = At("2018-08-27T10:30:00Z");
  const std::string time = "2018/08/27/10/";
  EXPECT_EQ(Value(PrefixExpression::ForData(std::string(512 - time.size(), 'a')), context).size(),
            512u);
  auto program = PrefixExpression::ForData(std::string(513 - time.size(), 'a'));
  ASSERT_OK(program);
  EXPECT_THAT(program->Evaluate(context), StatusIs(kInvalid, HasSubstr("has 513 characters")));
  std::string accents;
  for (int i = 0; i < 498; ++i) accents += "é";
  EXPECT_EQ(Value(PrefixExpression::ForData(accents), context), accents + time);
}

TEST(PrefixExpressionTest, FailsWithoutAnErrorOutputType) {
  auto program = PrefixExpression::Parse("!{firehose:error-output-type}");
  ASSERT_OK(program);
  EXPECT_THAT(program->Evaluate(At("2018-08-27T10:30:00Z")), StatusIs(kInvalid));
}

TEST(PrefixExpressionTest, AppendsTheTimeOnlyWithoutATimestampExpression) {
  const PrefixContext context = At("2018-08-27T10:30:00Z");
  const std::pair<const char*, const char*> kCases[] = {
      {"", "2018/08/27/10/"},
      {"logs/", "logs/2018/08/27/10/"},
      {"logs", "logs2018/08/27/10/"},
      {"plain } ! { '", "plain } ! { '2018/08/27/10/"},
      {"!{timestamp:yyyy/MM/dd}", "2018/08/27"},
      {"y=!{timestamp:yyyy}/m=!{timestamp:MM}/", "y=2018/m=08/"},
      {"!{timestamp:'year='yyyy'/day='DDD/}", "year=2018/day=239/"},
  };
  for (const auto& [text, value] : kCases) {
    EXPECT_EQ(Value(PrefixExpression::ForData(text), context), value) << text;
  }
}

TEST(PrefixExpressionTest, UsesTheTimeZone) {
  PrefixContext context = At("2018-08-27T20:30:00Z");
  ASSERT_TRUE(absl::LoadTimeZone("Asia/Tokyo", &context.time_zone));
  EXPECT_EQ(Value(PrefixExpression::ForData("a/"), context), "a/2018/08/28/05/");
  EXPECT_EQ(Value(PrefixExpression::ForData("!{timestamp:VV/HHmmZ}"), context),
            "Asia/Tokyo/0530+0900");
}

TEST(PrefixExpressionTest, MakesANewRandomStringAtEachUse) {
  const PrefixContext context = At("2018-08-27T10:30:00Z");
  auto program = PrefixExpression::Parse("!{firehose:random-string}/!{firehose:random-string}");
  const std::string value = Value(program, context);
  EXPECT_THAT(value, MatchesRegex("[0-9a-f-]{11}/[0-9a-f-]{11}"));
  EXPECT_NE(value.substr(0, 11), value.substr(12));
  EXPECT_NE(value, Value(program, context));
}

TEST(PrefixExpressionTest, TakesPartitionKeysFromTheirOwnSource) {
  PrefixContext context = At("2018-08-27T10:30:00Z");
  const PartitionKeys query = {{"k", "from-query"}};
  const PartitionKeys lambda = {{"k", "from-lambda"}};
  context.keys_from_query = &query;
  context.keys_from_lambda = &lambda;
  EXPECT_EQ(Value(PrefixExpression::ForData(
                      "!{partitionKeyFromQuery:k}/!{partitionKeyFromLambda:k}/!{timestamp:yyyy}"),
                  context),
            "from-query/from-lambda/2018");
}

TEST(PrefixExpressionTest, ErrorObjectsAlwaysShowTheirType) {
  PrefixContext context = At("2018-08-27T10:30:00Z");
  context.error_output_type = "processing-failed";
  struct Case {
    const char* prefix;
    const char* error_output_prefix;
    const char* value;
  };
  const Case kCases[] = {
      {"", "", "processing-failed/2018/08/27/10/"},
      {"logs/", "", "logs/processing-failed/2018/08/27/10/"},
      {"logs/", "errors/", "errors/processing-failed/2018/08/27/10/"},
      {"logs/", "errors/!{firehose:error-output-type}/", "errors/processing-failed/"},
      {"!{timestamp:yyyy}", "e/!{firehose:error-output-type}/!{timestamp:yyyy/MM}",
       "e/processing-failed/2018/08"},
  };
  for (const Case& row : kCases) {
    EXPECT_EQ(Value(PrefixExpression::ForErrors(row.prefix, row.error_output_prefix), context),
              row.value);
  }
}

TEST(CheckPrefixesTest, NamesTheBrokenRule) {
  struct Case {
    const char* prefix;
    const char* error_output_prefix;
    bool dynamic_partitioning;
    const char* rule;
  };
  const Case kCases[] = {
      {"!{timestamp:yyyy}", "", false,
       "ErrorOutputPrefix cannot be null or empty when Prefix contains expressions"},
      {"!{firehose:error-output-type}", "e/!{firehose:error-output-type}", false,
       "Prefix must not contain any occurrence of !{firehose:error-output-type}"},
      {"a/", "e/!{timestamp:yyyy}", false, "must contain at least one occurrence"},
      {"!{partitionKeyFromQuery:k}/", "e/!{firehose:error-output-type}", false,
       "unless dynamic partitioning is enabled"},
      {"a/", "!{firehose:error-output-type}!{partitionKeyFromLambda:k}", true,
       "Dynamic Partitioning Namespaces can't be part of an error prefix expression"},
      {"!{timestamp:bb}", "e/", false,
       "Prefix: expression !{timestamp:bb}: Unknown pattern letter"},
      {"a/", "!{what:x}", false, "ErrorOutputPrefix: expression !{what:x}: namespace"},
  };
  for (const Case& row : kCases) {
    EXPECT_THAT(CheckPrefixes(row.prefix, row.error_output_prefix, row.dynamic_partitioning),
                StatusIs(kInvalid, HasSubstr(row.rule)));
  }
}

TEST(CheckPrefixesTest, AcceptsWhatFirehoseAccepts) {
  EXPECT_OK(CheckPrefixes("", "", false));
  EXPECT_OK(CheckPrefixes("logs/", "", false));
  EXPECT_OK(CheckPrefixes("logs/", "errors/", false));
  EXPECT_OK(CheckPrefixes("!{timestamp:yyyy}/", "e/!{firehose:error-output-type}/", false));
  EXPECT_OK(CheckPrefixes("!{partitionKeyFromQuery:k}/", "e/!{firehose:error-output-type}/", true));
}

TEST(PrefixExpressionTest, KnowsWhatIsConstantAndAnExample) {
  const auto program = PrefixExpression::Parse(
      "ä/!{timestamp:yyyy/MM}/!{firehose:random-string}/!{partitionKeyFromQuery:k}/");
  ASSERT_OK(program);
  EXPECT_EQ(program->ConstantSize().characters, 2U + 1 + 11 + 1 + 1);
  EXPECT_EQ(program->ConstantSize().bytes, 3U + 1 + 11 + 1 + 1);
  EXPECT_EQ(program->Example(absl::UnixEpoch(), absl::UTCTimeZone()), "ä/1970/01/x/x/");
}

TEST(ObjectNameTest, FollowsThePattern) {
  const PrefixContext context = At("2018-01-02T23:04:05.999Z");
  EXPECT_EQ(ObjectName({"logs", 12}, context.time, absl::UTCTimeZone(),
                       "046b6c7f-0b8a-43b9-b35d-6489e6daee91", ".gz"),
            "logs-12-2018-01-02-23-04-05-046b6c7f-0b8a-43b9-b35d-6489e6daee91.gz");
  absl::TimeZone tokyo;
  ASSERT_TRUE(absl::LoadTimeZone("Asia/Tokyo", &tokyo));
  EXPECT_EQ(ObjectName({"a", 1}, context.time, tokyo, "u", ""), "a-1-2018-01-03-08-04-05-u");
  EXPECT_EQ(ObjectName({"a", 1, "5f0c3a91"}, context.time, tokyo, "u", ".gz"),
            "a-1-replay-5f0c3a91-2018-01-03-08-04-05-u.gz");
}

}  // namespace
}  // namespace hydrant
