#include "engine/stream/model.h"

#include "engine/testing/status_matchers.h"

#include <nlohmann/json.hpp>
#include <re2/re2.h>

namespace hydrant {
namespace {

using Json = nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const ModelShape& Shape(std::string_view name) {
  const ModelShape* shape = FindModelShape(name);
  EXPECT_NE(shape, nullptr) << name;
  return *shape;
}

// "" when the value passes.
std::string Message(std::string_view shape, const char* json,
                    Validation validation = Validation::kStrict) {
  const auto error = ToApiError(CheckModel(Shape(shape), Json::parse(json), validation));
  return error ? error->type + ": " + error->message : "";
}

TEST(CheckModelTest, NamesAWrongJsonType) {
  const std::pair<const char*, const char*> kCases[] = {
      {R"([])", "START_ARRAY can not be converted to a structure"},
      {R"({"DeliveryStreamName": 7})",
       "NUMBER_VALUE can not be converted to a String at 'deliveryStreamName'"},
      {R"({"DeliveryStreamName": {"a": 1}})", "START_OBJECT can not be converted to a String"},
      {R"({"DeliveryStreamName": "a", "Tags": {}})", "can not be converted to a list at 'tags'"},
      {R"({"DeliveryStreamName": "a", "Tags": [1]})", "structure at 'tags.1.member'"},
      {R"({"DeliveryStreamName": "a", "ExtendedS3DestinationConfiguration":
          {"BufferingHints": {"SizeInMBs": "5"}}})",
       "STRING_VALUE can not be converted to an Integer at "
       "'extendedS3DestinationConfiguration.bufferingHints.sizeInMBs'"},
      {R"({"DeliveryStreamName": "a", "ExtendedS3DestinationConfiguration":
          {"BufferingHints": {"SizeInMBs": 5.5}}})",
       "can not be converted to an Integer"},
      {R"({"DeliveryStreamName": "a", "ExtendedS3DestinationConfiguration":
          {"BufferingHints": {"SizeInMBs": 1e300}}})",
       "can not be converted to an Integer"},
      {R"({"DeliveryStreamName": "a", "ExtendedS3DestinationConfiguration":
          {"ProcessingConfiguration": {"Enabled": "true"}}})",
       "STRING_VALUE can not be converted to a Boolean"},
  };
  for (const auto& [json, message] : kCases) {
    EXPECT_THAT(Message("CreateDeliveryStreamInput", json),
                AllOf(HasSubstr("SerializationException: "), HasSubstr(message)))
        << json;
  }
}

TEST(CheckModelTest, TellsAllViolationsInOneMessage) {
  EXPECT_EQ(Message("DescribeDeliveryStreamInput", R"({"DeliveryStreamName": "a b", "Limit": 0})"),
            "ValidationException: 2 validation errors detected: Value 'a b' at "
            "'deliveryStreamName' failed to satisfy constraint: Member must satisfy regular "
            "expression pattern: [a-zA-Z0-9_.-]+; Value '0' at 'limit' failed to satisfy "
            "constraint: Member must have value greater than or equal to 1");
}

TEST(CheckModelTest, TellsOfAMissingMember) {
  const std::string expected =
      "ValidationException: 1 validation error detected: Value null at 'deliveryStreamName' failed "
      "to satisfy constraint: Member must not be null";
  EXPECT_EQ(Message("DescribeDeliveryStreamInput", "{}"), expected);
  EXPECT_EQ(Message("DescribeDeliveryStreamInput", R"({"DeliveryStreamName": null})"), expected);
}

TEST(CheckModelTest, CountsListMembersFromOne) {
  EXPECT_THAT(Message("PutRecordBatchInput",
                      R"({"DeliveryStreamName": "a", "Records": [{"Data": "YQ=="}, {}]})"),
              HasSubstr("Value null at 'records.2.member.data' failed"));
  EXPECT_THAT(Message("PutRecordBatchInput", R"({"DeliveryStreamName": "a", "Records": []})"),
              HasSubstr("Value '[]' at 'records' failed to satisfy constraint: Member must have "
                        "length greater than or equal to 1"));
}

