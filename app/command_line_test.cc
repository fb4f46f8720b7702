#include "app/commands.h"
#include "app/config_choice.h"
#include "app/connection.h"
#include "app/http_session.h"
#include "app/run_node.h"
#include "app/stream_table.h"
#include "engine/testing/status_matchers.h"
#include "engine/testing/temp_dir.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

namespace hydrant {
namespace {

std::optional<NodeConfig> ran_with;

}  // namespace

// Stands in for the node: a command line is to start the right one.
int RunNode(const NodeConfig& config) {
  ran_with = config;
  return kExitOk;
}

namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Outcome {
  int code;
  std::string out;
  std::string err;
};

Outcome Invoke(std::vector<std::string> arguments) {
  std::vector<const char*> argv = {"hydrant"};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  std::ostringstream out;
  std::ostringstream err;
  ran_with.reset();
  const int code = RunCommandLine(static_cast<int>(argv.size()), argv.data(), {out, err});
  return {code, out.str(), err.str()};
}

// Commands look at ./hydrant.yaml: each test has a working directory of its own.
class CommandLine : public ::testing::Test {
 protected:
  CommandLine() : before_(std::filesystem::current_path()) {
    std::filesystem::current_path(directory_.path());
  }
  ~CommandLine() override { std::filesystem::current_path(before_); }

  static void Write(const std::string& path, const std::string& text) {
    std::ofstream(path) << text;
  }

