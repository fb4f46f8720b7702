#include "engine/stream/control_plane_fixture.h"

namespace hydrant {
namespace {

using ::hydrant::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kOwned[] = R"({"KeyType": "AWS_OWNED_CMK"})";
constexpr char kOwnKey[] = R"({"KeyType": "CUSTOMER_MANAGED_CMK",
                               "KeyARN": "arn:aws:kms:us-east-1:000000000000:key/k"})";

class EncryptionTest : public ControlPlaneFixture {
 protected:
  explicit EncryptionTest(bool disk = true) { config_.log.on_encrypted_disk = disk; }

  static std::string WithEncryption(const char* input) {
    Json request = Json::parse(CreateRequest("a"));
    request["DeliveryStreamEncryptionConfigurationInput"] = Json::parse(input);
    return request.dump();
  }
  std::string Start(const char* input = nullptr) {
    Json request = {{"DeliveryStreamName", "a"}};
    if (input != nullptr) {
      request["DeliveryStreamEncryptionConfigurationInput"] = Json::parse(input);
    }
    return Call("StartDeliveryStreamEncryption", request.dump());
  }
  std::string Stop() { return Call("StopDeliveryStreamEncryption", NameOnly("a")); }
  Json Encryption() { return Describe("a")["DeliveryStreamEncryptionConfiguration"]; }
};

TEST_F(EncryptionTest, IsOfAStreamThatIsThereAndRuns) {
  EXPECT_THAT(Start(), HasSubstr("ResourceNotFoundException"));
  EXPECT_THAT(Stop(), HasSubstr("ResourceNotFoundException"));
  Call("CreateDeliveryStream", CreateRequest("a"));
  Call("DeleteDeliveryStream", NameOnly("a"));
  EXPECT_EQ(Start(),
            "ResourceInUseException: Cannot change the encryption of firehose: a when it is in "
            "DELETING status");
  EXPECT_THAT(Stop(), HasSubstr("ResourceInUseException"));
}

TEST_F(EncryptionTest, RefusesAKeyThatMakesNoSense) {
  Call("CreateDeliveryStream", CreateRequest("a"));
  EXPECT_EQ(Start(R"({"KeyType": "CUSTOMER_MANAGED_CMK"})"),
            "InvalidArgumentException: KeyARN has to be specified when KeyType is "
            "CUSTOMER_MANAGED_CMK");
  EXPECT_EQ(Start(R"({"KeyType": "AWS_OWNED_CMK",
                      "KeyARN": "arn:aws:kms:us-east-1:000000000000:key/k"})"),
            "InvalidArgumentException: KeyARN cannot be specified when KeyType is AWS_OWNED_CMK");
  EXPECT_THAT(Start("{}"), HasSubstr("ValidationException"));
  EXPECT_EQ(Encryption(), Json({{"Status", "DISABLED"}}));
}

TEST_F(EncryptionTest, IsEnabledAndDisabledAndTheRunningStreamKnows) {
  Call("CreateDeliveryStream", CreateRequest("a"));
  EXPECT_EQ(Start(), "{}");
  EXPECT_EQ(Encryption(), Json({{"KeyType", "AWS_OWNED_CMK"}, {"Status", "ENABLED"}}));
  EXPECT_EQ(Describe("a")["VersionId"], "1");
  EXPECT_EQ(Call("UpdateDestination", UpdateRequest("a", "1", R"({"Prefix": "q/"})")), "{}");
  EXPECT_EQ(Encryption()["Status"], "ENABLED");
  Restart();
  control_->StartStreams();
  EXPECT_EQ(Encryption()["Status"], "ENABLED");
  EXPECT_EQ(Stop(), "{}");
  EXPECT_EQ(Encryption(), Json({{"Status", "DISABLED"}}));
  EXPECT_THAT(host_.calls,
              ElementsAre("start a 1", "change a 1", "change a 2", "start a 2", "change a 2"));
  EXPECT_EQ(Stop(), "{}");  // as it is already
  EXPECT_EQ(host_.calls.size(), 5u);
}

