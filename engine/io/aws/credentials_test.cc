#include "engine/io/aws/credentials.h"

#include "engine/io/aws/credential_sources.h"
#include "engine/io/aws/shared_files.h"
#include "engine/io/runtime.h"
#include "engine/testing/coroutine.h"
#include "engine/testing/http_test_server.h"
#include "engine/testing/status_matchers.h"
#include "engine/testing/temp_dir.h"

#include <boost/asio/co_spawn.hpp>

#include <cstdlib>
#include <fstream>
#include <future>
#include <mutex>
#include <thread>

namespace hydrant::aws {
namespace {

using ::hydrant::testing::HttpTestRequest;
using ::hydrant::testing::HttpTestServer;
using ::hydrant::testing::MakeReply;
using ::hydrant::testing::RunCoroutine;
using ::hydrant::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class FakeClock : public Clock {
 public:
  absl::Time Now() const override { return now; }
  absl::Time now = absl::FromUnixSeconds(1767225600);  // 2026-01-01T00:00:00Z
};

constexpr const char* kVariables[] = {"AWS_ACCESS_KEY_ID",
                                      "AWS_SECRET_ACCESS_KEY",
                                      "AWS_SESSION_TOKEN",
                                      "AWS_PROFILE",
                                      "AWS_SHARED_CREDENTIALS_FILE",
                                      "AWS_CONFIG_FILE",
                                      "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
                                      "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                                      "AWS_CONTAINER_AUTHORIZATION_TOKEN",
                                      "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
                                      "AWS_EC2_METADATA_DISABLED",
                                      "AWS_EC2_METADATA_SERVICE_ENDPOINT"};

class CredentialsTest : public ::testing::Test {
 protected:
  CredentialsTest() {
    for (const char* variable : kVariables) ::unsetenv(variable);
    ::setenv("HOME", dir_.path().c_str(), 1);
    ::setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
  }
  ~CredentialsTest() override {
    for (const char* variable : kVariables) ::unsetenv(variable);
  }

  StatusOr<Credentials> Get() { return RunCoroutine(context_, chain_->Get()); }
  void WriteFile(const std::string& name, const std::string& text) {
    std::ofstream(dir_.File(name)) << text;
  }

