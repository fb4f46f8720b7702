#include "sinks/file/file_sink.h"

#include "engine/testing/coroutine.h"
#include "engine/testing/status_matchers.h"
#include "engine/testing/temp_dir.h"

#include <filesystem>
#include <fstream>
#include <sstream>

namespace hydrant::file {

extern const SinkSpec kSpec;

namespace {

using ::hydrant::testing::StatusIs;
using ::testing::HasSubstr;

class FileSinkTest : public ::testing::Test {
 protected:
  FileSinkTest() {
    std::filesystem::create_directories(dir_.path() + "/buckets/my-bucket");
    config_.s3.endpoint = "file://" + dir_.path() + "/buckets/";
    stream_.name = "orders";
    stream_.s3.emplace();
    stream_.s3->bucket = "my-bucket";
    stream_.s3->object.prefix = "logs/";
  }
  StatusOr<std::unique_ptr<Sink>> Make() {
    SinkContext sink_context{
        &config_,         nullptr,           context_.get_executor(), context_.get_executor(),
        &Clock::System(), &Entropy::System()};
    return kSpec.create(stream_, sink_context);
  }

  testing::TempDir dir_;
  boost::asio::io_context context_;
  NodeConfig config_;
  StreamDefinition stream_;
};

TEST_F(FileSinkTest, ServesFileEndpointsOnly) {
  EXPECT_TRUE(kSpec.serves(config_));
  config_.s3.endpoint = "http://127.0.0.1:9000";
  EXPECT_FALSE(kSpec.serves(config_));
  config_.s3.endpoint = "";
  EXPECT_FALSE(kSpec.serves(config_));
}

TEST_F(FileSinkTest, RefusesBadSettings) {
  for (const char* bucket : {"", "a/b", "..", ".hydrant-tmp"}) {
    stream_.s3->bucket = bucket;
    EXPECT_THAT(Make(), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("BucketARN")))
        << bucket;
  }
  config_.s3.endpoint = "file://relative";
  EXPECT_THAT(Make(), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("s3.endpoint")));
}

TEST_F(FileSinkTest, RefusesBeforehandWhatCanNeverBeAPath) {
  const auto broken = [this](const std::string& prefix, const std::string& errors = "") {
    stream_.s3->object.prefix = prefix;
    stream_.s3->object.error_output_prefix = errors;
    std::string paths;
    for (const DefinitionProblem& problem : kSpec.check(stream_, config_)) {
      EXPECT_THAT(problem.text, HasSubstr(problem.path));
      paths += problem.path + " ";
    }
    return paths;
  };
  for (const char* prefix :
       {"", "logs/", "logs", "..a/b../", "!{timestamp:yyyy/MM}/", "a/!{timestamp:dd}"}) {
    EXPECT_EQ(broken(prefix, "e/!{firehose:error-output-type}/"), "") << prefix;
  }
  for (const char* prefix : {"../../escape/", "/abs/", "a/../b/", "a/./b/", "a//b/", "/",
                             ".hydrant-tmp/", "!{timestamp:yyyy}/../", "a/!{timestamp:/yyyy}/"}) {
    EXPECT_EQ(broken(prefix), "Prefix ") << prefix;
    EXPECT_EQ(broken("ok/", prefix), "ErrorOutputPrefix ") << prefix;
  }
  EXPECT_EQ(broken(std::string(300, 'n') + "/"), "Prefix ");
  for (const char* bucket : {"..", ".", ".hydrant-tmp"}) {
    stream_.s3->bucket = bucket;
    EXPECT_EQ(broken("logs/"), "BucketARN ") << bucket;
  }
}

TEST_F(FileSinkTest, DeliversAChunkUnderItsName) {
  ArenaPool pool(1 << 20);
  RecordBatchBuilder builder(pool, 64);
  builder.AddRecord("one\n");
  builder.AddRecord("two\n");
  auto chunk = std::make_shared<Chunk>();
  chunk->slices.push_back({std::move(builder).Build(absl::UnixEpoch()), 0, 2});
  chunk->seal.id = "6f1c7c1e-0000-4000-8000-000000000000";
  chunk->seal.oldest_arrival = absl::UnixEpoch();

  StatusOr<std::unique_ptr<Sink>> sink = Make();
  ASSERT_OK(sink);
  EXPECT_OK(testing::RunCoroutine(context_, (*sink)->Probe()));
  chunk->seal.name = (*sink)->NameChunk(chunk->seal);
  EXPECT_THAT(chunk->seal.name, HasSubstr("orders-1-1970-01-01-00-00-00-6f1c7c1e"));
  StatusOr<Payload> payload = (*sink)->Encode(*chunk);
  ASSERT_OK(payload);
  const Delivery delivery{chunk, *payload, 1};
  for (int attempt = 0; attempt < 2; ++attempt) {
    EXPECT_EQ(testing::RunCoroutine(context_, (*sink)->Deliver(delivery)).kind,
              OutcomeKind::kDelivered);
  }
  std::ifstream file(dir_.path() + "/buckets/my-bucket/" + chunk->seal.name);
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str(), "one\ntwo\n");
  EXPECT_EQ((*sink)->Describe(), "file://" + dir_.path() + "/buckets/my-bucket/logs/");
}

TEST_F(FileSinkTest, EscapingNameIsHeldForTheOperator) {
  auto chunk = std::make_shared<Chunk>();
  chunk->seal.name = "../../escaped";
  StatusOr<std::unique_ptr<Sink>> sink = Make();
  ASSERT_OK(sink);
  const Delivery delivery{chunk, {}, 1};
  const DeliveryOutcome outcome = testing::RunCoroutine(context_, (*sink)->Deliver(delivery));
  EXPECT_EQ(outcome.kind, OutcomeKind::kRetry);
  EXPECT_EQ(outcome.severity, Severity::kOperator);
  EXPECT_EQ(outcome.error_code, "File.InvalidKey");
}

TEST(ClassifyWrite, Table) {
  EXPECT_EQ(ClassifyWrite(absl::OkStatus()).kind, OutcomeKind::kDelivered);
  EXPECT_EQ(ClassifyWrite(absl::ResourceExhaustedError("x")).error_code, "File.DiskFull");
  EXPECT_EQ(ClassifyWrite(absl::ResourceExhaustedError("x")).severity, Severity::kOperator);
  EXPECT_EQ(ClassifyWrite(absl::PermissionDeniedError("x")).error_code, "File.AccessDenied");
  EXPECT_EQ(ClassifyWrite(absl::PermissionDeniedError("x")).severity, Severity::kOperator);
  EXPECT_EQ(ClassifyWrite(absl::FailedPreconditionError("x")).error_code, "File.NoSuchBucket");
  EXPECT_EQ(ClassifyWrite(absl::FailedPreconditionError("x")).severity, Severity::kOperator);
  EXPECT_EQ(ClassifyWrite(absl::InternalError("x")).severity, Severity::kTransient);
}

}  // namespace
}  // namespace hydrant::file