TEST_F(EncryptionTest, ComesWithTheStream) {
  Call("CreateDeliveryStream", WithEncryption(kOwned));
  EXPECT_EQ(Describe("a")["DeliveryStreamStatus"], "ACTIVE");
  EXPECT_EQ(Encryption()["Status"], "ENABLED");
  EXPECT_EQ(Stop(), "{}");
  Restart();
  EXPECT_EQ(Encryption()["Status"], "DISABLED");
}

// Nobody is told that a key encrypts what it does not.
TEST_F(EncryptionTest, WithAKeyOfOnesOwnFailsAndLeavesWhatThereWas) {
  Call("CreateDeliveryStream", CreateRequest("a"));
  EXPECT_EQ(Start(), "{}");
  EXPECT_EQ(Start(kOwnKey), "{}");
  const Json failed = Encryption();
  EXPECT_EQ(failed["Status"], "ENABLING_FAILED");
  EXPECT_EQ(failed["KeyType"], "AWS_OWNED_CMK");
  EXPECT_THAT(failed["FailureDescription"]["Details"].get<std::string>(),
              HasSubstr("CUSTOMER_MANAGED_CMK"));
  EXPECT_TRUE(catalog_->Find("a")->encryption.has_value());
  EXPECT_EQ(Describe("a")["DeliveryStreamStatus"], "ACTIVE");
  Restart();
  EXPECT_EQ(Encryption(), failed);
  control_->StartStreams();
  EXPECT_EQ(Start(), "{}");
  EXPECT_EQ(Encryption()["Status"], "ENABLED");
}

TEST_F(EncryptionTest, IsForDirectPutsOnly) {
  Json request = Json::parse(WithEncryption(kOwned));
  request["DeliveryStreamType"] = "KinesisStreamAsSource";
  request["KinesisStreamSourceConfiguration"] = {
      {"KinesisStreamARN", "arn:aws:kinesis:us-east-1:000000000000:stream/s"},
      {"RoleARN", "arn:aws:iam::000000000000:role/firehose"}};
  EXPECT_THAT(Call("CreateDeliveryStream", request.dump()),
              HasSubstr("Server side encryption from firehose is only allowed for direct put"));
  request.erase("DeliveryStreamEncryptionConfigurationInput");
  Call("CreateDeliveryStream", request.dump());
  EXPECT_THAT(Start(), HasSubstr("InvalidArgumentException: Server side encryption"));
  EXPECT_THAT(Stop(), HasSubstr("InvalidArgumentException: Server side encryption"));
}

TEST_F(EncryptionTest, ShowsTheStatesOnTheWay) {
  config_.transition_time = absl::Seconds(2);
  Call("CreateDeliveryStream", CreateRequest("a"));
  PassTime();
  EXPECT_EQ(Start(), "{}");
  EXPECT_EQ(Encryption(), Json({{"KeyType", "AWS_OWNED_CMK"}, {"Status", "ENABLING"}}));
  EXPECT_EQ(Stop(),
            "ResourceInUseException: Cannot change the encryption of firehose: a when it is in "
            "ENABLING status");
  PassTime();
  EXPECT_EQ(Encryption()["Status"], "ENABLED");
  EXPECT_EQ(Stop(), "{}");
  EXPECT_EQ(Encryption()["Status"], "DISABLING");
  PassTime();
  EXPECT_EQ(Encryption()["Status"], "DISABLED");
  EXPECT_EQ(Start(kOwnKey), "{}");  // what it comes to is not known yet
  EXPECT_EQ(Encryption(), Json({{"Status", "ENABLING"}}));
  PassTime();
  EXPECT_EQ(Encryption()["Status"], "ENABLING_FAILED");
}

