#include "engine/base/logging.h"

#include "engine/base/log_sink.h"
#include "engine/testing/temp_dir.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fcntl.h>
#include <fstream>
#include <functional>
#include <limits>
#include <pty.h>
#include <sstream>
#include <thread>
#include <unistd.h>
#include <vector>

namespace hydrant {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;

// What `body` writes to file descriptor 2 while that is `target`.
void WithStderr(int target, const std::function<void()>& body) {
  const int saved = dup(STDERR_FILENO);
  ASSERT_GE(dup2(target, STDERR_FILENO), 0);
  body();
  ASSERT_GE(dup2(saved, STDERR_FILENO), 0);
  close(saved);
}

std::string Captured(const std::function<void()>& body) {
  testing::TempDir dir;
  const std::string path = dir.File("stderr");
  const int file = open(path.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
  WithStderr(file, body);
  close(file);
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

nlohmann::json CapturedJson(const std::function<void()>& body) {
  return nlohmann::json::parse(Captured(body));
}

// First in this file on purpose: nothing has configured logging yet.
TEST(LoggingTest, WorksUnconfigured) {
  const std::string text = Captured([] {
    LogDebug("not shown");
    LogInfo("shown");
  });
  EXPECT_THAT(text, AllOf(HasSubstr("shown"), Not(HasSubstr("not shown"))));
}

TEST(LoggingTest, JsonHasTimeLevelMessageAndTypedFields) {
  ConfigureLogging(LogLevel::kDebug, LogFormat::kJson);
  const auto line = CapturedJson([] {
    LogWarn("stream made", {{"stream", "clicks"},
                            {"records", uint64_t{18446744073709551615U}},
                            {"delta", -3},
                            {"ok", true},
                            {"ratio", 0.5}});
  });
  EXPECT_THAT(line["time"].get<std::string>(),
              MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z"));
  EXPECT_EQ(line["level"], "warning");
  EXPECT_EQ(line["message"], "stream made");
  EXPECT_EQ(line["stream"], "clicks");
  EXPECT_EQ(line["records"], 18446744073709551615U);
  EXPECT_EQ(line["delta"], -3);
  EXPECT_EQ(line["ok"], true);
  EXPECT_EQ(line["ratio"], 0.5);
}

TEST(LoggingTest, JsonSurvivesHostileText) {
  ConfigureLogging(LogLevel::kInfo, LogFormat::kJson);
  const std::string hostile =
      std::string("a\"b\\c\n\t\x01\x7f{}%v") + '\0' + "\xff\xc3(\xed\xa0\x80";
  const std::string text = Captured([&] { LogInfo(hostile, {{hostile, hostile}}); });
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  const auto line = nlohmann::json::parse(text);
  const auto message = line["message"].get<std::string>();
  EXPECT_TRUE(message.starts_with(std::string_view("a\"b\\c\n\t\x01\x7f{}%v\0\xef\xbf\xbd", 17)));
  EXPECT_EQ(line[message], message);
}

TEST(LoggingTest, JsonHasNoNumberForNanAndInfinity) {
  ConfigureLogging(LogLevel::kInfo, LogFormat::kJson);
  const auto line = CapturedJson([] {
    LogInfo("m", {{"a", std::numeric_limits<double>::quiet_NaN()},
                  {"b", -std::numeric_limits<double>::infinity()}});
  });
  EXPECT_EQ(line["a"], "nan");
  EXPECT_EQ(line["b"], "-inf");
}

TEST(LoggingTest, LevelHidesWhatIsBelow) {
  ConfigureLogging(LogLevel::kError, LogFormat::kText);
  EXPECT_THAT(Captured([] {
                LogDebug("d");
                LogInfo("i");
                LogWarn("w");
              }),
              IsEmpty());
  EXPECT_THAT(Captured([] { LogError("e"); }), EndsWith("error   e\n"));
}

TEST(LoggingTest, TextQuotesWhatIsNotAPlainWord) {
  ConfigureLogging(LogLevel::kInfo, LogFormat::kText);
  const std::string text = Captured([] {
    LogInfo("made \"it\"", {{"a", "plain"}, {"b", "two words"}, {"c", ""}, {"d", "\x1b[31m\nx"}});
  });
  EXPECT_THAT(
      text,
      EndsWith("Z info    made \"it\" a=plain b=\"two words\" c=\"\" d=\"\\u001b[31m\\nx\"\n"));
  EXPECT_THAT(Captured([] { LogInfo("one\ntwo"); }), EndsWith("info    \"one\\ntwo\"\n"));
}

TEST(LoggingTest, AutoIsJsonAwayFromATerminal) {
  const std::string text = Captured([] {
    ConfigureLogging(LogLevel::kInfo, LogFormat::kAuto);
    LogInfo("m");
  });
  EXPECT_EQ(nlohmann::json::parse(text)["message"], "m");
}

TEST(LoggingTest, AutoIsTextOnATerminal) {
  int master = -1;
  int slave = -1;
  if (openpty(&master, &slave, nullptr, nullptr, nullptr) != 0) GTEST_SKIP() << "no terminals";
  WithStderr(slave, [] {
    ConfigureLogging(LogLevel::kInfo, LogFormat::kAuto);
    LogInfo("on a terminal");
  });
  char buffer[256];
  const ssize_t n = read(master, buffer, sizeof(buffer));
  close(slave);
  close(master);
  ASSERT_GT(n, 0);
  const std::string text(buffer, static_cast<size_t>(n));
  EXPECT_THAT(text, HasSubstr(" on a terminal"));
  EXPECT_THAT(text, Not(HasSubstr("{")));
}

TEST(LoggingTest, LinesOfManyThreadsStayWhole) {
  ConfigureLogging(LogLevel::kInfo, LogFormat::kJson);
  constexpr int kThreads = 4;
  constexpr int kLines = 200;
  const std::string text = Captured([] {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([t] {
        for (int i = 0; i < kLines; ++i) LogInfo("line", {{"thread", t}, {"i", i}});
      });
    }
  });
  std::istringstream lines(text);
  std::string line;
  int count = 0;
  while (std::getline(lines, line)) {
    ++count;
    EXPECT_EQ(nlohmann::json::parse(line)["message"], "line");
  }
  EXPECT_EQ(count, kThreads * kLines);
}

TEST(LoggingTest, ASinkTakesTheLines) {
  static std::vector<std::string> taken;
  SetLogSink([](LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
    taken.push_back(std::to_string(static_cast<int>(level)) + std::string(message) +
                    fields.begin()->value);
  });
  LogDebug("one", {{"k", "v"}});
  SetLogSink(nullptr);
  EXPECT_THAT(taken, ::testing::ElementsAre("0onev"));
}

}  // namespace
}  // namespace hydrant
