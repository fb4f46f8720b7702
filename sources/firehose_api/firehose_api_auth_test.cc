// Who may call: signatures, policies, what unproven senders hold, and the record of it.
#include "engine/testing/temp_dir.h"
#include "sources/firehose_api/firehose_api_fixture.h"

#include <cstdio>

namespace hydrant::firehose_api {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Signs as SDKs do; `payload_hash` is sent along when it is not the body's.
HttpRequestHead SignedHead(std::string_view target, const AccessKey& key,
                           const std::string& payload_hash, bool announced = false) {
  static std::vector<std::unique_ptr<std::string>> kept;  // heads are views
  const auto keep = [&](std::string text) -> std::string_view {
    return *kept.emplace_back(std::make_unique<std::string>(std::move(text)));
  };
  const std::string date = aws::FormatAmzDate(absl::Now());
  const aws::SigV4Scope scope{date.substr(0, 8), "us-east-1", "firehose"};
  aws::SigV4Input input{.method = "POST", .path = "/"};
  input.headers = {{"host", "localhost"}};
  if (announced) input.headers.emplace_back("x-amz-content-sha256", payload_hash);
  input.headers.emplace_back("x-amz-date", date);
  input.headers.emplace_back("x-amz-target", std::string(target));
  input.payload_hash = payload_hash;
  HttpRequestHead head = HeadFor(target);
  if (announced) head.headers.emplace_back("x-amz-content-sha256", keep(payload_hash));
  head.headers.emplace_back("X-Amz-Date", keep(date));
  head.headers.emplace_back(
      "Authorization",
      keep("AWS4-HMAC-SHA256 Credential=" + key.access_key_id + "/" + scope.Text() +
           ", SignedHeaders=" + aws::SignedHeaderNames(input) + ", Signature=" +
           aws::ComputeSignature(aws::DeriveSigningKey(key.secret_access_key, scope), date, scope,
                                 aws::CanonicalRequest(input))));
  return head;
}

TEST_F(FirehoseApiSourceTest, ChecksSignatures) {
  config_.credentials = {{"AKIDEXAMPLE", "secret"}};
  Restart();
  FakeExchange exchange(ingest_.pool, HeadFor(kPutTarget), kPutBody);
  Run(exchange);
  EXPECT_EQ(exchange.reads, 0) << "a bad head is refused before the body is read";
  ExpectError(*exchange.answer, 400, "MissingAuthenticationTokenException",
              "Missing Authentication Token");

  const HttpRequestHead head =
      SignedHead(kPutTarget, config_.credentials[0], aws::Sha256Hex(kPutBody));
  ExpectError(Send(head, R"({"DeliveryStreamName":"web","Record":{"Data":"QUI="}})"), 400,
              "InvalidSignatureException", "does not match");
  EXPECT_EQ(Send(head, kPutBody).status, 200);
  EXPECT_THAT(ingest_.intake->records, ElementsAre("A"));
  EXPECT_EQ(Metric("hydrant_api_errors_total{code=\"InvalidSignatureException\",operation="
                   "\"PutRecord\"}"),
            "1");
}

// As SDKs sign it: nothing is proven before all of the body is there.
class UnprovenChunkedTest : public FirehoseApiSourceTest {
 protected:
  UnprovenChunkedTest() {
    config_.credentials = {{"AKIDEXAMPLE", "secret"}};
    Restart();
  }
  HttpResponse SendChunked(const std::string& body) {
    FakeExchange exchange(
        ingest_.pool, SignedHead(kPutTarget, config_.credentials[0], aws::Sha256Hex(body)), body);
    exchange.length = HttpExchange::kChunked;
    exchange.on_read = [&] {
      const uint64_t used = ingest_.budget.used() - used_before_;
      EXPECT_EQ(used, ingest_.pool.bytes_in_use());
      EXPECT_LE(used, 2 * exchange.sent + (64 << 10)) << exchange.sent;
    };
    Run(exchange);
    return *exchange.answer;
  }
  static std::string PaddedPut(size_t bytes) {
    return std::string(bytes - (sizeof kPutBody - 1), ' ') + kPutBody;
  }