 private:
  const std::filesystem::path before_;
  testing::TempDir directory_;
};

TEST_F(CommandLine, RefusesWhatItDoesNotKnow) {
  const Outcome unknown = Invoke({"rum"});
  EXPECT_EQ(unknown.code, kExitUsage);
  EXPECT_THAT(unknown.err, HasSubstr("did you mean \"hydrant run\"?"));
  EXPECT_EQ(Invoke({}).code, kExitUsage);
  EXPECT_EQ(Invoke({"run", "--frobnicate"}).code, kExitUsage);
  EXPECT_EQ(Invoke({"put"}).code, kExitUsage);
  EXPECT_EQ(Invoke({"put", "s", "--newline", "maybe"}).code, kExitUsage);
  EXPECT_EQ(Invoke({"put", "s", "--retry-for", "soon"}).code, kExitUsage);
}

TEST_F(CommandLine, BenchRefusesWhatItCannotSend) {
  const auto refused = [](std::vector<std::string> options) {
    std::vector<std::string> arguments = {"bench", "--endpoint", "http://127.0.0.1:1"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const Outcome outcome = Invoke(arguments);
    EXPECT_EQ(outcome.code, kExitUsage);
    return outcome.err;
  };
  EXPECT_THAT(refused({}), HasSubstr("--stream"));
  EXPECT_THAT(refused({"--stream", "a b"}), HasSubstr("--stream a b: a name has 1 to 64"));
  EXPECT_THAT(refused({"--stream", std::string(64, 'x'), "--streams", "2"}), HasSubstr("--stream"));
  EXPECT_THAT(refused({"--stream", "s", "--rate", "-3"}), HasSubstr("--rate -3"));
  EXPECT_THAT(refused({"--stream", "s", "--rate", "nan"}), HasSubstr("--rate nan"));
  EXPECT_THAT(refused({"--stream", "s", "--bytes", "1 XB"}), HasSubstr("--bytes 1 XB"));
  EXPECT_THAT(refused({"--stream", "s", "--warm-up", "x"}), HasSubstr("--warm-up x"));
  EXPECT_THAT(refused({"--stream", "s", "--check-timeout", "x", "--check", "."}),
              HasSubstr("--check-timeout x"));
  EXPECT_THAT(refused({"--stream", "s", "--check-timeout", "1s"}), HasSubstr("--check"));
  EXPECT_THAT(refused({"--stream", "s", "--check", ""}),
              HasSubstr("--check \"\": must be s3://BUCKET/PREFIX or a directory"));
  EXPECT_THAT(refused({"--stream", "s", "--check", "s3://"}),
              HasSubstr("--check \"s3://\": must be s3://BUCKET/PREFIX or a directory"));
  EXPECT_THAT(refused({"--stream", "s", "--check", ".", "--records", "1000000001"}),
              HasSubstr("--check keeps track of 1000000000 at most"));
  EXPECT_THAT(refused({"--stream", "s", "--streams", "4000000000"}),
              HasSubstr("--streams 4000000000: must be 1 to 10000"));
  EXPECT_THAT(refused({"--wrong"}), HasSubstr("Run \"hydrant bench --help\""));
  EXPECT_THAT(refused({"--stream", "s", "--html", "-"}), HasSubstr("--html -"));
  EXPECT_THAT(refused({"--stream", "s", "--html", "none/report.html"}),
              HasSubstr("none/report.html: No such file"));
  EXPECT_THAT(refused({"--stream", "s", "--rate", "1e-8"}), HasSubstr("--rate 1e-08"));
  EXPECT_THAT(refused({"--stream", "s", "--ratee", "3"}), HasSubstr("did you mean \"--rate\"?"));
}

TEST(RegionOfEndpoint, IsThatOfAwsAlone) {
  EXPECT_EQ(RegionOfEndpoint("http://127.0.0.1:4573"), "");
  EXPECT_EQ(RegionOfEndpoint("https://s3.eu-west-1.amazonaws.com"), "");
  EXPECT_EQ(RegionOfEndpoint("https://firehose.amazonaws.com"), "");
  EXPECT_EQ(RegionOfEndpoint("https://firehose.eu-central-1.amazonaws.com"), "eu-central-1");
  EXPECT_EQ(RegionOfEndpoint("https://firehose-fips.us-gov-west-1.amazonaws.com:443/x"),
            "us-gov-west-1");
  EXPECT_EQ(RegionOfEndpoint("https://firehose.cn-north-1.amazonaws.com.cn"), "cn-north-1");
}

TEST_F(CommandLine, EveryCommandExplainsItselfWithExamples) {
  EXPECT_THAT(Invoke({"--help"}).out, HasSubstr("Exit codes"));
  for (const char* command :
       {"run", "validate", "put", "bench", "streams", "replay", "version", "docs", "help"}) {
    const Outcome help = Invoke({command, "--help"});
    EXPECT_EQ(help.code, kExitOk) << command;
    EXPECT_THAT(help.out, HasSubstr("Examples:\n  ")) << command;
  }
}

TEST_F(CommandLine, RunStartsWithDefaultsWithTheFileThatIsThereOrTheOneNamed) {
  EXPECT_EQ(Invoke({"run"}).code, kExitOk);
  ASSERT_TRUE(ran_with);
  EXPECT_EQ(ran_with->listen, "127.0.0.1:4573");
  Write("hydrant.yaml", "listen: 127.0.0.1:1\n");
  Invoke({"run"});
  EXPECT_EQ(ran_with->listen, "127.0.0.1:1");
  Write("other.yaml", "listen: 127.0.0.1:2\n");
  Invoke({"run", "--config", "other.yaml", "--set", "log.durability=os", "--set", "memory=1 GiB"});
  EXPECT_EQ(ran_with->listen, "127.0.0.1:2");
  EXPECT_EQ(ran_with->log.durability, Durability::kOs);
  EXPECT_EQ(ran_with->memory_bytes, 1u << 30);
}

TEST_F(CommandLine, RunDoesNotStartWithAWrongConfiguration) {
  Write("hydrant.yaml", "lisen: x\n");
  const Outcome wrong = Invoke({"run"});
  EXPECT_EQ(wrong.code, kExitUsage);
  EXPECT_FALSE(ran_with);
  EXPECT_THAT(wrong.err, HasSubstr("hydrant.yaml:1:1: lisen: is not a setting"));
  const Outcome missing = Invoke({"run", "--config", "none.yaml"});
  EXPECT_EQ(missing.code, kExitUsage);
  EXPECT_THAT(missing.err, HasSubstr("none.yaml: No such file"));
}

TEST_F(CommandLine, ValidateTellsEveryErrorAndTheExitCodeSaysWhether) {
  Write("good.yaml", "streams: []\n");
  const Outcome good = Invoke({"validate", "--config", "good.yaml"});
  EXPECT_EQ(good.code, kExitOk);
  EXPECT_THAT(good.out, HasSubstr("good.yaml: right"));
  Write("bad.yaml", "lisen: x\nmemory: 1\nlog: {durability: never}\n");
  const Outcome bad = Invoke({"validate", "--config", "bad.yaml"});
  EXPECT_EQ(bad.code, kExitFailed);
  EXPECT_THAT(bad.err, HasSubstr("bad.yaml:1:1: lisen"));
  EXPECT_THAT(bad.err, HasSubstr("bad.yaml:2:9: memory"));
  EXPECT_THAT(bad.err, HasSubstr("bad.yaml:3:19: log.durability"));
  EXPECT_EQ(Invoke({"validate", "--config", "."}).code, kExitFailed);
}

TEST_F(CommandLine, ProcessorsOfThisBuildAreKnownToValidate) {
  const auto stream_with = [](const std::string& processor) {
    return "streams:\n"
           "  - DeliveryStreamName: a\n"
           "    ExtendedS3DestinationConfiguration:\n"
           "      BucketARN: arn:aws:s3:::b\n"
           "      RoleARN: arn:aws:iam::000000000000:role/r\n"
           "      ProcessingConfiguration:\n"
           "        Enabled: true\n"
           "        Processors: [{Type: " +
           processor + "}]\n";
  };
  Write("hydrant.yaml", stream_with("AppendDelimiterToRecord"));
  const Outcome good = Invoke({"validate"});
  EXPECT_EQ(good.code, kExitOk) << good.err;
  Write("hydrant.yaml", stream_with("AppendDelimiter"));
  EXPECT_THAT(Invoke({"validate"}).err, HasSubstr("Processors[0].Type: \"AppendDelimiter\""));
}

TEST_F(CommandLine, VersionSaysWhatItIsBuiltOf) {
  const Outcome version = Invoke({"version"});
  EXPECT_EQ(version.code, kExitOk);
  for (const char* word : {"hydrant 0.1.0 (", "compiler", "boost", "caf", "curl", "openssl"}) {
    EXPECT_THAT(version.out, HasSubstr(word));
  }
}

TEST_F(CommandLine, VersionAndHelpAreCommandsAndOptions) {
  const Outcome version = Invoke({"--version"});
  EXPECT_EQ(version.code, kExitOk);
  EXPECT_EQ(version.out, Invoke({"version"}).out);
  EXPECT_EQ(version.err, "");
  const Outcome help = Invoke({"help"});
  EXPECT_EQ(help.code, kExitOk);
  EXPECT_EQ(help.out, Invoke({"--help"}).out);
  EXPECT_EQ(Invoke({"help", "put"}).out, Invoke({"put", "--help"}).out);
  const Outcome unknown = Invoke({"help", "rum"});
  EXPECT_EQ(unknown.code, kExitUsage);
  EXPECT_THAT(unknown.err, HasSubstr("did you mean \"hydrant run\"?"));
}

TEST_F(CommandLine, ClientsWithoutANodeFailAndSayWhatToDo) {
  // Port 1 of loopback: nobody listens there.
  const Outcome streams = Invoke({"streams", "--admin", "http://127.0.0.1:1"});
  EXPECT_EQ(streams.code, kExitFailed);
  EXPECT_THAT(streams.err, HasSubstr("hydrant run"));
  Write("lines", "a\n");
  const Outcome put = Invoke(
      {"put", "s", "--file", "lines", "--endpoint", "http://127.0.0.1:1", "--retry-for", "1s"});
  EXPECT_EQ(put.code, kExitFailed);
  EXPECT_THAT(put.err, HasSubstr("acknowledged: 0 records"));
  EXPECT_THAT(put.err, HasSubstr("waiting: "));
  EXPECT_THAT(put.err, HasSubstr("hydrant run"));
  EXPECT_EQ(Invoke({"put", "s", "--file", "none", "--endpoint", "http://127.0.0.1:1"}).code,
            kExitFailed);
}

TEST_F(CommandLine, AnUnknownCommandIsNamed) {
  for (const auto& [word, wanted] :
       {std::pair("bogus", "\"bogus\" is not a command\n"),
        std::pair("valdate", "\"valdate\" is not a command; did you mean \"hydrant validate\"?")}) {
    const Outcome outcome = Invoke({word});
    EXPECT_EQ(outcome.code, kExitUsage);
    EXPECT_THAT(outcome.err, HasSubstr(wanted));
  }
  EXPECT_THAT(Invoke({"--bogus"}).err, HasSubstr("--bogus"));
  EXPECT_THAT(Invoke({"run", "--bogus"}).err,
              HasSubstr("\"--bogus\" is no option of \"hydrant run\"\n"));
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"run", "--confg", "x"}, {"validate", "--confg=x"}}) {
    const Outcome outcome = Invoke(words);
    EXPECT_EQ(outcome.code, kExitUsage);
    EXPECT_THAT(outcome.err, HasSubstr("\"--confg\" is no option of \"hydrant " + words[0] +
                                       "\"; did you mean \"--config\"?"));
    EXPECT_THAT(outcome.err, Not(HasSubstr("x\n")));
  }
}

