#include "engine/config/yaml_config.h"

#include "engine/testing/source_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace hydrant {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

ValueSources TestValues() {
  return {.environment = [](const std::string& name) -> std::optional<std::string> {
            if (name == "SECRET") return "hunter2";
            if (name == "LEVEL") return "debug";
            if (name == "COUNT") return "64";
            if (name == "EMPTY") return "";
            if (name == "BYTES") return "\xff";
            return std::nullopt;
          },
          .read_file = [](const std::string& path) -> StatusOr<std::string> {
            if (path == "/secret") return "from-file\n";
            return NotFound("open " + path + ": No such file or directory");
          }};
}

ConfigResult Read(std::string text, std::vector<std::string> overrides = {}) {
  return ReadConfig({"h.yaml", std::move(text), std::move(overrides), TestValues()});
}

std::vector<std::string> Errors(const ConfigResult& result) {
  std::vector<std::string> lines;
  for (const ConfigError& error : result.errors) lines.push_back(FormatConfigError(error));
  return lines;
}

struct BadCase {
  std::string text;
  std::vector<std::string> errors;
};

class BadConfig : public ::testing::TestWithParam<BadCase> {};

TEST_P(BadConfig, SaysExactlyWhatIsWrong) {
  EXPECT_EQ(Errors(Read(GetParam().text)), GetParam().errors) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Table, BadConfig,
    ::testing::Values(
        BadCase{"- a\n",
                {"h.yaml:1:1: must be a map of settings, such as \"listen: 127.0.0.1:4573\""}},
        BadCase{"listn: 127.0.0.1:1\n",
                {"h.yaml:1:1: listn: is not a setting; did you mean \"listen\"?"}},
        BadCase{"log:\n  durabilty: os\n",
                {"h.yaml:2:3: log.durabilty: is not a setting; did you mean \"log.durability\"?"}},
        BadCase{"durability: os\n",
                {"h.yaml:1:1: durability: is not a setting; did you mean \"log.durability\"?"}},
        BadCase{"frobnicate: 1\n", {"h.yaml:1:1: frobnicate: is not a setting"}},
        BadCase{"\"a\\e[31m\": 1\n", {"h.yaml:1:1: a\\033[31m: is not a setting"}},
        BadCase{"log.durability: os\n",
                {"h.yaml:1:1: log.durability: must be written in levels; write \"log:\", and "
                 "\"durability:\" indented below it"}},
        BadCase{"log:\n  durability: fsnc\n",
                {"h.yaml:2:15: log.durability: \"fsnc\" must be one of fsync, os, memory; did you "
                 "mean \"fsync\"?"}},
        BadCase{"log: fsync\n", {"h.yaml:1:6: log: must be a map of settings, not text"}},
        BadCase{
            "log:\n  durability: os\nlisten: [::1]:4573\nmemory: 1 GiB\n",
            {"h.yaml:3:9: is not YAML: a text that begins with [ or { must be in quotes, such as "
             "\"[::1]:4573\""}},
        BadCase{
            "admin: {::1}:4573",
            {"h.yaml:1:8: is not YAML: a text that begins with [ or { must be in quotes, such as "
             "\"[::1]:4573\""}},
        BadCase{"listen: [a]\n", {"h.yaml:1:9: listen: must be one value, not a list"}},
        BadCase{"listen:\n",
                {"h.yaml:1:1: listen: has no value; write one, or leave the line out"}},
        BadCase{"memory: 1 MiB\nmemory: 128 MiB\n",
                {"h.yaml:1:9: memory: \"1 MiB\" must be 64 MiB to 1 TiB",
                 "h.yaml:2:1: memory: is given twice; keep one of the two"}},
        BadCase{"memory: lots\n",
                {"h.yaml:1:9: memory: \"lots\" must be a number of bytes, or a number with a unit: "
                 "KiB, MiB, GiB, TiB, kB, MB, GB, TB"}},
        BadCase{"workers: 1.5\n", {"h.yaml:1:10: workers: \"1.5\" must be a whole number"}},
        BadCase{
            "drain_timeout: soon\n",
            {"h.yaml:1:16: drain_timeout: \"soon\" must be a number of seconds, or numbers with "
             "units: d, h, m, s, ms, us (such as 1m30s)"}},
        BadCase{"s3: {path_style: yes}\n",
                {"h.yaml:1:18: s3.path_style: \"yes\" must be true or false"}},
        BadCase{"s3: {endpoint: \"ftp://x\"}\n",
                {"h.yaml:1:16: s3.endpoint: \"ftp://x\" must begin with http://, https:// or "
                 "file:///"}},
        BadCase{"s3: {endpoint: \"file://here\"}\n",
                {"h.yaml:1:16: s3.endpoint: \"file://here\" must name an absolute directory (such "
                 "as file:///srv/buckets, with three slashes)"}},
        BadCase{"account_id: 12\n",
                {"h.yaml:1:13: account_id: \"12\" must be an account number of 12 digits"}},
        BadCase{"region: Frankfurt!\n",
                {"h.yaml:1:9: region: \"Frankfurt!\" must be a region's name: 1 to 64 small "
                 "letters, digits and '-' (such as us-east-1)"}},
        BadCase{"listen: 127.0.0.1\nadmin: ::1:80\n",
                {"h.yaml:1:9: listen: \"127.0.0.1\" must be HOST:PORT with a port from 0 to 65535 "
                 "(an IPv6 address in brackets: [::1]:4573)",
                 "h.yaml:2:8: admin: \"::1:80\" must be HOST:PORT with a port from 0 to 65535 (an "
                 "IPv6 address in brackets: [::1]:4573)"}},
        BadCase{
            "log_level: ${NOPE}\n",
            {"h.yaml:1:12: log_level: \"${NOPE}\" names the environment variable NOPE, which is "
             "not set"}},
        BadCase{"log_level: ${LEVEL\n",
                {"h.yaml:1:12: log_level: \"${LEVEL\" holds ${ without a variable's name and }; "
                 "write $${ for ${ itself"}},
        BadCase{"region: ${BYTES}\n",
                {"h.yaml:1:9: region: \"${BYTES}\" names the environment variable BYTES, whose "
                 "value is not UTF-8"}},
        BadCase{
            "region: {file: /gone}\n",
            {"h.yaml:1:9: region: names a file that cannot be read: open /gone: No such file or "
             "directory"}}));

