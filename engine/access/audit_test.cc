#include "engine/access/audit_log.h"
#include "engine/access/audit_record.h"
#include "engine/access/request_gate.h"
#include "engine/stream/destination_secrets.h"
#include "engine/stream/model.h"
#include "engine/testing/coroutine.h"
#include "engine/testing/faulty_file_system.h"
#include "engine/testing/status_matchers.h"
#include "engine/testing/temp_dir.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <sys/stat.h>

namespace hydrant {
namespace {

using ::hydrant::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

Json Record(std::string_view operation, std::string_view request, const ApiReply& reply,
            std::string_view key = "AKID") {
  const std::string line = RenderAuditRecord({.time = absl::FromUnixSeconds(1'773'500'966),
                                              .region = "us-east-1",
                                              .account_id = "000000000000",
                                              .access_key_id = key,
                                              .user_arn = "arn:aws:iam::000000000000:user/AKID",
                                              .remote = "[2001:db8::1]:4711",
                                              .user_agent = "aws-cli/2 \xff",
                                              .operation = operation,
                                              .request = request,
                                              .reply = &reply,
                                              .request_id = "the-request",
                                              .event_id = "the-event"});
  EXPECT_THAT(line, Not(HasSubstr("\n")));
  return Json::parse(line);
}

constexpr char kCreate[] = R"({
  "DeliveryStreamName": "web",
  "Unknown": "who knows",
  "RedshiftDestinationConfiguration": {
    "ClusterJDBCURL": "jdbc:redshift://c.example.com:5439/db",
    "Username": "the-user", "Password": "the-password",
    "S3Configuration": {"BucketARN": "arn:aws:s3:::b",
                        "EncryptionConfiguration": {"KMSEncryptionConfig": {"AWSKMSKeyARN": "arn:k"}}}},
  "Tags": [{"Key": "team", "Value": "web"}],
  "Hydrant": {"durability": "os", "Unknown": {"AccessKey": "the-access-key"}, "failover": {"Hold_Down": "9s",
   "Destinations": [{"HttpEndpoint": {"AccessKey": "the-access-key"}}, {
    "HttpEndpointDestinationConfiguration": {
      "EndpointConfiguration": {"Url": "https://secret.example.com", "AccessKey": "the-access-key"},
      "BufferingHints": {"SizeInMBs": 1}}}]}}})";

TEST(AuditRecord, LeavesOutWhatIsSecretOrUnknown) {
  const Json record = Record("CreateDeliveryStream", kCreate, R"({"DeliveryStreamARN":"arn:x"})");
  for (const char* secret :
       {"the-user", "the-password", "the-access-key", "secret.example.com", "who knows"}) {
    EXPECT_THAT(record.dump(), Not(HasSubstr(secret)));
  }
  const Json parameters = record["requestParameters"];
  EXPECT_EQ(parameters["deliveryStreamName"], "web");
  const Json s3 = parameters["redshiftDestinationConfiguration"]["s3Configuration"];
  EXPECT_EQ(s3["encryptionConfiguration"]["kMSEncryptionConfig"]["aWSKMSKeyARN"], "arn:k");
  EXPECT_EQ(parameters["tags"], Json::parse(R"([{"key": "team", "value": "web"}])"));
  EXPECT_EQ(parameters["hydrant"]["durability"], "os");
  EXPECT_EQ(parameters["hydrant"]["failover"]["holdDown"], "9s");
  EXPECT_EQ(parameters["hydrant"]["failover"]["destinations"][1]
                      ["httpEndpointDestinationConfiguration"]["bufferingHints"]["sizeInMBs"],
            1);
  EXPECT_EQ(record["responseElements"], Json::parse(R"({"deliveryStreamARN": "arn:x"})"));
}

// {"SplunkDestinationConfiguration": {"HECToken": "the-secret"}}, … of every secret that there is.
std::vector<Json> DestinationsWithSecrets() {
  std::vector<Json> all;
  for (const ModelMember& member : FindModelShape("CreateDeliveryStreamInput")->members) {
    if (!member.name.ends_with("DestinationConfiguration")) continue;
    const nlohmann::ordered_json bare = {{std::string(member.name), Json::object()}};
    for (const SecretPlace& place : SecretPlaces(bare)) {
      nlohmann::ordered_json destination = bare;
      destination[place.at] = "the-secret";
      all.push_back(destination);
    }
  }
  return all;
}

TEST(AuditRecord, ShowsNoSecretOfADestinationInAnyCall) {
  const std::vector<Json> destinations = DestinationsWithSecrets();
  EXPECT_GE(destinations.size(), 5u);
  for (const Json& destination : destinations) {
    Json create = destination;
    create["DeliveryStreamName"] = "web";
    const std::string name = destination.begin().key();
    const std::string update_name = name.substr(0, name.find("Configuration")) + "Update";
    const Json update = {{"DeliveryStreamName", "web"}, {update_name, destination.front()}};
    const Json further = {
        {"DeliveryStreamName", "web"},
        {"Hydrant", {{"Failover", {{"Destinations", Json::array({destination})}}}}}};
    for (const auto& [operation, request] :
         {std::pair("CreateDeliveryStream", create), std::pair("UpdateDestination", update),
          std::pair("CreateDeliveryStream", further)}) {
      const std::string record = Record(operation, request.dump(), "{}").dump();
      EXPECT_THAT(record, HasSubstr("web"));
      EXPECT_THAT(record, Not(HasSubstr("the-secret"))) << operation << request.dump();
    }
  }
}

TEST(AuditRecord, HasTheFormOfCloudTrail) {
  const Json record = Record("DeleteDeliveryStream", R"({"DeliveryStreamName": "web"})",
                             ApiError{"ResourceNotFoundException", "no such stream", 400});
  EXPECT_EQ(record, Json::parse(R"({
    "eventVersion": "1.11",
    "userIdentity": {"type": "IAMUser", "principalId": "AKID",
      "arn": "arn:aws:iam::000000000000:user/AKID", "accountId": "000000000000",
      "accessKeyId": "AKID", "userName": "AKID"},
    "eventTime": "2026-03-14T15:09:26Z", "eventSource": "firehose.amazonaws.com",
    "eventName": "DeleteDeliveryStream", "awsRegion": "us-east-1",
    "sourceIPAddress": "2001:db8::1", "userAgent": "aws-cli/2 )"
                                "\xEF\xBF\xBD"
                                R"(",
    "errorCode": "ResourceNotFoundException", "errorMessage": "no such stream",
    "requestParameters": {"deliveryStreamName": "web"}, "responseElements": null,
    "requestID": "the-request", "eventID": "the-event", "readOnly": false,
    "eventType": "AwsApiCall", "apiVersion": "2015-08-04", "managementEvent": true,
    "recipientAccountId": "000000000000", "eventCategory": "Management"})"));
}

TEST(AuditRecord, BadAndLargeRequestsAreRecordedToo) {
  const Json bad = Record("ListDeliveryStreams", "no json", "{}", "");
  EXPECT_EQ(bad["requestParameters"], nullptr);
  EXPECT_EQ(bad["userIdentity"], Json::parse(R"({"type": "Unknown"})"));
  EXPECT_EQ(bad["readOnly"], true);
  EXPECT_EQ(Record("DescribeDeliveryStream", "[1]", R"({"a": 1})")["responseElements"], nullptr);
  const Json wrong = Record("DeleteDeliveryStream", R"({"DeliveryStreamName": {"x": "y"}})", "{}");
  EXPECT_EQ(wrong["requestParameters"]["deliveryStreamName"], nullptr);
  const std::string large =
      R"({"DeliveryStreamName": ")" + std::string(kAuditRequestBytesMax, 'x') + "\"}";
  EXPECT_THAT(Record("DeleteDeliveryStream", large, "{}")["requestParameters"].dump(),
              HasSubstr("larger than"));
}