  testing::TempDir dir_;
  boost::asio::io_context context_;
  std::unique_ptr<HttpClient> http_ = MakeCurlHttpClient(context_.get_executor(), {});
  FakeClock clock_;
  std::unique_ptr<CredentialsProvider> chain_ = MakeDefaultCredentialsChain(*http_, clock_);
};

TEST(ParseProfile, FilesAsUsersWriteThem) {
  const std::string text =
      "# comment\n[default]\naws_access_key_id = AK1\n  nested = 1\n; "
      "more\nAWS_SECRET_ACCESS_KEY=s/+=1\r\n"
      "[profile  two ] # note\naws_access_key_id=AK2 # not part of it\nno "
      "setting\n[default]\naws_session_token = t\n[";
  auto settings = ParseProfile(text, SharedFileKind::kConfig, "default");
  ASSERT_TRUE(settings);
  EXPECT_EQ((*settings)["aws_access_key_id"], "AK1");
  EXPECT_EQ((*settings)["aws_secret_access_key"], "s/+=1");
  EXPECT_EQ((*settings)["aws_session_token"], "t");
  EXPECT_EQ(settings->count("nested"), 0u);
  settings = ParseProfile(text, SharedFileKind::kConfig, "two");
  ASSERT_TRUE(settings);
  EXPECT_EQ((*settings)["aws_access_key_id"], "AK2");
  EXPECT_FALSE(ParseProfile(text, SharedFileKind::kCredentials, "two"));
  EXPECT_FALSE(ParseProfile("[two]\nx=1\n", SharedFileKind::kConfig, "two"));
  EXPECT_FALSE(ParseProfile("", SharedFileKind::kConfig, ""));
}

TEST_F(CredentialsTest, NobodyHasAnyAndEveryPlaceIsNamed) {
  const StatusOr<Credentials> credentials = Get();
  EXPECT_THAT(credentials, StatusIs(absl::StatusCode::kUnauthenticated,
                                    AllOf(HasSubstr("AWS_ACCESS_KEY_ID"),
                                          HasSubstr("/.aws/credentials"), HasSubstr("/.aws/config"),
                                          HasSubstr("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"),
                                          HasSubstr("AWS_EC2_METADATA_DISABLED"))));
}

TEST_F(CredentialsTest, EnvironmentComesFirstAndHalfOfItIsAnError) {
  WriteFile("c", "[default]\naws_access_key_id=FILE\naws_secret_access_key=x\n");
  ::setenv("AWS_SHARED_CREDENTIALS_FILE", dir_.File("c").c_str(), 1);
  ::setenv("AWS_SECRET_ACCESS_KEY", "s3cret", 1);
  EXPECT_THAT(Get(), StatusIs(absl::StatusCode::kUnauthenticated,
                              AllOf(HasSubstr("only one of"), Not(HasSubstr("s3cret")))));
  ::setenv("AWS_ACCESS_KEY_ID", "ENV", 1);
  ::setenv("AWS_SESSION_TOKEN", "token", 1);
  const StatusOr<Credentials> credentials = Get();
  ASSERT_OK(credentials);
  EXPECT_EQ(credentials->access_key_id, "ENV");
  EXPECT_EQ(credentials->secret_access_key, "s3cret");
  EXPECT_EQ(credentials->session_token, "token");
}

TEST_F(CredentialsTest, SharedFilesAndProfiles) {
  WriteFile("c", "[default]\naws_access_key_id=FILE\naws_secret_access_key=x\n");
  WriteFile("f",
            "[profile other]\naws_access_key_id=CONFIG\naws_secret_access_key=y\n[profile "
            "half]\naws_access_key_id=H\n");
  ::setenv("AWS_SHARED_CREDENTIALS_FILE", dir_.File("c").c_str(), 1);
  ::setenv("AWS_CONFIG_FILE", dir_.File("f").c_str(), 1);
  EXPECT_EQ(SharedFileCredentials()->access_key_id, "FILE");
  ::setenv("AWS_PROFILE", "other", 1);
  EXPECT_EQ(SharedFileCredentials()->access_key_id, "CONFIG");
  ::setenv("AWS_PROFILE", "half", 1);
  EXPECT_THAT(SharedFileCredentials(), StatusIs(absl::StatusCode::kUnauthenticated));
  ::setenv("AWS_PROFILE", "absent", 1);
  EXPECT_THAT(SharedFileCredentials(),
              StatusIs(absl::StatusCode::kUnauthenticated, HasSubstr("absent")));
}

TEST_F(CredentialsTest, ContainerUris) {
  for (const char* uri :
       {"https://anything/x", "http://127.0.0.1:80/x", "http://localhost/x", "http://[::1]:1/x",
        "http://169.254.170.2/x", "http://169.254.170.23/v1", "http://[fd00:ec2::23]/v1"}) {
    EXPECT_TRUE(IsAllowedContainerUri(uri)) << uri;
  }
  for (const char* uri : {"", "http://", "http://example.com/x", "http://169.254.169.254/x",
                          "ftp://127.0.0.1/", "http://127.0.0.1@example.com/",
                          "http://127.0.0.1.example.com/", "http://localhost.evil/", "http://["}) {
    EXPECT_FALSE(IsAllowedContainerUri(uri)) << uri;
  }
  ::setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://example.com/", 1);
  EXPECT_THAT(Get(), StatusIs(absl::StatusCode::kUnauthenticated));
}

TEST_F(CredentialsTest, DocumentsThatAreNone) {
  for (const char* json :
       {"", "[]", "{", "{}", "{\"AccessKeyId\":1,\"SecretAccessKey\":2}",
        "{\"AccessKeyId\":\"a\",\"SecretAccessKey\":\"b\",\"Expiration\":\"soon\"}"}) {
    EXPECT_THAT(ParseCredentialsDocument(json), StatusIs(absl::StatusCode::kUnavailable)) << json;
  }
}

TEST_F(CredentialsTest, ContainerIsAskedAheadOfTheEndAndOldOnesServeMeanwhile) {
  int calls = 0;
  bool broken = false;
  std::string authorization;
  HttpTestServer server([&](const HttpTestRequest& request) {
    ++calls;
    authorization = request.headers.at("authorization");
    if (broken) return MakeReply(500, "");
    const char* expiration = calls == 1 ? "2026-01-01T01:00:00Z" : "2026-01-01T02:00:00Z";
    return MakeReply(200, "{\"AccessKeyId\":\"AK" + std::to_string(calls) +
                              "\",\"SecretAccessKey\":\"s\",\"Token\":\"t\",\"Expiration\":\"" +
                              expiration + "\"}");
  });
  WriteFile("token", "secret-token\n");
  ::setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", (server.url() + "/creds").c_str(), 1);
  ::setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", dir_.File("token").c_str(), 1);
  EXPECT_EQ(Get()->access_key_id, "AK1");
  EXPECT_EQ(authorization, "secret-token");
  EXPECT_EQ(Get()->access_key_id, "AK1");
  EXPECT_EQ(calls, 1);

  broken = true;
  clock_.now += absl::Minutes(56);  // within five minutes of the end
  EXPECT_EQ(Get()->access_key_id, "AK1");
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(Get()->access_key_id, "AK1");  // not asked again at once
  EXPECT_EQ(calls, 2);
  clock_.now += absl::Minutes(5);
  EXPECT_THAT(Get(), StatusIs(absl::StatusCode::kUnavailable, HasSubstr("HTTP 500")));
  broken = false;
  EXPECT_EQ(Get()->access_key_id, "AK4");
  chain_->Invalidate();
  EXPECT_EQ(Get()->access_key_id, "AK5");
}

TEST_F(CredentialsTest, InstanceMetadataWithItsToken) {
  HttpTestServer server([](const HttpTestRequest& request) {
    const std::string base = "/latest/meta-data/iam/security-credentials/";
    if (request.method == "PUT" && request.target == "/latest/api/token") {
      return request.headers.count("x-aws-ec2-metadata-token-ttl-seconds") ? MakeReply(200, "tok")
                                                                           : MakeReply(400, "");
    }
    const auto token = request.headers.find("x-aws-ec2-metadata-token");
    if (token == request.headers.end() || token->second != "tok") return MakeReply(401, "");
    if (request.target == base) return MakeReply(200, "my-role");
    if (request.target != base + "my-role") return MakeReply(404, "");
    return MakeReply(
        200,
        R"({"Code":"Success","AccessKeyId":"EC2","SecretAccessKey":"s","Token":"t","Expiration":"2026-01-01T06:00:00Z"})");
  });
  ::unsetenv("AWS_EC2_METADATA_DISABLED");
  ::setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", (server.url() + "/").c_str(), 1);
  const StatusOr<Credentials> credentials = Get();
  ASSERT_OK(credentials);
  EXPECT_EQ(credentials->access_key_id, "EC2");
  EXPECT_EQ(credentials->expiration, clock_.now + absl::Hours(6));
}

TEST_F(CredentialsTest, ManyWaitersShareOneFetch) {
  std::atomic<int> calls{0};
  HttpTestServer server([&](const HttpTestRequest&) {
    ++calls;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    return MakeReply(200, R"({"AccessKeyId":"A","SecretAccessKey":"s"})");
  });
  ::setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", server.url().c_str(), 1);
  IoRuntime runtime(4);
  auto http = MakeCurlHttpClient(runtime.executor(), {});
  auto chain = MakeDefaultCredentialsChain(*http, clock_);
  std::vector<std::promise<std::string>> keys(50);
  for (auto& key : keys) {
    boost::asio::co_spawn(runtime.executor(), chain->Get(),
                          [&key](std::exception_ptr, StatusOr<Credentials> got) {
                            key.set_value(got.ok() ? got->access_key_id : got.status().ToString());
                          });
  }
  for (auto& key : keys) EXPECT_EQ(key.get_future().get(), "A");
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace hydrant::aws