INSTANTIATE_TEST_SUITE_P(
    BetweenOptions, BadConfig,
    ::testing::Values(
        BadCase{
            "auth: sigv4\n",
            {"h.yaml:1:7: auth: \"sigv4\" needs access keys to check signatures against; add at "
             "least one entry to credentials"}},
        BadCase{"listen: 0.0.0.0:4573\n",
                {"h.yaml:1:9: listen: \"0.0.0.0:4573\" is open to other machines, and no "
                 "credentials are configured; add credentials, listen on 127.0.0.1, or say auth: "
                 "none"}},
        BadCase{"admin: \"[::]:4574\"\n",
                {"h.yaml:1:8: admin: \"[::]:4574\" is open to other machines, and no credentials "
                 "are configured; add credentials, listen on 127.0.0.1, or say auth: none"}},
        BadCase{"admin: 127.0.0.1:4573\n",
                {"h.yaml:1:8: admin: \"127.0.0.1:4573\" must not take the same address and port as "
                 "listen; give one of them another port"}},
        BadCase{"tls: {certificate_file: a.pem}\n",
                {"h.yaml:1:25: tls.certificate_file: \"a.pem\" needs a private key; set "
                 "tls.private_key_file too"}},
        BadCase{"tls: {private_key_file: a.pem}\n",
                {"h.yaml:1:25: tls.private_key_file: \"a.pem\" needs a certificate; set "
                 "tls.certificate_file too"}},
        BadCase{"s3: {access_key_id: AK}\n",
                {"h.yaml:1:21: s3.access_key_id: needs a secret; set s3.secret_access_key too"}},
        BadCase{"s3: {secret_access_key: hunter2}\n",
                {"h.yaml:1:25: s3.secret_access_key: (secret) needs the name of its key; set "
                 "s3.access_key_id too"}},
        BadCase{"log: {quota: 64 MiB}\n",
                {"h.yaml:1:14: log.quota: \"64 MiB\" must be at least twice log.segment_size (64 "
                 "MiB), or no finished segment could be trimmed in time; raise log.quota or lower "
                 "log.segment_size"}}));

