#include "sinks/s3/target.h"

#include "engine/testing/status_matchers.h"

namespace hydrant::s3 {
namespace {

using ::hydrant::testing::StatusIs;
using ::testing::HasSubstr;

NodeConfig Config(std::string endpoint, std::string region = "", bool path_style = false) {
  NodeConfig config;
  config.s3.endpoint = std::move(endpoint);
  config.s3.region = std::move(region);
  config.s3.path_style = path_style;
  return config;
}

TEST(S3Target, RefusesWhatIsNoBucket) {
  for (const char* bucket : {"", "a/b", "..", ".hidden", "a b", "a\nb", "a?b"}) {
    EXPECT_THAT(ResolveTarget(Config(""), bucket), StatusIs(absl::StatusCode::kInvalidArgument))
        << bucket;
  }
}

TEST(S3Target, RefusesWhatIsNoEndpoint) {
  for (const char* endpoint :
       {"s3.example.com", "ftp://h", "http://", "https://u:p@h", "http://h?x", "http://h h"}) {
    EXPECT_THAT(ResolveTarget(Config(endpoint), "bucket"),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("s3.endpoint")))
        << endpoint;
  }
}

TEST(S3Target, BaseUrls) {
  const struct {
    NodeConfig config;
    const char* bucket;
    const char* base_url;
  } cases[] = {
      {Config(""), "logs", "https://logs.s3.us-east-1.amazonaws.com"},
      {Config("", "eu-west-1"), "logs", "https://logs.s3.eu-west-1.amazonaws.com"},
      {Config("", "cn-north-1"), "logs", "https://logs.s3.cn-north-1.amazonaws.com.cn"},
      {Config("", "", true), "logs", "https://s3.us-east-1.amazonaws.com/logs"},
      {Config(""), "my.logs", "https://s3.us-east-1.amazonaws.com/my.logs"},
      {Config(""), "Old_Bucket", "https://s3.us-east-1.amazonaws.com/Old_Bucket"},
      {Config("http://127.0.0.1:9000"), "logs", "http://127.0.0.1:9000/logs"},
      {Config("http://[::1]:9000/"), "logs", "http://[::1]:9000/logs"},
      {Config("http://minio:9000"), "logs", "http://minio:9000/logs"},
      {Config("https://s3.example.com/"), "logs", "https://logs.s3.example.com"},
      {Config("https://example.com/s3", "", true), "logs", "https://example.com/s3/logs"},
  };
  for (const auto& c : cases) {
    const StatusOr<S3Target> target = ResolveTarget(c.config, c.bucket);
    ASSERT_OK(target);
    EXPECT_EQ(target->base_url, c.base_url);
  }
}

TEST(S3Target, PayloadsAreSignedWhereNothingElseProtectsThem) {
  const struct {
    const char* endpoint;
    bool by_default;
  } cases[] = {
      {"", false},
      {"https://s3.example.com", false},
      {"http://s3.example.com", true},
      {"http://minio:9000", true},
      {"http://10.0.0.7:9000", true},
      {"http://localhost.example.com", true},
      {"http://127.0.0.1.example.com", true},
      {"http://127.0.0.1:9000", false},
      {"http://[::1]:9000", false},
      {"http://localhost:9000", false},
  };
  for (const auto& c : cases) {
    NodeConfig config = Config(c.endpoint);
    EXPECT_EQ(ResolveTarget(config, "logs")->signs_payload, c.by_default) << c.endpoint;
    config.s3.payload_signing = PayloadSigning::kAlways;
    EXPECT_TRUE(ResolveTarget(config, "logs")->signs_payload) << c.endpoint;
    config.s3.payload_signing = PayloadSigning::kNever;
    EXPECT_FALSE(ResolveTarget(config, "logs")->signs_payload) << c.endpoint;
  }
}

TEST(S3Target, KeysAreEncodedOnce) {
  const StatusOr<S3Target> target = ResolveTarget(Config("http://127.0.0.1:1"), "b");
  ASSERT_OK(target);
  EXPECT_EQ(target->Url("a b/ü+=!%20", ""), "http://127.0.0.1:1/b/a%20b/%C3%BC%2B%3D%21%2520");
  EXPECT_EQ(target->Url("", "x=1"), "http://127.0.0.1:1/b/?x=1");
}

}  // namespace
}  // namespace hydrant::s3