TEST_F(CommandLine, ValidateKnowsWhatThisBuildCanServeAndReach) {
  Write("hydrant.yaml",
        "s3: {endpoint: \"file:///srv\"}\n"
        "tls: {certificate_file: /none.crt, private_key_file: /none.key}\n"
        "streams:\n"
        "  - DeliveryStreamName: a\n"
        "    ExtendedS3DestinationConfiguration:\n"
        "      RoleARN: arn:aws:iam::000000000000:role/r\n"
        "      BucketARN: arn:aws:s3:::..\n"
        "      Prefix: ../escape/\n"
        "  - DeliveryStreamName: b\n"
        "    SplunkDestinationConfiguration:\n"
        "      HECEndpoint: https://h\n"
        "      HECEndpointType: Raw\n"
        "      HECToken: very-secret\n"
        "      S3Configuration:\n"
        "        RoleARN: arn:aws:iam::000000000000:role/r\n"
        "        BucketARN: arn:aws:s3:::logs\n");
  const Outcome outcome = Invoke({"validate"});
  EXPECT_EQ(outcome.code, kExitFailed);
  EXPECT_THAT(outcome.err,
              HasSubstr("hydrant.yaml:2:25: tls.certificate_file: \"/none.crt\" cannot"));
  EXPECT_THAT(outcome.err, HasSubstr("hydrant.yaml:7:7: streams[0]."));
  EXPECT_THAT(outcome.err,
              HasSubstr("hydrant.yaml:8:7: streams[0].ExtendedS3DestinationConfiguration"
                        ".Prefix: can't be a path in a bucket that is a directory"));
  EXPECT_THAT(outcome.err,
              HasSubstr("hydrant.yaml:10:5: streams[1].SplunkDestinationConfiguration: "
                        "this build of hydrant has no sink for it"));
  EXPECT_THAT(outcome.err, Not(HasSubstr("very-secret")));
  EXPECT_EQ(Invoke({"run"}).code, kExitUsage);
  // Whoever only talks to the node need not be able to read its key.
  EXPECT_THAT(Invoke({"streams", "--set", "streams=[]", "--set", "admin=127.0.0.1:1"}).err,
              HasSubstr("no answer"));
}