  uint64_t used_before_ = 0;
};

TEST_F(UnprovenChunkedTest, HoldsAboutAsMuchMemoryAsItHasSent) {
  ExpectError(SendChunked(PaddedPut(kPutBodyBytesMax + 1)), 413, "RequestEntityTooLargeException",
              "8388608");
  EXPECT_THAT(ingest_.asked, ElementsAre(64 << 10));
  for (const size_t size : {sizeof kPutBody, size_t{65'472}, size_t{65'473}, kPutBodyBytesMax}) {
    EXPECT_EQ(SendChunked(PaddedPut(size)).status, 200) << size;
  }
  EXPECT_EQ(ingest_.intake->records.size(), 4u);
}

TEST_F(UnprovenChunkedTest, IsToldWhenThereIsNoMoreMemory) {
  const MemoryReservation hog = ingest_.budget.TryReserve(ingest_.budget.limit() - (1 << 20));
  used_before_ = hog.bytes();
  ExpectError(SendChunked(PaddedPut(2 << 20)), 503, "ServiceUnavailableException", "Slow down.");
  // The body fits, but not beside its records.
  ExpectError(SendChunked(PaddedPut(500'000)), 503, "ServiceUnavailableException", "Slow down.");
  EXPECT_EQ(SendChunked(PaddedPut(100'000)).status, 200);
}

TEST_F(FirehoseApiSourceTest, WhatIsAnswered503MayComeAgainAsItIs) {
  config_.credentials = {{"AKIDEXAMPLE", "secret"}};
  config_.auth_replays_max = 100;
  Restart();
  const std::string hash = aws::Sha256Hex(kPutBody);
  for (const bool announced : {false, true}) {
    const HttpRequestHead head = SignedHead(kPutTarget, config_.credentials[0], hash, announced);
    {
      const MemoryReservation hog = ingest_.budget.TryReserve(ingest_.budget.limit() - 100);
      ExpectError(Send(head, kPutBody), 503, "ServiceUnavailableException", "Slow down.");
    }
    ingest_.intake->status = ResourceExhausted("log quota");
    ExpectError(Send(head, kPutBody), 503, "ServiceUnavailableException", "Slow down.");
    ingest_.intake->status = Status();
    EXPECT_EQ(Send(head, kPutBody).status, 200);
    ingest_.intake->records.clear();
    // What was taken may not come again, and no lack of memory makes it forgotten.
    {
      const MemoryReservation hog = ingest_.budget.TryReserve(ingest_.budget.limit() - 100);
      EXPECT_NE(Send(head, kPutBody).status, 200);
    }
    ExpectError(Send(head, kPutBody), 400, "InvalidSignatureException", "used before");
  }
  control_.reply = ApiError{"ServiceUnavailableException", "Not yet.", 503};
  const HttpRequestHead list = SignedHead("Firehose_20150804.ListDeliveryStreams",
                                          config_.credentials[0], aws::Sha256Hex("{}"));
  for (int i = 0; i < 2; ++i) {
    ExpectError(Send(list, "{}"), 503, "ServiceUnavailableException", "Not yet.");
  }
}

TEST_F(FirehoseApiSourceTest, TakesBodiesOfSignedChunks) {
  config_.credentials = {{"AKIDEXAMPLE", "secret"}};
  Restart();
  const HttpRequestHead head =
      SignedHead(kPutTarget, config_.credentials[0], "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", true);
  const std::string authorization(head.Header("authorization"));
  const std::string date(head.Header("x-amz-date"));
  const aws::SigV4Scope scope{date.substr(0, 8), "us-east-1", "firehose"};
  std::string previous = authorization.substr(authorization.rfind('=') + 1);
  const auto chunk = [&](std::string_view data) {
    const std::string to_sign = "AWS4-HMAC-SHA256-PAYLOAD\n" + date + "\n" + scope.Text() + "\n" +
                                previous + "\n" + aws::Sha256Hex("") + "\n" + aws::Sha256Hex(data);
    previous = aws::HexLower(aws::HmacSha256(aws::DeriveSigningKey("secret", scope), to_sign));
    char size[20];
    std::snprintf(size, sizeof size, "%zx", data.size());
    return size + (";chunk-signature=" + previous) + "\r\n" + std::string(data) + "\r\n";
  };
  const std::string_view body = kPutBody;
  const std::string first = chunk(body.substr(0, 20));
  const std::string second = chunk(body.substr(20));
  const std::string last = chunk("");
  std::string tampered = first + second + last;
  tampered[tampered.find("QQ==")] = 'R';
  ExpectError(Send(head, tampered), 400, "InvalidSignatureException", "does not match");
  ExpectError(Send(head, first + last), 400, "InvalidSignatureException", "does not match");
  ExpectError(Send(head, first + second), 400, "SerializationException", "before its last");
  ExpectError(Send(head, kPutBody), 400, "SerializationException", "signed chunk");
  std::string too_large = first + second + last;
  too_large.insert(0, "fff");
  ExpectError(Send(head, too_large), 400, "SerializationException", "a chunk is larger than");
  EXPECT_EQ(Send(head, first + second + last).status, 200);
  EXPECT_THAT(ingest_.intake->records, ElementsAre("A"));
}

class RestrictedTest : public FirehoseApiSourceTest {
 protected:
  RestrictedTest() {
    config_.credentials = {{"AKFULL", "secret"}, {"AKPUT", "secret", "", R"({"Statement": [
        {"Effect": "Allow", "Action": ["firehose:PutRecord", "firehose:CreateDeliveryStream",
                                       "firehose:Describe*"],
         "Resource": "arn:aws:firehose:us-east-1:000000000000:deliverystream/web"}]})"}};
    Restart();
  }
  HttpResponse SendAs(size_t key, std::string_view target, std::string_view body) {
    return Send(SignedHead(target, config_.credentials[key], aws::Sha256Hex(body)), body);
  }
};

TEST_F(RestrictedTest, DeniesPutsBeyondTheKeysPolicy) {
  ExpectError(SendAs(1, kBatchTarget, kBatchBody), 400, "AccessDeniedException",
              "User: arn:aws:iam::000000000000:user/AKPUT is not authorized to perform: "
              "firehose:PutRecordBatch on resource: "
              "arn:aws:firehose:us-east-1:000000000000:deliverystream/web because no "
              "identity-based policy allows the firehose:PutRecordBatch action");
  // Whether there is such a stream is not told.
  ExpectError(SendAs(1, kPutTarget, R"({"DeliveryStreamName":"none","Record":{"Data":""}})"), 400,
              "AccessDeniedException", "deliverystream/none");
  EXPECT_EQ(SendAs(1, kPutTarget, kPutBody).status, 200);
  EXPECT_EQ(SendAs(0, kBatchTarget, kBatchBody).status, 200);
}

TEST_F(RestrictedTest, DeniesCallsBeyondTheKeysPolicy) {
  const auto call = [&](std::string_view operation, std::string_view body) {
    return SendAs(1, "Firehose_20150804." + std::string(operation), body);
  };
  const char* denied = "AccessDeniedException";
  ExpectError(call("DeleteDeliveryStream", R"({"DeliveryStreamName":"web"})"), 400, denied,
              "firehose:DeleteDeliveryStream");
  ExpectError(call("DescribeDeliveryStream", R"({"DeliveryStreamName":"other"})"), 400, denied,
              "deliverystream/other");
  // The name that counts is the one that the control plane would take: the last.
  ExpectError(call("DescribeDeliveryStream",
                   R"({"DeliveryStreamName":"web","DeliveryStreamName":"other"})"),
              400, denied, "deliverystream/other");
  ExpectError(call("DescribeDeliveryStream", ""), 400, denied, "deliverystream/ because");
  ExpectError(call("ListDeliveryStreams", "{}"), 400, denied, "on resource: *");
  ExpectError(call("CreateDeliveryStream", R"({"DeliveryStreamName":"web","Tags":[{"Key":"a"}]})"),
              400, denied, "firehose:TagDeliveryStream");
  EXPECT_TRUE(control_.calls.empty());
  EXPECT_EQ(call("CreateDeliveryStream", R"({"DeliveryStreamName":"web"})").status, 200);
  EXPECT_EQ(call("CreateDeliveryStream", R"({"DeliveryStreamName":"web","Tags":null})").status,
            200);
  EXPECT_EQ(call("DescribeDeliveryStream", R"({"DeliveryStreamName":"\u0077eb"})").status, 200);
  EXPECT_EQ(control_.calls.size(), 3u);
}

TEST_F(RestrictedTest, RecordsCallsOfTheControlPlane) {
  testing::TempDir dir;
  asio::io_context context;
  AuditLogOptions options{.file = dir.File("audit.jsonl"),
                          .file_bytes_max = 1 << 20,
                          .files_max = 2,
                          .files = &FileSystem::Posix(),
                          .executor = context.get_executor(),
                          .metrics = metrics_.get()};
  audit_ = *AuditLog::Open(std::move(options));
  router_ = std::make_unique<HttpRouter>();
  source_ = MakeSource();
  Send("Firehose_20150804.ListDeliveryStreams", "{}");  // not signed: nobody's call
  SendAs(0, kPutTarget, kPutBody);                      // data
  SendAs(1, "Firehose_20150804.DeleteDeliveryStream", R"({"DeliveryStreamName":"web"})");
  const HttpResponse answer = SendAs(0, "Firehose_20150804.ListDeliveryStreams", "{}");
  audit_.reset();
  const std::string text = *ReadWholeFile(FileSystem::Posix(), dir.File("audit.jsonl"), 1 << 20);
  ASSERT_EQ(std::count(text.begin(), text.end(), '\n'), 2) << text;
  const auto denied = nlohmann::json::parse(text.substr(0, text.find('\n')));
  EXPECT_EQ(denied["errorCode"], "AccessDeniedException");
  EXPECT_EQ(denied["userIdentity"]["accessKeyId"], "AKPUT");
  const auto listed = nlohmann::json::parse(text.substr(text.find('\n')));
  EXPECT_EQ(listed["eventName"], "ListDeliveryStreams");
  EXPECT_EQ(listed["requestID"], answer.headers.at(0).second);
  EXPECT_THAT(text, ::testing::Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace hydrant::firehose_api
