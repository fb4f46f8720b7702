#include "sources/firehose_api/firehose_api_fixture.h"

namespace hydrant::firehose_api {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

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
