// The sink against a real S3 server, when HYDRANT_TEST_S3_ENDPOINT, _ACCESS_KEY, _SECRET_KEY and _BUCKET
// (an existing bucket) name one; _CA_FILE for a server with a certificate of one's own. Objects are read back by signed requests of the test's own.
#include "sinks/s3/s3_sink.h"

#include "engine/io/aws/request_signer.h"
#include "engine/io/aws/sigv4.h"
#include "engine/testing/coroutine.h"
#include "engine/testing/status_matchers.h"
#include "sinks/s3/target.h"

#include <cstdlib>

namespace hydrant::s3 {

extern const SinkSpec kSpec;

namespace {

using ::hydrant::testing::RunCoroutine;
using ::hydrant::testing::StatusIs;
using ::testing::AnyOf;
using ::testing::HasSubstr;

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

class S3SinkTest : public ::testing::Test {
 protected:
  void SetUp() override {
    config_.s3.endpoint = Environment("HYDRANT_TEST_S3_ENDPOINT");
    if (config_.s3.endpoint.empty()) GTEST_SKIP() << "HYDRANT_TEST_S3_ENDPOINT is not set";
    config_.s3.access_key_id = Environment("HYDRANT_TEST_S3_ACCESS_KEY");
    config_.s3.secret_access_key = Environment("HYDRANT_TEST_S3_SECRET_KEY");
    config_.s3.path_style = true;
    stream_.name = "test";
    stream_.s3.emplace();
    stream_.s3->bucket = Environment("HYDRANT_TEST_S3_BUCKET");
    prefix_ = "hydrant-test/" + MakeUuid(Entropy::System()) + "/";
  }

  std::unique_ptr<Sink> MakeSink() {
    SinkContext context{
        &config_,         http_.get(),       context_.get_executor(), context_.get_executor(),
        &Clock::System(), &Entropy::System()};
    StatusOr<std::unique_ptr<Sink>> sink = kSpec.create(stream_, context);
    EXPECT_OK(sink);
    return std::move(*sink);
  }

  DeliveryOutcome Deliver(Sink& sink, std::string key, std::vector<std::string_view> pieces) {
    auto chunk = std::make_shared<Chunk>();
    chunk->seal.name = std::move(key);
    Delivery delivery{chunk, {}, 1};
    delivery.payload.pieces = std::move(pieces);
    for (std::string_view piece : delivery.payload.pieces) delivery.payload.size += piece.size();
    return RunCoroutine(context_, sink.Deliver(delivery));
  }

  // Status and body of a request of ours, apart from the sink.
  HttpClientResponse Ask(const std::string& method, const std::string& key,
                         const std::string& query = "") {
    const StatusOr<S3Target> target = ResolveTarget(config_, stream_.s3->bucket);
    EXPECT_OK(target);
    HttpClientRequest request;
    request.method = method;
    request.url = target->Url(key, query);
    request.response_bytes_max = 64 << 20;
    aws::RequestSigner signer("s3", target->region);
    EXPECT_OK(signer.Sign(request, aws::Sha256Hex(""),
                          {config_.s3.access_key_id, config_.s3.secret_access_key, ""},
                          absl::Now()));
    StatusOr<HttpClientResponse> response = RunCoroutine(context_, http_->Send(request));
    EXPECT_OK(response);
    return std::move(*response);
  }

