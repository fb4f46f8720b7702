#include "app/line_reader.h"
#include "app/put_sender.h"
#include "app/stop_signal.h"
#include "engine/testing/status_matchers.h"

#include <absl/time/clock.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <fcntl.h>
#include <random>
#include <thread>
#include <unistd.h>

namespace hydrant {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

// The read end of a pipe that gives `text`, then ends.
class Input {
 public:
  explicit Input(std::string text) {
    EXPECT_EQ(pipe2(ends_, O_CLOEXEC), 0);
    writer_ = std::thread([this, text = std::move(text)] {
      for (size_t at = 0; at < text.size();) {
        const ssize_t wrote = write(ends_[1], text.data() + at, text.size() - at);
        if (wrote <= 0) break;
        at += static_cast<size_t>(wrote);
      }
      close(ends_[1]);
    });
  }
  ~Input() {
    close(ends_[0]);
    writer_.join();
  }
  int fd() const { return ends_[0]; }

 private:
  int ends_[2] = {-1, -1};
  std::thread writer_;
};

class FakeEntropy : public Entropy {
 public:
  uint64_t Next64() override { return random_(); }

 private:
  std::mt19937_64 random_{1};
};

// A node that takes what it is told to take.
struct FakeNode {
  std::vector<StatusOr<HttpReply>> script;  // answers in order, then 200 for everything
  std::vector<std::string> bodies;
  absl::Duration slept;
  FakeEntropy entropy;