TEST(CheckModelTest, CountsCharactersNotBytes) {
  const std::string accents = R"({"Key": ")" + std::string(126, 'a') + R"(éé"})";
  EXPECT_EQ(Message("Tag", accents.c_str()), "");
  const std::string one_more = R"({"Key": ")" + std::string(127, 'a') + R"(éé"})";
  EXPECT_THAT(Message("Tag", one_more.c_str()), HasSubstr("length less than or equal to 128"));
}

TEST(CheckModelTest, NamesTheValuesOfAnEnum) {
  EXPECT_THAT(Message("ListDeliveryStreamsInput", R"({"DeliveryStreamType": "Direct"})"),
              HasSubstr("Value 'Direct' at 'deliveryStreamType' failed to satisfy constraint: "
                        "Member must satisfy enum value set: [DirectPut, KinesisStreamAsSource, "));
}

TEST(CheckModelTest, ReadsPatternsThatRe2LacksAsJavaDoes) {
  EXPECT_EQ(Message("Tag", R"({"Key": "team"})"), "");
  EXPECT_THAT(Message("Tag", R"({"Key": "aws:team"})"), HasSubstr("^(?!aws:)"));
  EXPECT_EQ(Message("DatabaseEndpoint", R"("db.example.com")"), "");
  EXPECT_THAT(Message("DatabaseEndpoint", R"("   ")"), HasSubstr(R"(^(?!\s*$).+)"));
  const char* url = R"("jdbc:redshift://a-b.c.us-east-1.redshift.amazonaws.com:5439/dev")";
  EXPECT_EQ(Message("ClusterJDBCURL", url), "");
  EXPECT_THAT(Message("ClusterJDBCURL", R"("jdbc:redshift://-a.redshift.x.com:5439/dev")"),
              HasSubstr("pattern"));
}

TEST(CheckModelTest, NeverShowsASensitiveValue) {
  const std::string secret(5000, 's');
  const std::string message = Message("HttpEndpointAccessKey", ("\"" + secret + "\"").c_str());
  EXPECT_THAT(message, HasSubstr("Value at '' failed to satisfy constraint: Member must have "
                                 "length less than or equal to 4096"));
  EXPECT_THAT(message, Not(HasSubstr("sss")));
  EXPECT_THAT(Message("HECToken", ("\"" + secret + "\"").c_str()), Not(HasSubstr("sss")));
}

TEST(CheckModelTest, ShowsNoListOfWhatHoldsOne) {
  Json attributes = Json::array();
  for (int i = 0; i < 51; ++i) {
    attributes.push_back({{"AttributeName", "n"}, {"AttributeValue", "hunter2"}});
  }
  const std::string message =
      Message("HttpEndpointCommonAttributesList", attributes.dump().c_str());
  EXPECT_THAT(message, HasSubstr("less than or equal to 50"));
  EXPECT_THAT(message, Not(HasSubstr("hunter2")));
}

TEST(CheckModelTest, BoundsItsMessages) {
  const std::string name(100'000, '*');
  EXPECT_LT(Message("DescribeDeliveryStreamInput",
                    (R"({"DeliveryStreamName": ")" + name + R"("})").c_str())
                .size(),
            5000u);
  Json records = Json::array();
  for (int i = 0; i < 500; ++i) records.push_back(Json::object());
  const ModelCheck check =
      CheckModel(Shape("PutRecordBatchInput"), {{"DeliveryStreamName", "a"}, {"Records", records}},
                 Validation::kStrict);
  EXPECT_EQ(check.violations.size(), 100u);
}

TEST(CheckModelTest, RelaxedTakesEndpointsThatAreNotAws) {
  EXPECT_THAT(Message("HttpEndpointUrl", R"("http://127.0.0.1:8080/")"), HasSubstr("https://.*"));
  EXPECT_EQ(Message("HttpEndpointUrl", R"("http://127.0.0.1:8080/")", Validation::kRelaxed), "");
  EXPECT_THAT(Message("DeliveryStreamName", R"("a b")", Validation::kRelaxed),
              HasSubstr("pattern"));
}

TEST(CheckModelTest, PassesOverMembersThatItDoesNotKnow) {
  EXPECT_EQ(Message("DescribeDeliveryStreamInput", R"({"DeliveryStreamName": "a", "X": [1]})"), "");
}

TEST(ModelTableTest, EveryPatternCompilesAndEveryShapeIsFound) {
  ASSERT_GT(ModelShapes().size(), 250u);
  for (const ModelShape& shape : ModelShapes()) {
    EXPECT_EQ(FindModelShape(shape.name), &shape);
    for (std::string_view pattern : {shape.re2_pattern, shape.re2_refused}) {
      const RE2 compiled(re2::StringPiece(pattern.data(), pattern.size()), RE2::Quiet);
      EXPECT_TRUE(compiled.ok()) << shape.name << ": " << pattern;
    }
  }
  EXPECT_EQ(FindModelShape("NoSuchShape"), nullptr);
}

TEST(ModelTableTest, HasAllTwelveOperations) {
  EXPECT_EQ(ModelOperations().size(), 12u);
  const ModelOperation* operation = FindModelOperation("UpdateDestination");
  ASSERT_NE(operation, nullptr);
  EXPECT_EQ(ModelShapeAt(operation->input).name, "UpdateDestinationInput");
  EXPECT_THAT(operation->errors,
              ElementsAre("InvalidArgumentException", "ResourceInUseException",
                          "ResourceNotFoundException", "ConcurrentModificationException"));
  EXPECT_EQ(FindModelOperation("DropEverything"), nullptr);
}

TEST(UnknownMembersTest, NamesTheNearestKnownOne) {
  const Json request = Json::parse(R"({
    "DeliveryStreamName": "a", "DeliverystreamTyp": "DirectPut", "Zzzzzzzzzz": 1,
    "Tags": [{"Key": "a", "Valeu": "b"}],
    "ExtendedS3DestinationConfiguration": {"Prefixx": "p/", "BufferingHints": {"sizeInMBs": 5}}})");
  std::vector<std::string> found;
  for (const UnknownMember& member : UnknownMembers(Shape("CreateDeliveryStreamInput"), request)) {
    found.push_back(member.path + " -> " + member.nearest);
  }
  EXPECT_THAT(
      found, ElementsAre("DeliverystreamTyp -> DeliveryStreamType",
                         "ExtendedS3DestinationConfiguration.BufferingHints.sizeInMBs -> SizeInMBs",
                         "ExtendedS3DestinationConfiguration.Prefixx -> Prefix",
                         "Tags[0].Valeu -> Value", "Zzzzzzzzzz -> "));
}

TEST(ProjectOnModelTest, KeepsWhatADescriptionShows) {
  const Json configuration = Json::parse(R"({
    "RoleARN": "r", "Password": "secret", "Username": null, "Other": 1,
    "S3Configuration": {"BucketARN": "b", "Junk": 2},
    "S3BackupConfiguration": {"BucketARN": "c"}})");
  EXPECT_EQ(ProjectOnModel(Shape("RedshiftDestinationDescription"), configuration), Json::parse(R"({
    "RoleARN": "r", "S3DestinationDescription": {"BucketARN": "b"},
    "S3BackupDescription": {"BucketARN": "c"}})"));
}

TEST(ApiErrorTest, RendersAsTheProtocolSays) {
  EXPECT_EQ(RenderApiError(ApiError::StreamNotFound("logs", "000000000000")),
            R"({"__type":"ResourceNotFoundException",)"
            R"("message":"Firehose logs under account 000000000000 not found."})");
  EXPECT_THAT(RenderApiError(ApiError::Validation("bad \xff \"byte\"")),
              HasSubstr(R"(bad � \"byte\")"));
}

}  // namespace
}  // namespace hydrant