INSTANTIATE_TEST_SUITE_P(
    Credentials, BadConfig,
    ::testing::Values(
        BadCase{"credentials: AK\n",
                {"h.yaml:1:14: credentials: must be a list of at most 10000 access keys; write \"- "
                 "access_key_id: …\" and \"  secret_access_key: …\" below it"}},
        BadCase{"credentials: [AK]\n",
                {"h.yaml:1:15: credentials[0]: must be a map of access_key_id and "
                 "secret_access_key"}},
        BadCase{"credentials:\n  - access_key_id: a/b\n    secret: x\n",
                {"h.yaml:2:5: credentials[0]: lacks secret_access_key; add it",
                 "h.yaml:2:20: credentials[0].access_key_id: \"a/b\" must be 1 to 128 visible "
                 "characters without '/', ',', ':' and '='",
                 "h.yaml:3:5: credentials[0].secret: is not a setting"}},
        BadCase{"credentials:\n  - {access_key_id: A, secret_access_key: \"\"}\n"
                "  - {access_key_id: A, secret_access_key: [x]}\n",
                {"h.yaml:2:43: credentials[0].secret_access_key: (secret) must not be empty",
                 "h.yaml:3:21: credentials[1].access_key_id: \"A\" is the name of another entry "
                 "too; give each access key its own name",
                 "h.yaml:3:43: credentials[1].secret_access_key: must be one value, not a list"}},
        BadCase{"credentials:\n  - {access_key_id: A, secret_access_key: \"${NOPE}\"}\n",
                {"h.yaml:2:43: credentials[0].secret_access_key: (secret) names the environment "
                 "variable NOPE, which is not set"}}));

INSTANTIATE_TEST_SUITE_P(
    Streams, BadConfig,
    ::testing::Values(
        BadCase{"streams: {a: b}\n",
                {"h.yaml:1:10: streams: must be a list of CreateDeliveryStream requests; write \"- "
                 "DeliveryStreamName: …\" below it"}},
        BadCase{"streams: [logs]\n",
                {"h.yaml:1:11: streams[0]: must be a map in the shape of a CreateDeliveryStream "
                 "request"}},
        BadCase{"streams:\n  - DeliveryStreamName: a\n    Tags: ${NOPE}\n",
                {"h.yaml:3:11: streams[0].Tags: names the environment variable NOPE, which is not "
                 "set"}},
        BadCase{"streams:\n  - DeliveryStreamName: a\n    DeliveryStreamName: b\n",
                {"h.yaml:3:5: streams[0].DeliveryStreamName: is given twice; keep one of the "
                 "two"}},
        BadCase{"streams:\n  - DeliveryStreamName: a\n    S3DestinationConfiguration:\n      "
                "BucketARN:\n",
                {"h.yaml:4:7: streams[0].S3DestinationConfiguration.BucketARN: has no value; write "
                 "one, or leave the line out"}}));

// A stream that is right, with `changes` put into its destination.
std::string StreamWith(const std::string& changes) {
  return "streams:\n"
         "  - DeliveryStreamName: logs\n"
         "    ExtendedS3DestinationConfiguration:\n"
         "      BucketARN: arn:aws:s3:::logs\n"
         "      RoleARN: arn:aws:iam::000000000000:role/hydrant\n" +
         changes;
}