  PutHooks Hooks() {
    return {.post = [this](std::string_view body) -> StatusOr<HttpReply> {
              bodies.emplace_back(body);
              if (bodies.size() <= script.size()) return script[bodies.size() - 1];
              const auto lines = std::count(body.begin(), body.end(), '\n');
              return HttpReply{200, "{\"records\":" + std::to_string(lines) + "}", {}};
            },
            .sleep = [this](absl::Duration pause) { slept += pause; },
            .report = [](const PutProgress&) {},
            .entropy = &entropy};
  }
};

LineReader ReaderOf(const Input& input, size_t run_bytes = 1 << 20) {
  return LineReader(input.fd(), run_bytes, 1000, absl::Seconds(5));
}

TEST(LineReader, CutsAtLinesOnly) {
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += "line " + std::to_string(i) + "\n";
  Input input(text);
  LineReader reader = ReaderOf(input, 10'000);
  std::string all;
  uint64_t records = 0;
  while (true) {
    const StatusOr<LineRun> run = reader.Next();
    ASSERT_OK(run);
    if (run->bytes.empty()) break;
    EXPECT_TRUE(run->bytes.ends_with('\n'));
    all += run->bytes;
    records += run->records;
  }
  EXPECT_EQ(all, text);
  EXPECT_EQ(records, 200'000u);
}

TEST(LineReader, KeepsALastLineWithoutNewlineAndCountsNoEmptyOnes) {
  Input input("a\n\n\r\nb\r\nc");
  LineReader reader = ReaderOf(input);
  const StatusOr<LineRun> run = reader.Next();
  ASSERT_OK(run);
  EXPECT_EQ(run->bytes, "a\n\n\r\nb\r\nc");
  EXPECT_EQ(run->records, 3u);
  EXPECT_EQ(reader.Next()->bytes, "");
}

TEST(LineReader, SendsWhatIsBeforeALineThatIsTooLongThenNamesIt) {
  for (const std::string& end : {std::string("\nafter\n"), std::string()}) {
    Input input("one\ntwo\n" + std::string(1001, 'x') + end);
    LineReader reader = ReaderOf(input);
    const StatusOr<LineRun> run = reader.Next();
    ASSERT_OK(run);
    EXPECT_EQ(run->bytes, "one\ntwo\n");
    EXPECT_THAT(reader.Next(),
                testing::StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("line 3 ")));
  }
  Input longest(std::string(1000, 'x') + "\n");
  LineReader reader = ReaderOf(longest);
  EXPECT_EQ(reader.Next()->records, 1u);
}

TEST(LineReader, DoesNotHoldBackLinesWhileTheInputPauses) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  ASSERT_EQ(write(ends[1], "whole\npart", 10), 10);
  LineReader reader(ends[0], 1 << 20, 1000, absl::Milliseconds(10));
  EXPECT_EQ(reader.Next()->bytes, "whole\n");
  ASSERT_EQ(write(ends[1], "ial\n", 4), 4);
  EXPECT_EQ(reader.Next()->bytes, "partial\n");
  close(ends[1]);
  EXPECT_EQ(reader.Next()->bytes, "");
  close(ends[0]);
}

TEST(SkipRecords, CountsAsTheNodeDoes) {
  EXPECT_EQ(SkipRecords("a\n\nb\nc\n", 2), "c\n");
  EXPECT_EQ(SkipRecords("a\nb", 2), "");
  EXPECT_EQ(SkipRecords("a\nb", 9), "");
  EXPECT_EQ(SkipRecords("a\n", 0), "a\n");
}

TEST(SendLines, SendsAgainOnlyWhatWasNotTaken) {
  Input input("a\nb\nc\nd\n");
  LineReader reader = ReaderOf(input);
  FakeNode node;
  node.script = {HttpReply{503, R"({"error":{},"records":1})", absl::Seconds(1)},
                 HttpReply{503, R"({"error":{},"records":0})", {}},
                 HttpReply{503, R"({"error":{},"records":2})", {}}};
  PutProgress progress;
  EXPECT_OK(SendLines(reader, node.Hooks(), progress));
  EXPECT_THAT(node.bodies, ElementsAre("a\nb\nc\nd\n", "b\nc\nd\n", "b\nc\nd\n", "d\n"));
  EXPECT_EQ(progress.records, 4u);
  EXPECT_EQ(progress.bytes, 8u);
  EXPECT_EQ(progress.retries, 3u);
  EXPECT_EQ(progress.unsure, 0u);
  EXPECT_GE(node.slept, absl::Seconds(1));  // as the first answer asked
}

TEST(SendLines, GivesUpWhenNothingIsTakenForTooLong) {
  Input input("a\n");
  LineReader reader = ReaderOf(input);
  FakeNode node;
  node.script.assign(10'000, HttpReply{503, "", {}});
  PutProgress progress;
  EXPECT_THAT(SendLines(reader, node.Hooks(), progress),
              testing::StatusIs(absl::StatusCode::kUnavailable, HasSubstr("503")));
  EXPECT_EQ(progress.records, 0u);
  EXPECT_LE(node.slept, absl::Minutes(5));
  EXPECT_GE(node.slept, absl::Minutes(4));
}

TEST(SendLines, RefusalsEndAtOnceAndSayHowToMend) {
  struct Case {
    int status;
    const char* type;
    const char* words;
    bool key = false;
  };
  for (const Case& refused :
       {Case{404, "ResourceNotFoundException", "hydrant streams"},
        Case{401, "UnrecognizedClientException", "HYDRANT_ACCESS_KEY_ID", true},
        Case{403, "AccessDeniedException", "403"}, Case{413, "RequestTooLargeException", "413"},
        Case{400, "InvalidArgumentException", "400"}}) {
    Input input("a\nb\n");
    LineReader reader = ReaderOf(input);
    FakeNode node;
    const std::string type = refused.type;
    node.script = {HttpReply{
        refused.status, R"({"records":1,"error":{"message":"no.","type":")" + type + "\"}}", {}}};
    PutProgress progress;
    const Status sent = SendLines(reader, node.Hooks(), progress);
    EXPECT_THAT(sent, testing::StatusIs(absl::StatusCode::kInvalidArgument,
                                        AllOf(HasSubstr(refused.words), HasSubstr(": no."))));
    EXPECT_EQ(Message(sent).find("HYDRANT_") != std::string_view::npos, refused.key) << type;
    EXPECT_THAT(node.bodies, SizeIs(1));
    EXPECT_EQ(progress.records, 1u);
  }
}

TEST(SendLines, AnAnswerCannotWriteToTheTerminal) {
  Input input("a\n");
  LineReader reader = ReaderOf(input);
  FakeNode node;
  node.script = {HttpReply{400, "<b>\x1b[31m", {}}};
  PutProgress progress;
  const Status sent = SendLines(reader, node.Hooks(), progress);
  EXPECT_THAT(sent, testing::StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("<b> [31m")));
}

const Status kBroken = MakeStatus(absl::StatusCode::kAborted, "reset");

TEST(SendLines, ABrokenConnectionIsTriedAgainAndToldAsUnsure) {
  Input input("a\nb\n");
  LineReader reader = ReaderOf(input, 2);
  FakeNode node;
  node.script = {HttpReply{503, "", {}}, kBroken};
  PutProgress progress;
  EXPECT_OK(SendLines(reader, node.Hooks(), progress));
  EXPECT_EQ(progress.records, 2u);
  EXPECT_EQ(progress.unsure, 1u);
}

TEST(SendLines, WaitsForANodeThatIsNotThereYet) {
  Input input("a\n");
  LineReader reader = ReaderOf(input);
  FakeNode node;
  node.script.assign(20, Unavailable("refused"));
  std::string waited_for;
  PutHooks hooks = node.Hooks();
  hooks.report = [&](const PutProgress& progress) { waited_for += progress.waiting.substr(0, 1); };
  PutProgress progress;
  EXPECT_OK(SendLines(reader, hooks, progress));
  EXPECT_EQ(progress.records, 1u);
  EXPECT_EQ(progress.unsure, 0u);  // without a connection nothing was sent
  EXPECT_EQ(waited_for, std::string(20, 'r'));
}

