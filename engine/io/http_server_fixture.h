// A server under test with a handler that shows what it got: by path, the body echoed, read in pieces, not read, …
#pragma once

#include "engine/io/http_server.h"
#include "engine/io/runtime.h"
#include "engine/testing/raw_client.h"
#include "engine/testing/status_matchers.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace hydrant {

inline asio::awaitable<std::string> ReadAllSome(HttpExchange& exchange, size_t piece) {
  std::string all;
  std::string buffer(piece, '\0');
  for (;;) {
    const StatusOr<size_t> n = co_await exchange.ReadSome({buffer.data(), buffer.size()});
    if (!n.ok()) co_return "error " + std::to_string(static_cast<int>(n.status().code()));
    if (*n == 0) co_return all;
    all.append(buffer, 0, *n);
  }
}

class HttpServerTest : public ::testing::Test {
 protected:
  void Start(HttpServerOptions options = {}) {
    server_ = MakeHttpServer(runtime_, pool_, std::move(options),
                             [this](HttpExchange& e) { return Handle(e); });
    ASSERT_OK(server_->Start());
    ASSERT_NE(server_->port(), 0);
  }
  void TearDown() override {
    if (server_) server_->Close();
    runtime_.Stop();
  }

  asio::awaitable<void> Handle(HttpExchange& exchange) {
    ++handled_;
    const std::string path(exchange.head().path);
    if (path == "/throw") throw std::runtime_error("on purpose");
    if (path == "/silent") co_return;
    HttpResponse response;
    response.content_type = "text/plain";
    if (path == "/some") {
      response.body = co_await ReadAllSome(exchange, 7);
    } else if (path == "/unread") {
      response.body = "unread";
    } else if (path == "/slow") {
      asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::milliseconds(300));
      co_await timer.async_wait(asio::use_awaitable);
      response.body = "slow";
    } else if (path == "/thread") {
      response.body = std::to_string(gettid());
    } else if (path == "/head") {
      const HttpRequestHead& head = exchange.head();
      response.body.append(head.method).append("|").append(head.query).append("|");
      response.body.append(head.Header("x-probe")).append("|");
      response.body.append(head.remote.substr(0, 10)).append(head.tls ? "|tls" : "|plain");
    } else {
      StatusOr<HttpBody> body = co_await exchange.ReadBody(1000000);
      if (absl::IsResourceExhausted(body.status())) {
        response.status = 413;
      } else if (!body.ok()) {
        broken_bodies_ += absl::IsUnavailable(body.status());
        co_return;
      } else {
        for (size_t i = 0; i < HttpBody::kPadding; ++i) {
          EXPECT_EQ(body->arena.data()[body->size + i], 0);
        }
        response.body = body->view();
      }
    }
    (co_await exchange.Respond(std::move(response))).IgnoreError();
  }

  // The answer to one request on a connection of its own, and that the connection ends after it.
  std::string AnswerAndClose(std::string_view request) {
    testing::RawClient client(server_->port());
    client.Send(request);
    std::string answer = client.Receive();
    EXPECT_TRUE(client.Ended()) << request;
    return answer;
  }
  void ExpectServing() {
    testing::RawClient client(server_->port());
    client.Send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nok");
    EXPECT_THAT(client.Receive(), ::testing::EndsWith("\r\n\r\nok"));
  }

  ArenaPool pool_{16 << 20};  // outlives the runtime, whose coroutines hold memory of it
  IoRuntime runtime_{2};
  std::unique_ptr<HttpServer> server_;
  std::atomic<int> handled_{0};
  std::atomic<int> broken_bodies_{0};
};

}  // namespace hydrant