INSTANTIATE_TEST_SUITE_P(
    StreamShapes, BadConfig,
    ::testing::Values(
        BadCase{StreamWith(""), {}},
        BadCase{StreamWith("      Prefixx: a/\n"),
                {"h.yaml:6:7: streams[0].ExtendedS3DestinationConfiguration.Prefixx: is not known; "
                 "did you mean \"Prefix\"?"}},
        BadCase{StreamWith("      CompressionFormat: GZPI\n"),
                {"h.yaml:6:7: streams[0].ExtendedS3DestinationConfiguration.CompressionFormat: "
                 "\"GZPI\" must be one of UNCOMPRESSED, GZIP, ZIP, Snappy, HADOOP_SNAPPY; did you "
                 "mean \"GZIP\"?"}},
        BadCase{StreamWith("      ProcessingConfiguration:\n"
                           "        Processors:\n"
                           "          - Type: AppendDelimiterToRecord\n"
                           "          - Type: Nothing\n"),
                {"h.yaml:9:13: streams[0].ExtendedS3DestinationConfiguration."
                 "ProcessingConfiguration.Processors[1].Type: \"Nothing\" must be one of "
                 "RecordDeAggregation, Decompression, CloudWatchLogProcessing, Lambda, "
                 "MetadataExtraction, AppendDelimiterToRecord"}},
        BadCase{StreamWith("      BufferingHints: {SizeInMBs: 5}\n"),
                {"h.yaml:6:7: streams[0].ExtendedS3DestinationConfiguration.BufferingHints: "
                 "SizeInMBs and IntervalInSeconds must be "
                 "given together or not at all"}},
        // Every wrong type at once, and what else is wrong.
        BadCase{StreamWith("      BufferingHints: {SizeInMBs: \"5\", IntervalInSeconds: 1.5}\n"
                           "      CloudWatchLoggingOptions: {Enabled: maybe}\n"
                           "      ProcessingConfiguration: []\n"
                           "      CompressionFormat: GZPI\n"),
                {"h.yaml:6:24: streams[0].ExtendedS3DestinationConfiguration.BufferingHints."
                 "SizeInMBs: \"5\" must be a whole number; write it without quotes",
                 "h.yaml:6:40: streams[0].ExtendedS3DestinationConfiguration.BufferingHints."
                 "IntervalInSeconds: \"1.5\" must be a whole number",
                 "h.yaml:7:34: streams[0].ExtendedS3DestinationConfiguration."
                 "CloudWatchLoggingOptions.Enabled: \"maybe\" must be true or false",
                 "h.yaml:8:7: streams[0].ExtendedS3DestinationConfiguration."
                 "ProcessingConfiguration: must be a map",
                 "h.yaml:9:7: streams[0].ExtendedS3DestinationConfiguration.CompressionFormat: "
                 "\"GZPI\" must be one of UNCOMPRESSED, GZIP, ZIP, Snappy, HADOOP_SNAPPY; did you "
                 "mean \"GZIP\"?"}},
        BadCase{StreamWith("      Prefix: \"!{timestamp:yyyy}/\"\n"
                           "      CustomTimeZone: Mars\n"),
                {"h.yaml:3:5: streams[0].ExtendedS3DestinationConfiguration.ErrorOutputPrefix: "
                 "cannot be null or empty when Prefix contains expressions",
                 "h.yaml:7:7: streams[0].ExtendedS3DestinationConfiguration.CustomTimeZone: "
                 "Mars is not a time zone of the tz database"}},
        BadCase{StreamWith("    Hydrant: {durability: fsnc}\n"),
                {"h.yaml:6:15: streams[0].Hydrant.durability: must be fsync, os or memory, not "
                 "\"fsnc\""}},
        BadCase{StreamWith("    Hydrant:\n      Compression: small\n"),
                {"h.yaml:7:7: streams[0].Hydrant.Compression: only GZIP and ZIP can be made "
                 "smaller, and no bucket of the stream has one of them as its CompressionFormat: "
                 "set that, or leave Hydrant.Compression out"}},
        // Further destinations are checked like the stream's own.
        BadCase{StreamWith("    Hydrant:\n"
                           "      failover:\n"
                           "        After: 0\n"
                           "        Destinations:\n"
                           "          - S3DestinationConfiguration:\n"
                           "              BucketARN: logs\n"
                           "              Prefixx: 1\n"
                           "              RoleARN: arn:aws:iam::000000000000:role/hydrant\n"),
                {"h.yaml:8:9: streams[0].Hydrant.failover.After: must be 1s to 1d, not 0",
                 "h.yaml:11:15: streams[0].Hydrant.failover.Destinations[0]."
                 "S3DestinationConfiguration.BucketARN: Member must satisfy regular expression "
                 "pattern: arn:.*:s3:::[\\w\\.\\-]{1,255}, not 'logs'",
                 "h.yaml:12:15: streams[0].Hydrant.failover.Destinations[0]."
                 "S3DestinationConfiguration.Prefixx: is not known; did you mean Prefix?"}},
        BadCase{
            "streams: [{DeliveryStreamName: 'no spaces please'}]\n",
            {"h.yaml:1:11: streams[0]: Exactly one destination configuration is supported for a "
             "Firehose; 0 were given",
             "h.yaml:1:12: streams[0].DeliveryStreamName: \"no spaces please\" must satisfy "
             "regular expression pattern: [a-zA-Z0-9_.-]+"}},
        // The rules beyond the model are asked of all that is right by the model.
        BadCase{
            StreamWith("      BufferingHintss: 1\n"
                       "      Prefix: \"!{timestamp:\"\n"
                       "      CustomTimeZone: Mars/Phobos\n"
                       "      FileExtension: json\n"),
            {"h.yaml:6:7: streams[0].ExtendedS3DestinationConfiguration.BufferingHintss: is not "
             "known; did you mean \"BufferingHints\"?",
             "h.yaml:7:7: streams[0].ExtendedS3DestinationConfiguration.Prefix: the sequence !{ "
             "must begin an expression !{namespace:value}: '!{timestamp:' has no }",
             "h.yaml:8:7: streams[0].ExtendedS3DestinationConfiguration.CustomTimeZone: "
             "Mars/Phobos is not a time zone of the tz database",
             "h.yaml:9:7: streams[0].ExtendedS3DestinationConfiguration.FileExtension: \"json\" "
             "must satisfy regular expression pattern: ^$|\\.[0-9a-z!\\-_.*'()]+"}},
        BadCase{"streams:\n  - DeliveryStreamName: a\n    S3DestinationConfiguration: {RoleARN: "
                "\"arn:aws:iam::000000000000:role/hydrant\"}\n",
                {"h.yaml:3:5: streams[0].S3DestinationConfiguration.BucketARN: is required; add "
                 "it"}},
        BadCase{StreamWith("") + "  - DeliveryStreamName: logs\n"
                                 "    S3DestinationConfiguration:\n"
                                 "      BucketARN: arn:aws:s3:::logs\n"
                                 "      RoleARN: arn:aws:iam::000000000000:role/hydrant\n",
                {"h.yaml:6:25: streams[1].DeliveryStreamName: \"logs\" is the name of streams[0] "
                 "too; give each stream its own name"}},
        BadCase{"limits: {streams: 1}\nstreams: [{}, {}]\n",
                {"h.yaml:2:11: streams: holds 2 streams; limits.streams allows 1; raise "
                 "limits.streams"}}));

