// Access keys with tokens and policies, and the settings that protect a listener.
#include "engine/config/yaml_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hydrant {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kPolicyJson[] =
    R"({"Statement":{"Effect":"Allow","Action":"firehose:Put*","Resource":"*"}})";

ConfigResult Read(std::string text) {
  ConfigSource source{.name = "h.yaml", .text = std::move(text)};
  source.values = {.environment = [](const std::string& name) -> std::optional<std::string> {
                     if (name == "TOKEN") return "a-token";
                     return std::nullopt;
                   },
                   .read_file = [](const std::string& path) -> StatusOr<std::string> {
                     if (path == "/policy.json") return std::string(kPolicyJson) + "\n";
                     if (path == "/bad.json") return std::string("{\"Statement\": 1}");
                     return NotFound("open " + path + ": No such file or directory");
                   }};
  return ReadConfig(source);
}

std::vector<std::string> Errors(const std::string& text) {
  std::vector<std::string> lines;
  for (const ConfigError& error : Read(text).errors) lines.push_back(FormatConfigError(error));
  return lines;
}

std::string Key(const std::string& rest) {
  return "credentials:\n  - access_key_id: A\n    secret_access_key: very-secret\n" + rest;
}

TEST(CredentialsConfig, SaysWhatIsWrongWithAPolicy) {
  EXPECT_THAT(Errors(Key("    policy:\n"
                         "      Statement:\n"
                         "        - {Effect: Allow, Action: 'firehose:*', Resource: '*',\n"
                         "           Condition: {Bool: {'aws:SecureTransport': true}}}\n"
                         "        - {Effect: Deny, Action: 'firehose:PutRecords'}\n")),
              ElementsAre("h.yaml:5:7: credentials[0].policy.Statement[0].Condition: is not "
                          "supported: no condition would be checked; take the statement out",
                          "h.yaml:5:7: credentials[0].policy.Statement[1].Action: names no action "
                          "of Firehose: 'firehose:PutRecords'",
                          "h.yaml:5:7: credentials[0].policy.Statement[1]: lacks Resource or "
                          "NotResource; add one of them"));
  EXPECT_THAT(Errors(Key("    policy: {file: /bad.json}\n")),
              ElementsAre(HasSubstr("credentials[0].policy.Statement: must be a map")));
  EXPECT_THAT(Errors(Key("    policy: {file: /none.json}\n")),
              ElementsAre(HasSubstr("credentials[0].policy: names a file that cannot be read")));
  EXPECT_THAT(Errors(Key("    policy: [x]\n")),
              ElementsAre(HasSubstr("credentials[0].policy: must be a map")));
  EXPECT_THAT(Errors(Key("    policy:\n")), ElementsAre(HasSubstr("credentials[0].policy")));
  EXPECT_THAT(Errors(Key("    policy: {Statement: {Effect: Allow, Effect: Deny, Action: '*', "
                         "Resource: '*'}}\n")),
              ElementsAre(HasSubstr("Statement.Effect: is given twice")));
  EXPECT_THAT(Errors("auth: none\n" + Key("    policy: {file: /policy.json}\n")),
              ElementsAre(HasSubstr("credentials[0].policy: binds nobody while auth is none")));
}

TEST(CredentialsConfig, TakesPoliciesAsYamlAndAsJson) {
  const std::string yaml =
      Key("    session_token: ${TOKEN}\n"
          "    policy:\n"
          "      Version: 2012-10-17\n"
          "      Statement: {Effect: Allow, Action: 'firehose:Put*', Resource: '*'}\n");
  EXPECT_THAT(Errors(yaml), ElementsAre());
  const NodeConfig config = Read(yaml).config;
  EXPECT_EQ(config.credentials.at(0).session_token, "a-token");
  EXPECT_EQ(config.credentials.at(0).policy,
            R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"firehose:Put*",)"
            R"("Resource":"*"}})");
  const std::string file = Key("    policy: {file: /policy.json}\n");
  EXPECT_THAT(Errors(file), ElementsAre());
  EXPECT_EQ(Read(file).config.credentials.at(0).policy, kPolicyJson);
  EXPECT_EQ(Read(Key("")).config.credentials.at(0).policy, "");
  EXPECT_THAT(Errors(Key("    session_token: ''\n")),
              ElementsAre("h.yaml:4:20: credentials[0].session_token: (secret) must not be empty"));
}

TEST(CredentialsConfig, ReadsWhatProtectsAListener) {
  const ConfigResult result = Read(
      "auth_replay_guard: 1000\n"
      "limits: {connections: 10, connections_per_address: 5, requests_per_second: 20,\n"
      "         header_size: 16 KiB, body_size: 1 MiB}\n"
      "audit: {enabled: false, file: /var/log/audit, file_size: 1 MiB, files: 2}\n");
  EXPECT_EQ(result.errors.size(), 0u);
  EXPECT_EQ(result.config.auth_replays_max, 1000);
  EXPECT_EQ(result.config.limits.connections, 10);
  EXPECT_EQ(result.config.limits.connections_per_address, 5);
  EXPECT_EQ(result.config.limits.requests_per_second, 20);
  EXPECT_EQ(result.config.limits.header_bytes, 16u << 10);
  EXPECT_EQ(result.config.limits.body_bytes, 1u << 20);
  EXPECT_FALSE(result.config.audit.enabled);
  EXPECT_EQ(result.config.audit.file, "/var/log/audit");
  EXPECT_EQ(result.config.audit.file_bytes, 1u << 20);
  EXPECT_EQ(result.config.audit.files, 2);
  EXPECT_THAT(Errors("tls: {client_ca_file: /ca.pem}\n"),
              ElementsAre(HasSubstr("tls.client_ca_file: \"/ca.pem\" needs TLS")));
  EXPECT_THAT(Errors("limits: {connections: 0}\n"), ElementsAre(HasSubstr("1 to 1000000")));
}

}  // namespace
}  // namespace hydrant