TEST(SendLines, TheHintFitsTheFailure) {
  const auto fail = [](StatusOr<HttpReply> answer) {
    Input input("a\n");
    LineReader reader = ReaderOf(input);
    FakeNode node;
    node.script.assign(1000, answer);
    PutHooks hooks = node.Hooks();
    hooks.patience = absl::Seconds(2);
    PutProgress progress;
    return std::string(Message(SendLines(reader, hooks, progress)));
  };
  EXPECT_THAT(fail(Unavailable("refused")), AllOf(HasSubstr("no connection for 2s: refused"),
                                                  HasSubstr("is a node running there")));
  EXPECT_THAT(fail(HttpReply{503, R"({"error":{"message":"Slow down."}})", {}}),
              AllOf(HasSubstr("answered 503 (Slow down.)"), HasSubstr("hydrant streams"),
                    Not(HasSubstr("is a node running"))));
  EXPECT_THAT(fail(kBroken), AllOf(HasSubstr("reset"), Not(HasSubstr("is a node running"))));
  EXPECT_EQ(fail(InvalidArgument("no URL")), "no URL");
}

TEST(SendLines, AStopEndsItWithTheCountRight) {
  // What was read goes out once more; what is refused then is not tried again.
  for (const StatusOr<HttpReply>& answer :
       {StatusOr<HttpReply>(HttpReply{503, "", {}}), StatusOr<HttpReply>(kBroken),
        StatusOr<HttpReply>(Unavailable("refused"))}) {
    Input input("a\nb\nc\n");
    bool stopped = false;
    LineReader reader(input.fd(), 2, 1000, absl::Milliseconds(10), [&] { return stopped; });
    FakeNode node;
    node.script = {HttpReply{200, R"({"records":1})", {}}, answer};
    PutHooks hooks = node.Hooks();
    hooks.stopped = [&] { return stopped; };
    hooks.report = [&](const PutProgress& progress) { stopped = progress.records == 1; };
    PutProgress progress;
    const Status sent = SendLines(reader, hooks, progress);
    EXPECT_EQ(progress.records, 1u);
    EXPECT_LE(node.bodies.size(), 2u);
    if (node.bodies.size() < 2) continue;
    EXPECT_THAT(sent, testing::StatusIs(absl::StatusCode::kCancelled, HasSubstr("interrupted")));
    EXPECT_EQ(Message(sent).find("under way") != std::string_view::npos,
              answer.status().code() == absl::StatusCode::kAborted);
  }
}

TEST(LineReader, AStopEndsAWaitForInput) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  ASSERT_EQ(write(ends[1], "whole\npart", 10), 10);
  bool stopped = false;
  LineReader reader(ends[0], 1 << 20, 1000, absl::Milliseconds(10), [&] { return stopped; });
  EXPECT_EQ(reader.Next()->bytes, "whole\n");
  stopped = true;
  EXPECT_EQ(reader.Next()->bytes, "");
  close(ends[0]);
  close(ends[1]);
}

TEST(StopSignal, IsToldOnceAndGivenBack) {
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
    struct sigaction now = {};
    {
      StopSignal stop;
      EXPECT_EQ(stop.received(), 0);
      std::raise(signal);
      EXPECT_EQ(stop.received(), signal);
      EXPECT_EQ(stop.count(), 1);
      sigaction(signal, nullptr, &now);
      EXPECT_EQ(now.sa_handler, SIG_DFL);  // the next one ends the process
      const absl::Time start = absl::Now();
      stop.Sleep(absl::Seconds(30));
      EXPECT_LT(absl::Now() - start, absl::Seconds(5));
    }
    sigaction(signal, nullptr, &now);
    EXPECT_EQ(now.sa_handler, SIG_DFL);
  }
}

TEST(StopSignal, MayBeToldTwice) {
  StopSignal stop(2);
  std::raise(SIGINT);
  const absl::Time start = absl::Now();
  stop.Sleep(absl::Milliseconds(20), /*seen=*/1);
  EXPECT_GE(absl::Now() - start, absl::Milliseconds(20));
  std::raise(SIGINT);
  EXPECT_EQ(stop.count(), 2);
  stop.Sleep(absl::Seconds(30), /*seen=*/1);
  EXPECT_LT(absl::Now() - start, absl::Seconds(5));
  struct sigaction now = {};
  sigaction(SIGINT, nullptr, &now);
  EXPECT_EQ(now.sa_handler, SIG_DFL);
}

TEST(StopSignal, WhatIsIgnoredStaysIgnored) {
  struct sigaction before = {};
  struct sigaction ignore = {};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGHUP, &ignore, &before);
  {
    StopSignal stop;
    std::raise(SIGHUP);
    EXPECT_EQ(stop.count(), 0);
  }
  sigaction(SIGHUP, &before, nullptr);
}

}  // namespace
}  // namespace hydrant
