#include "sources/firehose_api/firehose_api_source.h"

#include "engine/access/audit_log.h"
#include "engine/codec/base64.h"
#include "engine/io/http_router.h"
#include "engine/testing/coroutine.h"
#include "engine/testing/temp_dir.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hydrant::firehose_api {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

class FakeIntake : public StreamIntake {
 public:
  const StreamDefinition& definition() const override { return stream; }
  std::string_view record_id_prefix() const override { return "id-"; }
  void Append(std::unique_ptr<RecordBatch> batch, MemoryReservation reservation,
              AppendDone done) override {
    EXPECT_EQ(reservation.bytes(), batch->memory_bytes());
    if (!status.ok()) return done(status);
    const uint64_t count = batch->record_count();
    for (size_t i = 0; i < count; ++i) records.emplace_back(batch->Record(i));
    done(AppendReceipt{Position{records.size() - count}, count});
  }

  StreamDefinition stream;
  Status status;
  std::vector<std::string> records;
};

class FakeIngest : public IngestPort {
 public:
  std::shared_ptr<StreamIntake> Find(std::string_view name) const override {
    return name == intake->stream.name ? intake : nullptr;
  }
  asio::awaitable<StatusOr<MemoryReservation>> Admit(uint64_t bytes) override {
    asked.push_back(bytes);
    MemoryReservation reservation = budget.TryReserve(bytes);
    if (reservation.bytes() == 0) co_return ResourceExhausted("memory");
    co_return std::move(reservation);
  }
  ArenaPool& arena_pool() override { return pool; }

  ArenaPool pool{1 << 20};
  MemoryBudget budget{64 << 20};
  std::shared_ptr<FakeIntake> intake = std::make_shared<FakeIntake>();
  std::vector<uint64_t> asked;
};

class FakeControlPlane : public ControlPlane {
 public:
  asio::awaitable<ApiReply> Call(ChangeAuthor author, std::string body) override {
    calls.emplace_back(std::move(author.operation), std::move(body));
    co_return reply;
  }
  std::vector<std::pair<std::string, std::string>> calls;
  ApiReply reply = "{}";
};

