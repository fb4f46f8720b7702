// Uploads against a scripted server: what is sent, and what comes of every way it can fail.
#include "sinks/s3/upload.h"

#include "engine/testing/coroutine.h"
#include "engine/testing/http_test_server.h"
#include "engine/testing/status_matchers.h"

#include <mutex>

namespace hydrant::s3 {
namespace {

using ::hydrant::testing::HttpTestReply;
using ::hydrant::testing::HttpTestRequest;
using ::hydrant::testing::HttpTestServer;
using ::hydrant::testing::MakeReply;
using ::testing::HasSubstr;

constexpr char kCreated[] =
    "<InitiateMultipartUploadResult><UploadId>id/1+</UploadId></InitiateMultipartUploadResult>";
constexpr char kCompleted[] =
    "<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>";

// Which step of a multipart upload a request is.
std::string StepOf(const HttpTestRequest& request) {
  if (request.method == "DELETE") return "abort";
  if (request.method == "POST")
    return request.target.ends_with("?uploads=") ? "create" : "complete";
  const size_t number = request.target.find("partNumber=");
  return number == std::string::npos ? "put" : "part" + request.target.substr(number + 11, 1);
}

class UploadTest : public ::testing::Test {
 protected:
  // Answers a step with `reply`, every other as a good server would.
  void FailAt(std::string step, HttpTestReply reply) {
    failing_step_ = std::move(step);
    failing_reply_ = std::move(reply);
  }

  HttpTestReply Handle(const HttpTestRequest& request) {
    std::lock_guard lock(mutex_);
    const std::string step = StepOf(request);
    seen_[step] = request;
    if (step == failing_step_) return failing_reply_;
    if (step == "create") return MakeReply(200, kCreated);
    if (step == "complete") return MakeReply(200, kCompleted);
    return MakeReply(step == "abort" ? 204 : 200, "", "ETag: \"etag-" + step + "\"\r\n");
  }

  DeliveryOutcome Upload(std::string_view body, HttpHeaders headers = {}) {
    NodeConfig config;
    config.s3.endpoint = server_.url();
    config.s3.payload_signing = signing_;
    StatusOr<S3Target> target = ResolveTarget(config, "bucket");
    EXPECT_OK(target);
    S3Client client(*target, *http_, aws::MakeStaticCredentials({"AKID", "secret", "session"}),
                    Clock::System(), absl::Seconds(10));
    const UploadOptions options{std::move(headers), 1, false};
    const Payload payload{{body}, body.size(), {}, 0};
    return testing::RunCoroutine(context_, UploadObject(client, options, "a b/k", payload));
  }