TEST(ReadConfig, AStreamThatThisBuildCannotServeIsRefusedAtItsDestination) {
  ConfigSource source{.name = "h.yaml", .text = StreamWith(""), .values = TestValues()};
  source.support.check_destination = [](const StreamDefinition&, const NodeConfig&) {
    return std::optional<std::vector<DefinitionProblem>>();
  };
  EXPECT_THAT(Errors(ReadConfig(source)),
              ElementsAre("h.yaml:3:5: streams[0].ExtendedS3DestinationConfiguration: this build "
                          "of hydrant has no sink for it"));
  source.support.check_destination = [](const StreamDefinition&, const NodeConfig& config) {
    return std::vector<DefinitionProblem>{{"BucketARN", "BucketARN not in " + config.region}};
  };
  EXPECT_THAT(
      Errors(ReadConfig(source)),
      ElementsAre("h.yaml:4:7: streams[0].ExtendedS3DestinationConfiguration.BucketARN: not "
                  "in us-east-1"));
}

TEST(ReadConfig, FilesAreLookedAtWhenAsked) {
  ConfigSource source{.name = "h.yaml",
                      .text =
                          "tls:\n  certificate_file: /none.crt\n  private_key_file: /none.key\n"
                          "s3: {ca_file: /none.ca}\n",
                      .values = TestValues()};
  EXPECT_THAT(Errors(ReadConfig(source)), IsEmpty());
  source.check_files = true;
  EXPECT_THAT(
      Errors(ReadConfig(source)),
      ElementsAre("h.yaml:2:21: tls.certificate_file: \"/none.crt\" cannot be read: No such "
                  "file or directory; name the file that there is",
                  "h.yaml:4:15: s3.ca_file: \"/none.ca\" cannot be read: No such file or "
                  "directory; name the file that there is"));
}