TEST_F(CommandLine, ReplayRefusesWhatItWouldNotHeed) {
  const auto refusal = [](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"replay", "s", "--admin", "http://127.0.0.1:1"});
    const Outcome outcome = Invoke(arguments);
    EXPECT_EQ(outcome.code, kExitUsage) << outcome.err;
    return outcome.err;
  };
  for (const std::vector<std::string>& option : {std::vector<std::string>{"--from", "0"},
                                                 {"--to", "1"},
                                                 {"--destination", "backup"},
                                                 {"--rate", "0"},
                                                 {"--dry-run"},
                                                 {"--detach"}}) {
    for (std::vector<std::string> arguments :
         {std::vector<std::string>{"--list"}, {"--stop", "5f0c3a91"}}) {
      const std::string instead = arguments.front();
      arguments.insert(arguments.end(), option.begin(), option.end());
      EXPECT_THAT(refusal(arguments), HasSubstr(instead + " takes no " + option.front()));
    }
  }
  EXPECT_THAT(refusal({"--list", "--stop", "5f0c3a91"}), HasSubstr("--list takes no --stop"));
  for (const char* option : {"--from", "--to", "--destination", "--rate", "--stop"}) {
    EXPECT_THAT(refusal({option, ""}), HasSubstr(std::string(option) + ": must not be empty"));
  }
  EXPECT_THAT(refusal({}), HasSubstr("--from is missing"));
  EXPECT_THAT(refusal({"--from", "2026-11-21"}), HasSubstr("needs a zone"));
  EXPECT_THAT(Invoke({"replay", "a b/c", "--list"}).err, HasSubstr("\"a b/c\""));
  EXPECT_EQ(Invoke({"replay", "s", "--list", "--admin", "http://127.0.0.1:1"}).code, kExitFailed);
}

TEST(LocalUrl, ReachesAListenerFromThisMachine) {
  EXPECT_EQ(LocalUrl("127.0.0.1:4573", false), "http://127.0.0.1:4573");
  EXPECT_EQ(LocalUrl("0.0.0.0:4573", true), "https://127.0.0.1:4573");
  EXPECT_EQ(LocalUrl("[::]:80", false), "http://[::1]:80");
}

TEST(EscapePathSegment, LeavesNothingThatEndsASegment) {
  EXPECT_EQ(EscapePathSegment("access-logs_1.a"), "access-logs_1.a");
  EXPECT_EQ(EscapePathSegment("a/../b?c#d e"), "a%2F..%2Fb%3Fc%23d%20e");
}

TEST(StreamTable, RefusesWhatIsNoList) {
  for (const char* text : {"", "[]", "{}", "{\"streams\":1}", "{\"streams\":[1]}", "<html>"}) {
    EXPECT_FALSE(ParseStreamList(text).ok()) << text;
  }
}

