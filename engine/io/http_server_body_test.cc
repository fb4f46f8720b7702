// Bodies that come slowly, not at all, too long, or that nobody reads.
#include "engine/io/http_server_fixture.h"

#include <atomic>
#include <chrono>
#include <string>
#include <thread>

namespace hydrant {
namespace {

using ::hydrant::testing::RawClient;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST_F(HttpServerTest, StalledBodyIsTimedOut) {
  HttpServerOptions options;
  options.body_stall_timeout = absl::Milliseconds(150);
  Start(options);
  RawClient client(server_->port());
  client.Send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhell");
  EXPECT_THAT(client.Receive(), StartsWith("HTTP/1.1 408"));
  EXPECT_TRUE(client.Ended());
}

TEST_F(HttpServerTest, BodyThatOnlyTricklesIsTimedOut) {
  HttpServerOptions options;
  options.body_stall_timeout = absl::Milliseconds(200);
  options.body_bytes_per_second_min = 10'000;
  Start(options);
  RawClient client(server_->port());
  client.Send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n");
  // Never silent for as long as the stall limit, and done after 20 s at this rate.
  std::atomic<bool> answered{false};
  std::thread producer([&] {
    for (int i = 0; i < 1000 && !answered && client.Send("x"); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  });
  EXPECT_THAT(client.Receive(), StartsWith("HTTP/1.1 408"));
  answered = true;
  producer.join();
}

TEST_F(HttpServerTest, BodyShorterThanItsLengthIsNothing) {
  Start();
  RawClient client(server_->port());
  client.Send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhell");
  client.CloseSend();
  EXPECT_EQ(client.Receive(), "");
  EXPECT_EQ(broken_bodies_, 1);
}

TEST_F(HttpServerTest, LargeBodies) {
  Start();
  std::string body(900001, '\0');
  for (size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>('a' + i * 31 % 26);
  std::string chunked;
  for (size_t at = 0, size = 1; at < body.size(); at += size, size = size * 3 % 70001 + 1) {
    const std::string piece = body.substr(at, size);
    char line[32];
    snprintf(line, sizeof line, "%zx\r\n", piece.size());
    chunked.append(line).append(piece).append("\r\n");
  }
  chunked.append("0\r\n\r\n");
  RawClient client(server_->port());
  for (int i = 0; i < 3; ++i) {
    client.Send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) +
                "\r\n\r\n");
    client.Send(body);
    EXPECT_TRUE(client.Receive().ends_with("\r\n\r\n" + body));
    for (const char* path : {"/", "/some"}) {
      client.Send(std::string("POST ") + path +
                  " HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
      client.Send(chunked);
      EXPECT_TRUE(client.Receive().ends_with("\r\n\r\n" + body)) << path;
    }
  }
}

TEST_F(HttpServerTest, BodyOverTheHandlersLimit) {
  Start();
  EXPECT_THAT(AnswerAndClose("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2000000\r\n\r\nabc"),
              AllOf(StartsWith("HTTP/1.1 413"), HasSubstr("Connection: close")));
  RawClient client(server_->port());
  client.Send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string chunk = "10000\r\n" + std::string(65536, 'x') + "\r\n";
  for (int i = 0; i < 17; ++i) client.Send(chunk);
  client.Send("0\r\n\r\nGET /head HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.Receive(), StartsWith("HTTP/1.1 413"));
  // What was left was short enough to be drained.
  EXPECT_THAT(client.Receive(), StartsWith("HTTP/1.1 200"));
}

TEST_F(HttpServerTest, UnreadBodyIsDrainedUpToALimit) {
  Start();
  RawClient client(server_->port());
  client.Send("POST /unread HTTP/1.1\r\nHost: h\r\nContent-Length: 200000\r\n\r\n");
  client.Send(std::string(200000, 'x'));
  EXPECT_THAT(client.Receive(), EndsWith("unread"));
  client.Send("POST /unread HTTP/1.1\r\nHost: h\r\nContent-Length: 3000000\r\n\r\n");
  client.Send(std::string(3000000, 'x'));
  EXPECT_THAT(client.Receive(), AllOf(HasSubstr("Connection: close"), EndsWith("unread")));
  EXPECT_TRUE(client.Ended());
}

TEST_F(HttpServerTest, UnreadBodyThatOnlyTricklesIsLeft) {
  HttpServerOptions options;
  options.body_stall_timeout = absl::Milliseconds(200);
  options.body_bytes_per_second_min = 1 << 20;
  Start(options);
  RawClient client(server_->port());
  client.Send("POST /unread HTTP/1.1\r\nHost: h\r\nContent-Length: 200000\r\n\r\n");
  EXPECT_THAT(client.Receive(), EndsWith("unread"));
  // Never silent for as long as the stall limit, and done after an hour at this rate.
  for (int i = 0; i < 250 && server_->active_requests() > 0; ++i) {
    if (!client.Send("x")) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_EQ(server_->active_requests(), 0u);
}

TEST_F(HttpServerTest, ClientsThatWantToCloseCanSendAllOfAnUnreadBody) {
  Start();
  const std::string body(16 << 20, 'x');
  const std::string head = "POST /unread HTTP/1.1\r\nHost: h\r\nConnection: close\r\n";
  const std::string length = "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  const std::string chunk = "Transfer-Encoding: chunked\r\n\r\n1000000\r\n";
  for (const std::string& framing : {length, chunk}) {
    RawClient client(server_->port());
    EXPECT_TRUE(client.Send(head + framing));
    EXPECT_TRUE(client.Send(body));
    EXPECT_THAT(client.Receive(), AllOf(HasSubstr("Connection: close"), EndsWith("unread")));
    EXPECT_TRUE(client.Ended());
  }
}

TEST_F(HttpServerTest, ContinueIsSentBeforeTheBodyIsRead) {
  Start();
  RawClient client(server_->port());
  const std::string head =
      " HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
  client.Send("POST /" + head);
  EXPECT_EQ(client.Receive(), "HTTP/1.1 100 Continue\r\n\r\n");
  client.Send("hello");
  EXPECT_THAT(client.Receive(), EndsWith("\r\n\r\nhello"));
  // Refused without reading: no 100, and the connection ends, since the body may come or not.
  client.Send("POST /unread" + head);
  EXPECT_THAT(client.Receive(), AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("Connection: close")));
  EXPECT_TRUE(client.Ended());
}

}  // namespace
}  // namespace hydrant
