#include "app/client_credentials.h"

#include "engine/testing/status_matchers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace hydrant {
namespace {

using ::testing::HasSubstr;

constexpr char kLocal[] = "http://127.0.0.1:4573";

Environment EnvironmentOf(std::map<std::string, std::string> variables) {
  return [variables](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
}

TEST(FindCredentials, TakesOursBeforeTheFilesBeforeAws) {
  const std::map<std::string, std::string> aws = {{"AWS_ACCESS_KEY_ID", "A"},
                                                  {"AWS_SECRET_ACCESS_KEY", "aws"}};
  std::map<std::string, std::string> both = aws;
  both["HYDRANT_ACCESS_KEY_ID"] = "H";
  both["HYDRANT_SECRET_ACCESS_KEY"] = "hydrant";
  const std::vector<AccessKey> configured = {{"C", "configured"}, {"D", "another"}};
  EXPECT_EQ(FindCredentials("", configured, kLocal, EnvironmentOf(both))->access_key_id, "H");
  EXPECT_EQ(FindCredentials("X", configured, kLocal, EnvironmentOf(both))->access_key_id, "X");
  EXPECT_EQ(FindCredentials("", configured, kLocal, EnvironmentOf(aws))->access_key_id, "C");
  EXPECT_EQ(FindCredentials("", {}, kLocal, EnvironmentOf(aws))->access_key_id, "A");
  EXPECT_EQ(FindCredentials("", {}, kLocal, EnvironmentOf({}))->access_key_id, "");
  EXPECT_THAT(FindCredentials("X", configured, kLocal, EnvironmentOf(aws)),
              testing::StatusIs(absl::StatusCode::kInvalidArgument,
                                HasSubstr("HYDRANT_SECRET_ACCESS_KEY")));
}

TEST(FindCredentials, AKeyThatIsNamedHasTheConfigurationsSecret) {
  const std::vector<AccessKey> configured = {{"C", "configured"}, {"T", "temporary", "token"}};
  const Environment other = EnvironmentOf({{"HYDRANT_ACCESS_KEY_ID", "H"},
                                           {"HYDRANT_SECRET_ACCESS_KEY", "hydrant"},
                                           {"HYDRANT_SESSION_TOKEN", "another token"}});
  for (const Environment& environment : {EnvironmentOf({}), other}) {
    const auto named = FindCredentials("T", configured, kLocal, environment);
    ASSERT_OK(named);
    EXPECT_EQ(named->secret_access_key, "temporary");
    EXPECT_EQ(named->session_token, "token");
    EXPECT_EQ(FindCredentials("C", configured, kLocal, environment)->session_token, "");
  }
  const Environment id_alone = EnvironmentOf({{"HYDRANT_ACCESS_KEY_ID", "T"}});
  EXPECT_EQ(FindCredentials("", configured, kLocal, id_alone)->session_token, "token");
  EXPECT_THAT(FindCredentials("", {}, kLocal, id_alone),
              testing::StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("lacks its secret")));
}

TEST(FindCredentials, ATemporaryKeyKeepsItsToken) {
  for (const std::string prefix : {"HYDRANT_", "AWS_"}) {
    const auto key = FindCredentials("", {}, kLocal,
                                     EnvironmentOf({{prefix + "ACCESS_KEY_ID", "T"},
                                                    {prefix + "SECRET_ACCESS_KEY", "temporary"},
                                                    {prefix + "SESSION_TOKEN", "token"}}));
    ASSERT_OK(key);
    EXPECT_EQ(key->session_token, "token");
  }
  EXPECT_EQ(
      FindCredentials("", {{"T", "temporary", "token"}}, kLocal, EnvironmentOf({}))->session_token,
      "token");
}

TEST(FindCredentials, AwsKeysDoNotTravelInTheClear) {
  const Environment aws =
      EnvironmentOf({{"AWS_ACCESS_KEY_ID", "A"}, {"AWS_SECRET_ACCESS_KEY", "aws"}});
  for (const char* endpoint : {"http://10.0.0.5:4573", "http://127.0.0.1.evil.com:80",
                               "http://127.0.0.1@evil.com", "http://evil.com/127.0.0.1:1"}) {
    EXPECT_EQ(FindCredentials("", {}, endpoint, aws)->access_key_id, "") << endpoint;
  }
  for (const char* endpoint :
       {"https://10.0.0.5:4573", "http://localhost:4573", "http://[::1]:1", "http://127.0.0.1"}) {
    EXPECT_EQ(FindCredentials("", {}, endpoint, aws)->access_key_id, "A") << endpoint;
  }
}

TEST(KeyHint, IsForWhatAnotherKeyMends) {
  for (const char* type : {"MissingAuthenticationTokenException", "UnrecognizedClientException"}) {
    EXPECT_THAT(KeyHint(type, "x"), HasSubstr("set HYDRANT_ACCESS_KEY_ID")) << type;
  }
  const char kInvalid[] = "InvalidSignatureException";
  EXPECT_THAT(KeyHint(kInvalid,
                      "The request signature we calculated does not match the signature "
                      "you provided. Check your AWS Secret Access Key"),
              HasSubstr("HYDRANT_SECRET_ACCESS_KEY"));
  for (const char* message :
       {"The signature was used before. Sign every request anew.",
        "Signature expired: 20260101T000000Z is now earlier than 20260101T000500Z",
        "Credential should be scoped to a valid region, not 'eu-west-1'."}) {
    EXPECT_EQ(KeyHint(kInvalid, message), "") << message;
  }
  for (const char* type : {"AccessDeniedException", "ExpiredTokenException", "ExpiredToken",
                           "IncompleteSignatureException", ""}) {
    EXPECT_EQ(KeyHint(type, "no"), "") << type;
  }
}

}  // namespace
}  // namespace hydrant