TEST_F(CommandLine, OutputThatIsNotWrittenIsAFailure) {
  std::ofstream full("/dev/full");
  std::ostringstream err;
  const char* const argv[] = {"hydrant", "version"};
  EXPECT_EQ(RunCommandLine(2, argv, {full, err}), kExitFailed);
  EXPECT_THAT(err.str(), HasSubstr("standard output"));
}

TEST(StreamTable, CutsALongDestinationToTheWidthOfTheTerminal) {
  const std::string destination = "s3://b/é/" + std::string(600, 'p');
  const std::vector<StreamRow> rows = {{.name = "a", .destination = destination},
                                       {.name = "b", .destination = "s3://c/"}};
  EXPECT_THAT(RenderStreamTable(rows, false, SIZE_MAX), HasSubstr(destination + "  "));
  for (const size_t columns : {100u, 200u}) {
    const std::string table = RenderStreamTable(rows, false, columns);
    EXPECT_EQ(table.find('\n'), columns) << table;  // the titles, as wide as every line
    EXPECT_THAT(table, HasSubstr("pppp…  "));
    EXPECT_THAT(table, HasSubstr("s3://c/ "));
  }
  EXPECT_THAT(RenderStreamTable(rows, false, 10), HasSubstr("s3://b/é/p…  "));
}

TEST(StreamTable, AlignsColumnsAndMarksWhatFails) {
  const auto rows = ParseStreamList(R"({"streams":[
      {"name":"a","state":"running","destination":"s3://b/é","backlog_records":1234567,
       "backlog_bytes":64200000,"lag_seconds":1.25,"records_in_per_second":0.5,
       "records_out_per_second":12345.6,"last_error":"","delivery_workers":16,"backup":null,
       "destination_in_use":"s3://b/é"},
      {"name":"longer","state":"retrying","breaker":"open","destination":"s3://c",
       "lag_seconds":7200,"last_error":"S3.AccessDenied\u001b[2J"}]})");
  ASSERT_OK(rows);
  const std::string table = RenderStreamTable(*rows, false, SIZE_MAX);
  EXPECT_EQ(table,
            "NAME    STATE     DESTINATION    LAG    BACKLOG    BYTES  IN/S   OUT/S  WORKERS\n"
            "a       running   s3://b/é     1.2 s  1,234,567  64.2 MB   0.5  12,346       16\n"
            "longer  retrying  s3://c       2.0 h          0      0 B   0.0     0.0        0\n"
            "  breaker open\n"
            "  S3.AccessDenied [2J\n");
  EXPECT_THAT(RenderStreamTable(*rows, true, SIZE_MAX), HasSubstr("\033[31mlonger"));
  EXPECT_THAT(RenderStreamTable(*rows, true, SIZE_MAX), Not(HasSubstr("\033[31ma ")));
  EXPECT_EQ(RenderStreamTable({}, false, 80), "no streams\n");
}

TEST(StreamTable, SaysWhereRecordsAreThatAreNotAtTheirDestination) {
  const auto rows = ParseStreamList(R"({"streams":[
      {"name":"a","state":"running","destination":"s3://b/","destination_in_use":"s3://other/",
       "error_backlog_records":1,"possible_duplicate_records":2000,
       "backup":{"destination":"s3://backup/","backlog_records":7,"breaker":"half-open",
                 "last_error":"S3.SlowDown: later"}},
      {"name":"b","state":"failed","detail":"no log","destination":"s3://b/",
       "backup":{"destination":"s3://backup/","backlog_records":0,"last_error":""}}]})");
  ASSERT_OK(rows);
  EXPECT_EQ(
      (*rows)[0].notes,
      (std::vector<std::string>{
          "delivered to s3://other/",
          "backup s3://backup/: 7 behind, breaker half-open, S3.SlowDown: later",
          "1 record on the way to the error output", "2,000 records may be at two destinations"}));
  EXPECT_EQ((*rows)[1].notes, std::vector<std::string>{"no log"});
  EXPECT_TRUE((*rows)[0].failing);
  EXPECT_TRUE((*rows)[1].failing);
}

TEST(StreamTable, FitsAHundredColumns) {
  StreamRow row{.name = "access-log",
                .state = "retrying",
                .destination = "s3://a-bucket/with/a/long/prefix/",
                .backlog_records = 12345678,
                .backlog_bytes = 999'400'000,
                .lag_seconds = 99.9,
                .records_in_per_second = 99999,
                .records_out_per_second = 99999,
                .delivery_workers = 1024};
  const std::string table = RenderStreamTable({row}, false, 100);
  EXPECT_LE(table.find('\n'), 100u) << table;
}

}  // namespace
}  // namespace hydrant