  std::mutex mutex_;
  std::map<std::string, HttpTestRequest> seen_;
  std::string failing_step_;
  HttpTestReply failing_reply_;
  PayloadSigning signing_ = PayloadSigning::kAlways;
  HttpTestServer server_{[this](const HttpTestRequest& request) { return Handle(request); }};
  boost::asio::io_context context_;
  std::unique_ptr<HttpClient> http_ = MakeCurlHttpClient(context_.get_executor(), {});
  const std::string large_ =
      std::string(kPartBytesMin, 'a') + std::string(kPartBytesMin, 'b') + "c";
};

TEST_F(UploadTest, PutCarriesChecksumsAndHeaders) {
  EXPECT_EQ(Upload("123456789", {{"Content-Encoding", "gzip"}}).kind, OutcomeKind::kDelivered);
  HttpTestRequest& put = seen_["put"];
  EXPECT_EQ(put.target, "/bucket/a%20b/k");
  EXPECT_EQ(put.body, "123456789");
  EXPECT_EQ(put.headers["x-amz-checksum-crc32c"], "4waSgw==");
  EXPECT_EQ(put.headers["x-amz-content-sha256"],
            "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225");
  EXPECT_EQ(put.headers["content-encoding"], "gzip");
  EXPECT_EQ(put.headers["x-amz-security-token"], "session");
  EXPECT_EQ(put.headers.count("expect"), 0u);
  EXPECT_EQ(seen_.size(), 1u);
}

TEST_F(UploadTest, UnsignedPayloadsSayThatAndKeepTheirChecksum) {
  signing_ = PayloadSigning::kNever;
  EXPECT_EQ(Upload("123456789").kind, OutcomeKind::kDelivered);
  EXPECT_EQ(seen_["put"].headers["x-amz-content-sha256"], "UNSIGNED-PAYLOAD");
  EXPECT_EQ(seen_["put"].headers["x-amz-checksum-crc32c"], "4waSgw==");
}

TEST_F(UploadTest, MultipartSendsEveryPartOnceAndCompletes) {
  EXPECT_EQ(Upload(large_, {{"Content-Type", "application/octet-stream"}}).kind,
            OutcomeKind::kDelivered);
  EXPECT_EQ(seen_["create"].headers["content-type"], "application/octet-stream");
  EXPECT_EQ(seen_["create"].headers["x-amz-checksum-algorithm"], "CRC32C");
  EXPECT_TRUE(seen_["part1"].body == std::string(kPartBytesMin, 'a'));
  EXPECT_TRUE(seen_["part2"].body == std::string(kPartBytesMin, 'b'));
  EXPECT_EQ(seen_["part3"].body, "c");
  EXPECT_THAT(seen_["part3"].target, HasSubstr("uploadId=id%2F1%2B"));
  EXPECT_THAT(seen_["complete"].body,
              HasSubstr("<Part><ETag>&quot;etag-part2&quot;</ETag><PartNumber>2</PartNumber>"));
  EXPECT_EQ(seen_.count("abort"), 0u);
}

TEST_F(UploadTest, AnyFailedStepAbortsAndIsTheOutcome) {
  for (const char* step : {"part1", "part3", "complete"}) {
    seen_.clear();
    FailAt(step, MakeReply(503, "<Error><Code>SlowDown</Code></Error>", "Retry-After: 3\r\n"));
    const DeliveryOutcome outcome = Upload(large_);
    EXPECT_EQ(outcome.kind, OutcomeKind::kRetry) << step;
    EXPECT_EQ(outcome.error_code, "S3.SlowDown");
    EXPECT_EQ(outcome.retry_after, absl::Seconds(3));
    EXPECT_EQ(seen_.count("abort"), 1u) << step;
  }
}

TEST_F(UploadTest, FailedCreateHasNothingToAbort) {
  FailAt("create", MakeReply(403, "<Error><Code>AccessDenied</Code></Error>"));
  EXPECT_EQ(Upload(large_).error_code, "S3.AccessDenied");
  FailAt("create", MakeReply(200, "<InitiateMultipartUploadResult/>"));
  EXPECT_EQ(Upload(large_).error_code, "S3.InvalidResponse");
  EXPECT_EQ(seen_.size(), 1u);
}

TEST_F(UploadTest, CompleteMayFailBehindAStatusOf200) {
  for (const char* body :
       {"  \n<?xml version=\"1.0\"?>\n<Error><Code>InternalError</Code></Error>", "", "<html>"}) {
    seen_.clear();
    FailAt("complete", MakeReply(200, body));
    EXPECT_EQ(Upload(large_).kind, OutcomeKind::kRetry) << body;
    EXPECT_EQ(seen_.count("abort"), 1u);
  }
}

TEST_F(UploadTest, PartWithoutETagOrAConnectionFails) {
  FailAt("part2", MakeReply(200, ""));
  EXPECT_EQ(Upload(large_).error_code, "S3.InvalidResponse");
  FailAt("part2", {"", HttpTestReply::Then::kReset});
  DeliveryOutcome part = Upload(large_);
  EXPECT_EQ(part.error_code, "S3.ConnectionFailed");
  EXPECT_FALSE(part.ambiguous) << "without the last call there is no object";
  FailAt("complete", {"", HttpTestReply::Then::kReset});
  EXPECT_TRUE(Upload(large_).ambiguous);
  FailAt("put", {"", HttpTestReply::Then::kReset});
  const DeliveryOutcome outcome = Upload("x");
  EXPECT_EQ(outcome.error_code, "S3.ConnectionFailed");
  EXPECT_EQ(outcome.severity, Severity::kTransient);
  EXPECT_TRUE(outcome.ambiguous);
}

TEST(PartBytes, StaysWithinTheLimitsOfS3) {
  EXPECT_EQ(PartBytes(1, 16 << 20), 16u << 20);
  EXPECT_EQ(PartBytes(100 << 20, 1), kPartBytesMin);
  const uint64_t huge = uint64_t{5} << 40;
  const uint64_t part = PartBytes(huge, 16 << 20);
  EXPECT_LE((huge + part - 1) / part, kPartsMax);
}

}  // namespace
}  // namespace hydrant::s3