class AuditLogTest : public ::testing::Test {
 protected:
  StatusOr<std::unique_ptr<AuditLog>> Open(uint64_t bytes_max = 1000, int files_max = 3) {
    AuditLogOptions options{.file = file_,
                            .file_bytes_max = bytes_max,
                            .files_max = files_max,
                            .files = &files_,
                            .executor = context_.get_executor(),
                            .metrics = &metrics_};
    return AuditLog::Open(std::move(options));
  }
  void Write() {
    context_.restart();
    context_.run();
  }
  std::string Content(const std::string& suffix = "") {
    auto text = ReadWholeFile(FileSystem::Posix(), file_ + suffix, 1 << 20);
    return text.ok() ? *text : "none";
  }

  testing::TempDir dir_;
  testing::FaultyFileSystem files_{FileSystem::Posix()};
  std::string file_ = dir_.File("audit/audit.jsonl");
  boost::asio::io_context context_;
  MetricRegistry metrics_;
};

TEST_F(AuditLogTest, AFileThatCannotBeMadeIsAnErrorAtStart) {
  file_ = "/proc/none/audit.jsonl";
  EXPECT_FALSE(Open().ok());
}

TEST_F(AuditLogTest, TakesRegularFilesOnly) {
  file_ = dir_.File("pipe");
  ASSERT_EQ(::mkfifo(file_.c_str(), 0600), 0);
  for (const std::string& path : {file_, std::string("/dev/null"), dir_.path()}) {
    file_ = path;
    EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kInvalidArgument)) << path;
  }
}