// Somebody may take the setting for the key itself.
TEST(ReadConfig, WhatCameFromOutsideIsNotShownWhenRulesBetweenSettingsBreak) {
  ConfigSource source{.name = "h.yaml",
                      .text =
                          "tls:\n  certificate_file: {file: /secret}\n"
                          "  private_key_file: \"${SECRET}\"\n",
                      .values = TestValues(),
                      .check_files = true};
  EXPECT_THAT(Errors(ReadConfig(source)),
              ElementsAre(HasSubstr("h.yaml:2:21: tls.certificate_file: cannot be read: No such")));
  source.text =
      "tls: {private_key_file: \"${SECRET}\"}\nauth: sigv4\n"
      "credentials:\n"
      "  - {access_key_id: \"${SECRET}\", secret_access_key: a}\n"
      "  - {access_key_id: \"${SECRET}\", secret_access_key: a}\n";
  const std::vector<std::string> errors = Errors(ReadConfig(source));
  EXPECT_THAT(errors, ElementsAre(HasSubstr("\"${SECRET}\" needs a certificate"),
                                  HasSubstr("\"${SECRET}\" is the name of another entry too")));
}

TEST(ReadConfig, TellsAllErrorsAtOnce) {
  EXPECT_EQ(
      Read("listn: 1\nmemory: 1\nlog: {durability: x, writers: 0}\nauth: sigv4\n").errors.size(),
      5u);
}

TEST(ReadConfig, NeverShowsASecret) {
  const ConfigResult result = Read(
      "s3:\n  secret_access_key: [hunter2]\n  session_token: hunter2\n"
      "log_level: ${SECRET}\nregion: a${SECRET}!\n"
      "credentials:\n  - {access_key_id: A, secret_access_key: \"a${SECRET\"}\n",
      {"s3.secret_acces_key=hunter2", "hunter2", "s3.secret_access_key=[hunter2"});
  EXPECT_GE(result.errors.size(), 7u);
  for (const std::string& line : Errors(result)) EXPECT_THAT(line, Not(HasSubstr("hunter2")));
}

TEST(ReadConfig, AnEmptyFileGivesTheDefaults) {
  const ConfigResult result = Read("# nothing\ns3:\n");
  EXPECT_THAT(Errors(result), IsEmpty());
  EXPECT_EQ(result.config.listen, "127.0.0.1:4573");
  EXPECT_EQ(result.config.memory_bytes, 256u << 20);
}