  boost::asio::io_context context_;
  std::unique_ptr<HttpClient> http_ = MakeCurlHttpClient(
      context_.get_executor(), {.ca_file = Environment("HYDRANT_TEST_S3_CA_FILE")});
  NodeConfig config_;
  StreamDefinition stream_;
  std::string prefix_;
};

TEST_F(S3SinkTest, PutsAnObjectAndOverwritesIt) {
  auto sink = MakeSink();
  const std::string key = prefix_ + "object";
  DeliveryOutcome outcome = Deliver(*sink, key, {"first ", "attempt"});
  EXPECT_EQ(outcome.kind, OutcomeKind::kDelivered) << outcome.error_message;
  EXPECT_EQ(Ask("GET", key).body, "first attempt");
  outcome = Deliver(*sink, key, {"second"});
  EXPECT_EQ(outcome.kind, OutcomeKind::kDelivered) << outcome.error_message;
  const HttpClientResponse read = Ask("GET", key);
  EXPECT_EQ(read.body, "second");
  EXPECT_EQ(read.Header("content-type"), "application/octet-stream");
}

TEST_F(S3SinkTest, EmptyObject) {
  auto sink = MakeSink();
  EXPECT_EQ(Deliver(*sink, prefix_ + "empty", {}).kind, OutcomeKind::kDelivered);
  EXPECT_EQ(Ask("GET", prefix_ + "empty").status, 200);
}

TEST_F(S3SinkTest, ContentEncodingOfGzip) {
  stream_.s3->object.compression = CompressionFormat::kGzip;
  auto sink = MakeSink();
  EXPECT_EQ(Deliver(*sink, prefix_ + "z.gz", {"x"}).kind, OutcomeKind::kDelivered);
  EXPECT_EQ(Ask("HEAD", prefix_ + "z.gz").Header("content-encoding"), "gzip");
}

TEST_F(S3SinkTest, OddKeys) {
  auto sink = MakeSink();
  for (const char* name : {"a b", "plus+plus", "year=2026/x", "bang!", "ünïcödé-日本", "a'b(c)*d",
                           "%41", "semi;colon,comma", "q?x=1&y#z", "tilde~", "at@x:y$"}) {
    const std::string key = prefix_ + name;
    const DeliveryOutcome outcome = Deliver(*sink, key, {name});
    EXPECT_EQ(outcome.kind, OutcomeKind::kDelivered) << name << " " << outcome.error_message;
    EXPECT_EQ(Ask("GET", key).body, name);
  }
}

TEST_F(S3SinkTest, MultipartAndItsRetry) {
  config_.s3.multipart_bytes = 1;  // parts of S3's minimum, 5 MiB
  auto sink = MakeSink();
  std::string body((12 << 20) + 345, '\0');
  for (size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>((i * 2654435761u) >> 13);
  const std::string_view view = body;
  const std::string key = prefix_ + "large +ü";
  for (int attempt = 0; attempt < 2; ++attempt) {
    const DeliveryOutcome outcome = Deliver(
        *sink, key, {view.substr(0, 7), view.substr(7, 6 << 20), view.substr((6 << 20) + 7)});
    EXPECT_EQ(outcome.kind, OutcomeKind::kDelivered) << outcome.error_code << outcome.error_message;
    EXPECT_TRUE(Ask("GET", key).body == body);
  }
  EXPECT_THAT(Ask("HEAD", key).Header("etag").find("-3"), ::testing::Ne(std::string::npos));
  EXPECT_EQ(Ask("GET", "", "uploads=").body.find("large"), std::string::npos);  // none left open
}

TEST_F(S3SinkTest, WrongSecretAndUnknownKey) {
  config_.s3.secret_access_key += "x";
  auto sink = MakeSink();
  DeliveryOutcome outcome = Deliver(*sink, prefix_ + "x", {"x"});
  EXPECT_EQ(outcome.kind, OutcomeKind::kRetry);
  EXPECT_EQ(outcome.severity, Severity::kOperator);
  EXPECT_EQ(outcome.error_code, "S3.SignatureDoesNotMatch");
  EXPECT_EQ(outcome.error_message.find(config_.s3.secret_access_key), std::string::npos);
  EXPECT_THAT(RunCoroutine(context_, sink->Probe()), StatusIs(absl::StatusCode::kPermissionDenied));

  config_.s3.access_key_id = "NOSUCHKEY";
  outcome = Deliver(*MakeSink(), prefix_ + "x", {"x"});
  // versitygw has a code of its own for it.
  EXPECT_THAT(outcome.error_code, AnyOf("S3.InvalidAccessKeyId", "S3.XAdminUserNotFound"));
  EXPECT_EQ(outcome.severity, Severity::kOperator);
}

TEST_F(S3SinkTest, MissingBucket) {
  stream_.s3->bucket = "no-such-bucket-of-hydrant";
  config_.s3.multipart_bytes = 1;
  auto sink = MakeSink();
  const std::string large(6 << 20, 'x');
  for (std::string_view body : {std::string_view("small"), std::string_view(large)}) {
    const DeliveryOutcome outcome = Deliver(*sink, "x", {body});
    EXPECT_EQ(outcome.kind, OutcomeKind::kRetry);
    EXPECT_EQ(outcome.severity, Severity::kOperator);
    EXPECT_EQ(outcome.error_code, "S3.NoSuchBucket");
  }
  EXPECT_THAT(RunCoroutine(context_, sink->Probe()),
              StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("S3.NoSuchBucket")));
}

TEST_F(S3SinkTest, ProbeOfABucketThatIsThere) {
  EXPECT_OK(RunCoroutine(context_, MakeSink()->Probe()));
}

}  // namespace
}  // namespace hydrant::s3