TEST_F(EncryptionTest, CallsAreLimitedWhereEverythingIs) {
  Call("CreateDeliveryStream", CreateRequest("a"));
  const auto call = [&](int number) { return number % 2 == 0 ? Start() : Stop(); };
  for (int i = 0; i < 30; ++i) EXPECT_EQ(call(i), "{}");
  config_.strict_validation = true;
  for (int i = 0; i < 25; ++i) EXPECT_EQ(call(i), "{}");
  EXPECT_EQ(Stop(),
            "LimitExceededException: The encryption of firehose a can be changed 25 times in 24 "
            "hours");
  EXPECT_EQ(Encryption()["Status"], "ENABLED");
  clock_.now += absl::Hours(24);
  EXPECT_EQ(Stop(), "{}");
}

TEST_F(EncryptionTest, IsAsItWasWhenTheStreamCantBeChanged) {
  Call("CreateDeliveryStream", CreateRequest("a"));
  host_.change_status = Unavailable("no");
  EXPECT_THAT(Start(), HasSubstr("InternalFailure"));
  EXPECT_EQ(Encryption(), Json({{"Status", "DISABLED"}}));
}

class NoEncryptionTest : public EncryptionTest {
 protected:
  NoEncryptionTest() : EncryptionTest(/*disk=*/false) {}
};

TEST_F(NoEncryptionTest, AStreamThatRunsGoesOnAndSaysThatItFailed) {
  Call("CreateDeliveryStream", CreateRequest("a"));
  EXPECT_EQ(Start(), "{}");
  const Json failed = Encryption();
  EXPECT_EQ(failed["Status"], "ENABLING_FAILED");
  EXPECT_FALSE(failed.contains("KeyType"));
  EXPECT_THAT(failed["FailureDescription"]["Details"].get<std::string>(),
              HasSubstr("log.encryption: disk"));
  EXPECT_FALSE(catalog_->Find("a")->encryption.has_value());
  EXPECT_THAT(host_.calls, ElementsAre("start a 1"));
  EXPECT_EQ(Stop(), "{}");
  EXPECT_EQ(Encryption(), Json({{"Status", "DISABLED"}}));
}

TEST_F(NoEncryptionTest, ANewStreamThatAsksForItTakesNoRecords) {
  Call("CreateDeliveryStream", WithEncryption(kOwned));
  EXPECT_EQ(Describe("a")["DeliveryStreamStatus"], "CREATING_FAILED");
  EXPECT_THAT(Describe("a")["FailureDescription"]["Details"].get<std::string>(),
              HasSubstr("log.encryption: disk"));
  EXPECT_EQ(Encryption()["Status"], "ENABLING_FAILED");
  EXPECT_THAT(host_.calls, IsEmpty());
  config_.log.on_encrypted_disk = true;  // the operator has mended it
  Restart();
  control_->StartStreams();
  EXPECT_EQ(Describe("a")["DeliveryStreamStatus"], "ACTIVE");
  EXPECT_EQ(Encryption()["Status"], "ENABLED");
}

TEST_F(NoEncryptionTest, ANodeThatNoLongerEncryptsRefusesStreamsThatMustBe) {
  config_.log.on_encrypted_disk = true;
  Restart();
  Call("CreateDeliveryStream", WithEncryption(kOwned));
  config_.log.on_encrypted_disk = false;
  host_.calls.clear();
  Restart();
  control_->StartStreams();
  EXPECT_EQ(Describe("a")["DeliveryStreamStatus"], "CREATING_FAILED");
  EXPECT_EQ(Encryption()["Status"], "ENABLING_FAILED");
  EXPECT_TRUE(host_.refused.contains("a"));
  EXPECT_THAT(host_.calls, IsEmpty());
}

TEST_F(NoEncryptionTest, IsAnErrorOfTheConfiguration) {
  EXPECT_THAT(control_->ApplyConfiguredStream(WithEncryption(kOwned)),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("log.encryption: disk")));
}

}  // namespace
}  // namespace hydrant