TEST_F(AuditLogTest, BeginsAFileAnewThatWasMovedAwayOrEmptied) {
  std::unique_ptr<AuditLog> log = *Open();
  log->Append("moved");
  Write();
  std::filesystem::rename(file_, file_ + ".old");
  log->Append("removed");
  Write();
  EXPECT_EQ(Content(), "removed\n");
  EXPECT_EQ(Content(".old"), "moved\n");
  std::filesystem::remove(file_);
  log->Append("emptied");
  Write();
  std::filesystem::resize_file(file_, 0);
  log->Append("kept");
  Write();
  EXPECT_EQ(Content(), "kept\n");
}

TEST_F(AuditLogTest, AppendingDoesNotWaitForTheDisk) {
  std::unique_ptr<AuditLog> log = *Open();
  log->Append("one");
  log->Append("two");
  EXPECT_EQ(Content(), "");
  Write();
  EXPECT_EQ(Content(), "one\ntwo\n");
  // What waits is written at the end, and the next start goes on behind it.
  log->Append("three");
  log.reset();
  EXPECT_EQ(Content(), "one\ntwo\nthree\n");
  log = *Open();
  log->Append("four");
  log.reset();
  EXPECT_EQ(Content(), "one\ntwo\nthree\nfour\n");
  EXPECT_THAT(metrics_.Expose(), HasSubstr("hydrant_audit_records_total 4"));
}

TEST_F(AuditLogTest, KeepsSoManyFilesOfThatSize) {
  std::unique_ptr<AuditLog> log = *Open(10, 3);
  for (const char* line :
       {"first", "second", "third", "4", "5", "a line that is larger than 10", "last"}) {
    log->Append(line);
  }
  Write();
  EXPECT_EQ(Content(), "last\n");
  EXPECT_EQ(Content(".1"), "a line that is larger than 10\n");
  EXPECT_EQ(Content(".2"), "third\n4\n5\n");
  EXPECT_EQ(Content(".3"), "none");
  file_ = dir_.File("single");
  log = *Open(10, 1);
  for (const char* line : {"first", "second", "third"}) log->Append(line);
  Write();
  EXPECT_EQ(Content(), "third\n");
  EXPECT_EQ(Content(".1"), "none");
}

TEST_F(AuditLogTest, WhatIsTooMuchIsLostAndCounted) {
  std::unique_ptr<AuditLog> log = *Open(uint64_t{64} << 20);
  for (int i = 0; i < 5; ++i) log->Append(std::string(1 << 20, 'x'));
  Write();
  EXPECT_THAT(metrics_.Expose(), HasSubstr("hydrant_audit_records_total 3"));
  EXPECT_THAT(metrics_.Expose(), HasSubstr("hydrant_audit_lost_records_total 2"));
}

TEST_F(AuditLogTest, WritesAgainWhenItCan) {
  std::unique_ptr<AuditLog> log = *Open(10, 2);
  log->Append("first line");
  Write();
  // A directory where the older file should go: it can't be renamed there.
  std::filesystem::create_directories(file_ + ".1/x");
  log->Append("lost");
  Write();
  EXPECT_THAT(metrics_.Expose(), HasSubstr("hydrant_audit_lost_records_total 1"));
  std::filesystem::remove_all(file_ + ".1");
  log->Append("kept");
  Write();
  EXPECT_EQ(Content(), "kept\n");
}