TEST(ReadConfig, ReadsEveryKindOfValue) {
  const ConfigResult result = Read(R"(
listen: 0.0.0.0:4573
account_id: 000000000042
auth: sigv4
credentials:
  - access_key_id: ONE
    secret_access_key: ${SECRET}
  - {access_key_id: TWO, secret_access_key: {file: /secret}}
validation: strict
memory: 64 MB
workers: ${COUNT}
log_level: ${LEVEL}
s3: {endpoint: "file:///srv/$${b}", path_style: true, timeout: 1m30s}
log:
  durability: os
  retention: 2d
  quota: 1.5 TiB
)");
  EXPECT_THAT(Errors(result), ElementsAre(HasSubstr("memory")));  // 64 MB is less than 64 MiB
  const NodeConfig& config = result.config;
  EXPECT_EQ(config.account_id, "000000000042");
  EXPECT_EQ(config.auth, AuthMode::kSigV4);
  ASSERT_EQ(config.credentials.size(), 2u);
  EXPECT_EQ(config.credentials[0].secret_access_key, "hunter2");
  EXPECT_EQ(config.credentials[1].secret_access_key, "from-file");
  EXPECT_TRUE(config.strict_validation);
  EXPECT_EQ(config.workers, 64);
  EXPECT_EQ(config.log_level, LogLevel::kDebug);
  EXPECT_EQ(config.s3.endpoint, "file:///srv/${b}");
  EXPECT_TRUE(config.s3.path_style);
  EXPECT_EQ(config.s3.timeout, absl::Seconds(90));
  EXPECT_EQ(config.log.durability, Durability::kOs);
  EXPECT_EQ(config.log.retention_time, absl::Hours(48));
  EXPECT_EQ(config.log.quota_bytes, uint64_t{3} << 39);
}

TEST(ReadConfig, AnOverrideOfATextIsTakenAsItStands) {
  const ConfigResult good = Read("", {"listen=[::1]:4573", "admin=[::1]:4574", "s3.access_key_id=A",
                                      "s3.secret_access_key={a}b", "data_dir=[x]"});
  EXPECT_THAT(Errors(good), IsEmpty());
  EXPECT_EQ(good.config.listen, "[::1]:4573");
  EXPECT_EQ(good.config.admin, "[::1]:4574");
  EXPECT_EQ(good.config.s3.secret_access_key, "{a}b");
  EXPECT_EQ(good.config.data_dir, "[x]");
  EXPECT_THAT(
      Errors(Read("", {"listen=[::1]", "s3.secret_access_key={file /x}", "credentials=[a"})),
      ElementsAre(HasSubstr("--set: listen: \"[::1]\" "),
                  "--set: s3.secret_access_key: must be one value, not a map",
                  HasSubstr("--set: credentials: is not YAML")));
}

TEST(ReadConfig, OverridesWinAndAreCheckedAlike) {
  const ConfigResult good =
      Read("log: {durability: os}\n",
           {"log.durability=memory", "data_dir=/x=y", "s3.access_key_id=A",
            "s3.secret_access_key={file: /secret}",
            "credentials=[{access_key_id: A, secret_access_key: '${SECRET}'}]"});
  EXPECT_THAT(Errors(good), IsEmpty());
  EXPECT_EQ(good.config.log.durability, Durability::kMemory);
  EXPECT_EQ(good.config.data_dir, "/x=y");
  EXPECT_EQ(good.config.s3.secret_access_key, "from-file");
  ASSERT_EQ(good.config.credentials.size(), 1u);
  EXPECT_EQ(good.config.credentials[0].secret_access_key, "hunter2");

  EXPECT_THAT(
      Errors(Read("", {"log={quota: 1}", "log.=x", "=x", "log.durabilty=os", "memory=1", "listen",
                       "auth=sigv4"})),
      ElementsAre(
          "--set: log: is a group of settings, which are set one by one; write, for example, "
          "--set log.durability=…",
          "--set: log: is a group of settings, which are set one by one; write, for example, "
          "--set log.durability=…",
          "--set: must be key=value; write, for example, --set log.durability=os",
          "--set: log.durabilty: is not a setting; did you mean \"log.durability\"?",
          "--set: memory: \"1\" must be 64 MiB to 1 TiB",
          "--set: must be key=value; write, for example, --set log.durability=os",
          HasSubstr("--set: auth: \"sigv4\" needs access keys")));
}