class FakeExchange : public HttpExchange {
 public:
  FakeExchange(ArenaPool& pool, HttpRequestHead head, std::string body)
      : pool_(pool), head_(std::move(head)), body_(std::move(body)), length(body_.size()) {}
  const HttpRequestHead& head() const override { return head_; }
  uint64_t content_length() const override { return length; }
  asio::awaitable<StatusOr<HttpBody>> ReadBody(uint64_t bytes_max) override {
    ++reads;
    if (!read_status.ok()) co_return read_status;
    if (body_.size() > bytes_max) co_return ResourceExhausted("body");
    HttpBody body{pool_.Allocate(body_.size() + HttpBody::kPadding), body_.size()};
    std::memcpy(body.arena.data(), body_.data(), body_.size());
    co_return std::move(body);
  }
  void LimitBodyTime(uint64_t /*bytes*/) override {}
  asio::awaitable<StatusOr<size_t>> ReadSome(std::span<char> buffer) override {
    const size_t n = std::min({buffer.size(), body_.size() - sent, size_t{10'000}});
    std::memcpy(buffer.data(), body_.data() + sent, n);
    sent += n;
    if (on_read) on_read();
    co_return n;
  }
  asio::awaitable<Status> Respond(HttpResponse response) override {
    EXPECT_FALSE(answer.has_value()) << "answered twice";
    answer = std::move(response);
    co_return absl::OkStatus();
  }

 private:
  ArenaPool& pool_;
  HttpRequestHead head_;
  std::string body_;

 public:
  uint64_t length;
  int reads = 0;
  size_t sent = 0;  // by ReadSome
  std::function<void()> on_read;
  Status read_status;
  std::optional<HttpResponse> answer;
};

HttpRequestHead HeadFor(std::string_view target) {
  return {.method = "POST",
          .target = "/",
          .path = "/",
          .headers = {{"Host", "localhost"},
                      {"content-type", "application/x-amz-json-1.1"},
                      {"X-AMZ-TARGET", target}}};
}

constexpr std::string_view kPutTarget = "Firehose_20150804.PutRecord";
constexpr std::string_view kBatchTarget = "Firehose_20150804.PutRecordBatch";
constexpr char kPutBody[] = R"({"DeliveryStreamName":"web","Record":{"Data":"QQ=="}})";
constexpr char kBatchBody[] =
    R"({"Records":[{"Data":"QQ=="},{"Data":""},{"Data":"QUI="}],"DeliveryStreamName":"web"})";

class FirehoseApiSourceTest : public ::testing::Test {
 protected:
  FirehoseApiSourceTest() {
    ingest_.intake->stream.name = "web";
    ingest_.intake->stream.type = "DirectPut";
    Restart();
  }
  ~FirehoseApiSourceTest() override {
    EXPECT_EQ(ingest_.budget.used(), 0u) << "every reservation ends with its request";
    EXPECT_EQ(ingest_.pool.bytes_in_use(), 0u);
  }

  void Restart() {
    router_ = std::make_unique<HttpRouter>();
    metrics_ = std::make_unique<MetricRegistry>();
    source_ = MakeSource();
  }
  std::unique_ptr<FirehoseApiSource> MakeSource() {
    auto source = std::make_unique<FirehoseApiSource>(SourceContext{.config = &config_,
                                                                    .ingest = &ingest_,
                                                                    .control = &control_,
                                                                    .router = router_.get(),
                                                                    .metrics = metrics_.get(),
                                                                    .clock = &Clock::System(),
                                                                    .entropy = &Entropy::System(),
                                                                    .audit = audit_.get()});
    EXPECT_TRUE(source->Start().ok());
    return source;
  }
  void Run(FakeExchange& exchange) {
    const auto handle = [&]() -> asio::awaitable<bool> {
      co_await router_->Handle(exchange);
      co_return true;
    };
    asio::io_context context;
    testing::RunCoroutine<bool>(context, handle());
  }
  HttpResponse Send(HttpRequestHead head, std::string_view body) {
    FakeExchange exchange(ingest_.pool, std::move(head), std::string(body));
    Run(exchange);
    EXPECT_TRUE(exchange.answer.has_value());
    HttpResponse answer = exchange.answer.value_or(HttpResponse{});
    EXPECT_EQ(answer.headers.size(), 1u);
    EXPECT_EQ(answer.headers.at(0).first, "x-amzn-RequestId");
    EXPECT_THAT(answer.headers.at(0).second,
                MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"));
    return answer;
  }
  HttpResponse Send(std::string_view target, std::string_view body) {
    return Send(HeadFor(target), body);
  }
  void ExpectError(const HttpResponse& answer, int status, std::string_view type,
                   std::string_view message) {
    EXPECT_EQ(answer.status, status) << answer.body;
    EXPECT_EQ(answer.content_type, "application/x-amz-json-1.1");
    const auto json = nlohmann::json::parse(answer.body);
    EXPECT_EQ(json["__type"], type);
    EXPECT_THAT(json.value("message", ""), HasSubstr(std::string(message)));
    EXPECT_TRUE(ingest_.intake->records.empty());
  }
  std::string Metric(std::string_view series) {
    const std::string text = metrics_->Expose();
    const std::string start = "\n" + std::string(series) + " ";
    const size_t at = text.find(start);
    if (at == std::string::npos) return "none";
    const size_t from = at + start.size();
    return text.substr(from, text.find('\n', from) - from);
  }

  NodeConfig config_;
  FakeIngest ingest_;
  FakeControlPlane control_;
  std::unique_ptr<HttpRouter> router_;
  std::unique_ptr<MetricRegistry> metrics_;
  std::unique_ptr<AuditLog> audit_;
  std::unique_ptr<FirehoseApiSource> source_;
};

TEST_F(FirehoseApiSourceTest, AnswersWhatIsNoCallAsAwsDoes) {
  HttpRequestHead get = HeadFor(kPutTarget);
  get.method = "GET";
  HttpResponse answer = Send(get, "");
  EXPECT_EQ(answer.status, 403);
  EXPECT_THAT(answer.body, HasSubstr("<AccessDeniedException>"));
  HttpRequestHead plain = HeadFor("");
  plain.headers[1].second = "text/plain";
  EXPECT_EQ(Send(plain, kPutBody).status, 403);
  plain.headers[2].second = kPutTarget;
  answer = Send(plain, kPutBody);
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.body, "<UnknownOperationException/>\n");
  EXPECT_EQ(Metric("hydrant_api_misdirected_requests_total"), "3");
}

TEST_F(FirehoseApiSourceTest, RefusesUnknownOperations) {
  for (const char* target :
       {"", "Firehose_20150804.", "Firehose_20150804.putRecord", "Firehose_20150804.PutRecords",
        "Kinesis_20131202.PutRecord", "PutRecord", "Firehose_20150804.PutRecord.x"}) {
    ExpectError(Send(target, kPutBody), 400, "UnknownOperationException", "");
  }
  EXPECT_TRUE(control_.calls.empty());
  HttpRequestHead charset = HeadFor(kPutTarget);
  charset.headers[1].second = "Application/X-Amz-Json-1.1; charset=utf-8";
  EXPECT_EQ(Send(charset, kPutBody).status, 200);
}

TEST_F(FirehoseApiSourceTest, RefusesBadBodies) {
  ExpectError(Send(kPutTarget, ""), 400, "SerializationException", "JSON");
  ExpectError(Send(kBatchTarget, "{"), 400, "SerializationException", "JSON");
  ExpectError(Send(kBatchTarget, "{}"), 400, "ValidationException", "2 validation errors");
  ExpectError(Send(kPutTarget, kBatchBody), 400, "ValidationException", "'record'");
}

TEST_F(FirehoseApiSourceTest, RefusesUnknownStreamsAndOtherSources) {
  const char* other = R"({"DeliveryStreamName":"other","Record":{"Data":""}})";
  ExpectError(Send(kPutTarget, other), 400, "ResourceNotFoundException",
              "Firehose other under account 000000000000 not found.");
  ingest_.intake->stream.type = "KinesisStreamAsSource";
  ExpectError(Send(kPutTarget, kPutBody), 400, "InvalidArgumentException",
              "This operation is not permitted on KinesisStreamAsSource delivery stream type.");
}

TEST_F(FirehoseApiSourceTest, RefusesBodiesThatAreTooLargeWithoutReadingThem) {
  FakeExchange declared(ingest_.pool, HeadFor(kBatchTarget), "");
  declared.length = kPutBodyBytesMax + 1;
  Run(declared);
  EXPECT_EQ(declared.reads, 0);
  EXPECT_TRUE(ingest_.asked.empty());
  ExpectError(*declared.answer, 413, "RequestEntityTooLargeException", "8388608");

  FakeExchange chunked(ingest_.pool, HeadFor(kBatchTarget), std::string(kPutBodyBytesMax + 1, ' '));
  chunked.length = HttpExchange::kChunked;
  Run(chunked);
  ExpectError(*chunked.answer, 413, "RequestEntityTooLargeException", "");
  EXPECT_EQ(ingest_.asked.size(), 1u);

  FakeExchange control(ingest_.pool, HeadFor("Firehose_20150804.ListDeliveryStreams"), "");
  control.length = kControlBodyBytesMax + 1;
  Run(control);
  ExpectError(*control.answer, 413, "RequestEntityTooLargeException", "1048576");
}

TEST_F(FirehoseApiSourceTest, AsksForMemoryBeforeItReads) {
  const MemoryReservation hog = ingest_.budget.TryReserve(ingest_.budget.limit() - 100);
  FakeExchange exchange(ingest_.pool, HeadFor(kPutTarget), kPutBody);
  Run(exchange);
  EXPECT_EQ(exchange.reads, 0);
  ExpectError(*exchange.answer, 503, "ServiceUnavailableException", "Slow down.");
  EXPECT_THAT(ingest_.asked, ElementsAre(ArenaPool::CapacityFor(sizeof(kPutBody) - 1 + 64) +
                                         PutBatchMemoryBytes(sizeof(kPutBody) - 1)));
  EXPECT_EQ(Metric(R"(hydrant_api_requests_total{operation="PutRecord",result="throttled"})"), "1");
}

TEST_F(FirehoseApiSourceTest, TellsStalledBodiesAndLeavesBrokenConnections) {
  FakeExchange stalled(ingest_.pool, HeadFor(kPutTarget), kPutBody);
  stalled.read_status = absl::DeadlineExceededError("slow");
  Run(stalled);
  ExpectError(*stalled.answer, 408, "RequestTimeoutException", "");
  FakeExchange broken(ingest_.pool, HeadFor(kPutTarget), kPutBody);
  broken.read_status = Unavailable("reset");
  Run(broken);
  EXPECT_FALSE(broken.answer.has_value());
  EXPECT_EQ(Metric(R"(hydrant_api_requests_total{operation="PutRecord",result="aborted"})"), "1");
}

TEST_F(FirehoseApiSourceTest, PassesPushbackAndFailuresOn) {
  ingest_.intake->status = ResourceExhausted("log quota");
  ExpectError(Send(kBatchTarget, kBatchBody), 503, "ServiceUnavailableException", "Slow down.");
  EXPECT_EQ(Metric(R"(hydrant_throttled_records_total{operation="PutRecordBatch",stream="web"})"),
            "3");
  ingest_.intake->status = NotFound("deleted");
  ExpectError(Send(kPutTarget, kPutBody), 400, "ResourceNotFoundException", "Firehose web under");
  ingest_.intake->status = Unavailable("stopping");
  ExpectError(Send(kPutTarget, kPutBody), 503, "ServiceUnavailableException", "stopping");
  ingest_.intake->status = DataLoss("the disk at /secret/path broke");
  const HttpResponse answer = Send(kPutTarget, kPutBody);
  ExpectError(answer, 500, "InternalFailure", "could not be stored");
  EXPECT_THAT(answer.body, Not(HasSubstr("/secret")));
}

TEST_F(FirehoseApiSourceTest, TakesNothingNewWhileDraining) {
  source_->Drain();
  ExpectError(Send(kPutTarget, kPutBody), 503, "ServiceUnavailableException", "stopping");
  ExpectError(Send("Firehose_20150804.ListDeliveryStreams", "{}"), 503,
              "ServiceUnavailableException", "stopping");
}

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

TEST_F(FirehoseApiSourceTest, PutRecordIsStoredAndAnswered) {
  for (const char* id : {"id-00000000000000000000", "id-00000000000000000001"}) {
    const HttpResponse answer = Send(kPutTarget, kPutBody);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.content_type, "application/x-amz-json-1.1");
    EXPECT_EQ(answer.body, R"({"RecordId":")" + std::string(id) + R"(","Encrypted":false})");
  }
  EXPECT_THAT(ingest_.intake->records, ElementsAre("A", "A"));
}

TEST_F(FirehoseApiSourceTest, PutRecordBatchIsStoredAndAnsweredInOrder) {
  FakeExchange exchange(ingest_.pool, HeadFor(kBatchTarget), kBatchBody);
  exchange.length = HttpExchange::kChunked;
  Run(exchange);
  EXPECT_EQ(exchange.answer->body,
            R"({"FailedPutCount":0,"Encrypted":false,"RequestResponses":[)"
            R"({"RecordId":"id-00000000000000000000"},{"RecordId":"id-00000000000000000001"},)"
            R"({"RecordId":"id-00000000000000000002"}]})");
  EXPECT_THAT(ingest_.intake->records, ElementsAre("A", "", "AB"));
  const std::string labels = R"({operation="PutRecordBatch",stream="web"})";
  EXPECT_EQ(Metric("hydrant_incoming_records_total" + labels), "3");
  EXPECT_EQ(Metric("hydrant_incoming_bytes_total" + labels), "3");
  EXPECT_EQ(Metric("hydrant_incoming_put_requests_total" + labels), "1");
  EXPECT_EQ(Metric(R"(hydrant_api_requests_total{operation="PutRecordBatch",result="ok"})"), "1");
  EXPECT_EQ(Metric(R"(hydrant_put_latency_seconds_count{operation="PutRecordBatch"})"), "1");
}

TEST_F(FirehoseApiSourceTest, CountsAfreshForAStreamMadeAgain) {
  const std::string series =
      R"(hydrant_incoming_records_total{operation="PutRecord",stream="web"})";
  Send(kPutTarget, kPutBody);
  EXPECT_EQ(Metric(series), "1");
  metrics_->RemoveLabelled("stream", "web");
  ingest_.intake = std::make_shared<FakeIntake>();
  ingest_.intake->stream.name = "web";
  ingest_.intake->stream.type = "DirectPut";
  Send(kPutTarget, kPutBody);
  EXPECT_EQ(Metric(series), "1");
}

TEST_F(FirehoseApiSourceTest, OtherOperationsGoToTheControlPlane) {
  control_.reply = R"({"DeliveryStreamARN":"arn"})";
  const std::string body = R"({"DeliveryStreamName":"new"})";
  EXPECT_EQ(Send("Firehose_20150804.CreateDeliveryStream", body).body,
            R"({"DeliveryStreamARN":"arn"})");
  EXPECT_THAT(control_.calls,
              ElementsAre(std::pair<std::string, std::string>("CreateDeliveryStream", body)));
  control_.reply = ApiError{"ResourceInUseException", "Firehose new already exists", 400};
  ExpectError(Send("Firehose_20150804.CreateDeliveryStream", body), 400, "ResourceInUseException",
              "already exists");
}

}  // namespace
}  // namespace hydrant::firehose_api