TEST_F(AuditLogTest, AFullDiskLeavesNoHalfLines) {
  std::unique_ptr<AuditLog> log = *Open();
  files_.SetSpace(9);  // one line and a half
  for (const char* line : {"first", "second", "third"}) log->Append(line);
  Write();
  EXPECT_EQ(Content(), "first\n");
  EXPECT_THAT(metrics_.Expose(), HasSubstr("hydrant_audit_records_total 1"));
  EXPECT_THAT(metrics_.Expose(), HasSubstr("hydrant_audit_lost_records_total 2"));
  files_.StopFailing();
  log->Append("fourth");
  Write();
  EXPECT_EQ(Content(), "first\nfourth\n");
}

TEST_F(AuditLogTest, HalfALineThatCannotBeCutIsEnded) {
  std::unique_ptr<AuditLog> log = *Open();
  files_.SetSpace(5);
  files_.FailKind("truncate", testing::Fault::kIoError);
  log->Append("half-gone");
  Write();
  EXPECT_EQ(Content(), "half-");
  files_.StopFailing();
  log->Append("whole");
  Write();
  EXPECT_EQ(Content(), "half-\nwhole\n");
  EXPECT_THAT(metrics_.Expose(), HasSubstr("hydrant_audit_records_total 1"));
}

TEST_F(AuditLogTest, LinesThatMayNotSurviveAreLost) {
  std::unique_ptr<AuditLog> log = *Open();
  files_.FailKind("sync", testing::Fault::kIoError);
  log->Append("maybe");
  Write();
  EXPECT_THAT(metrics_.Expose(), HasSubstr("hydrant_audit_records_total 0"));
  EXPECT_THAT(metrics_.Expose(), HasSubstr("hydrant_audit_lost_records_total 1"));
}

class SilentExchange final : public HttpExchange {
 public:
  const HttpRequestHead& head() const override { return head_; }
  uint64_t content_length() const override { return 0; }
  asio::awaitable<StatusOr<HttpBody>> ReadBody(uint64_t) override { co_return HttpBody(); }
  void LimitBodyTime(uint64_t) override {}
  asio::awaitable<StatusOr<size_t>> ReadSome(std::span<char>) override { co_return size_t{0}; }
  asio::awaitable<Status> Respond(HttpResponse response) override {
    answer = std::move(response);
    co_return Status();
  }
  HttpRequestHead head_;
  HttpResponse answer{.status = 0};
};

TEST(RequestGate, RefusesAsTheApiDoesAndAsPlainHttpDoes) {
  MetricRegistry metrics;
  RequestGate gate(2, Clock::System(), Entropy::System(), metrics);
  int handled = 0;
  const HttpHandler handler = gate.Before([&](HttpExchange&) -> asio::awaitable<void> {
    ++handled;
    co_return;
  });
  const auto send = [&](const char* network, bool api) {
    SilentExchange exchange;
    exchange.head_.network = network;
    if (api) exchange.head_.headers = {{"X-Amz-Target", "Firehose_20150804.PutRecord"}};
    const auto run = [&]() -> asio::awaitable<bool> {
      co_await handler(exchange);
      co_return true;
    };
    asio::io_context context;
    testing::RunCoroutine<bool>(context, run());
    return exchange.answer;
  };
  for (int i = 0; i < 2; ++i) send("192.0.2.1", true);
  const HttpResponse api = send("192.0.2.1", true);
  EXPECT_EQ(api.status, 400);
  EXPECT_EQ(Json::parse(api.body),
            Json::parse(R"({"__type": "ThrottlingException", "message": "Rate exceeded"})"));
  EXPECT_EQ(api.headers.at(0).first, "x-amzn-RequestId");
  EXPECT_EQ(send("192.0.2.1", false).status, 429);
  EXPECT_EQ(send("192.0.2.2", false).status, 0);
  EXPECT_EQ(handled, 3);
  EXPECT_THAT(metrics.Expose(), HasSubstr("hydrant_rate_limited_requests_total 2"));
}

}  // namespace
}  // namespace hydrant