TEST(ReadConfig, AuthNoneOpensAListenerInSoManyWords) {
  EXPECT_THAT(Errors(Read("listen: 0.0.0.0:4573\nauth: none\n")), IsEmpty());
  EXPECT_THAT(Errors(Read("listen: \"[::1]:4573\"\nadmin: localhost:4574\n")), IsEmpty());
}

TEST(ReadConfig, StreamsBecomeRequestsWithSensibleTypes) {
  const ConfigResult result = Read(R"(
streams:
  - DeliveryStreamName: logs
    Tags: [{Key: a, Value: "12"}, {Key: b, Value: 007}, {Key: c, Value: 12}]
    Hydrant:
      delivery_workers_max: 3
      durability: os
      quota: 007
      Failover: {Destinations: [{S3DestinationConfiguration: {Prefix: 12}}]}
    ExtendedS3DestinationConfiguration:
      BucketARN: arn:aws:s3:::logs
      RoleARN: arn:aws:iam::000000000000:role/hydrant
      Prefix: "${SECRET}/"
      BufferingHints:
        SizeInMBs: ${COUNT}
        IntervalInSeconds: 0.5
      CloudWatchLoggingOptions: {Enabled: true}
      FileExtension: {file: /secret}
)");
  ASSERT_EQ(result.config.streams.size(), 1u);
  const nlohmann::json request = nlohmann::json::parse(result.config.streams[0]);
  EXPECT_EQ(request["Tags"][0]["Value"], "12");
  EXPECT_EQ(request["Tags"][1]["Value"], "007");
  EXPECT_EQ(request["Tags"][2]["Value"], "12");
  EXPECT_EQ(request["Hydrant"]["delivery_workers_max"], 3);
  EXPECT_EQ(request["Hydrant"]["durability"], "os");
  EXPECT_EQ(request["Hydrant"]["quota"], "007");
  const nlohmann::json& further = request["Hydrant"]["Failover"]["Destinations"][0];
  EXPECT_EQ(further["S3DestinationConfiguration"]["Prefix"], "12");
  const nlohmann::json& s3 = request["ExtendedS3DestinationConfiguration"];
  EXPECT_EQ(s3["BufferingHints"]["SizeInMBs"], 64);
  EXPECT_EQ(s3["BufferingHints"]["IntervalInSeconds"], 0.5);
  EXPECT_EQ(s3["CloudWatchLoggingOptions"]["Enabled"], true);
  EXPECT_EQ(s3["FileExtension"], "from-file");
  EXPECT_EQ(s3["Prefix"], "hunter2/");
}

TEST(ReadConfig, TextFromOutsideIsShownAsTheFileHasIt) {
  const auto errors = Errors(Read(StreamWith("      CompressionFormat: ${SECRET}\n")));
  EXPECT_THAT(errors, ElementsAre(HasSubstr("\"${SECRET}\" must be one of")));
}

TEST(ReadConfig, TheExampleIsRight) {
  const ConfigResult result = Read(testing::ReadSourceFile("hydrant.example.yaml"));
  EXPECT_THAT(Errors(result), IsEmpty());
  EXPECT_EQ(result.config.streams.size(), 1u);
}

}  // namespace
}  // namespace hydrant
