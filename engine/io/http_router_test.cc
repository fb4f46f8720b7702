#include "engine/io/http_router.h"

#include "engine/testing/coroutine.h"
#include "engine/testing/status_matchers.h"

#include <gtest/gtest.h>

namespace hydrant {
namespace {

class FakeExchange final : public HttpExchange {
 public:
  explicit FakeExchange(std::string_view path) { head_.path = path; }
  const HttpRequestHead& head() const override { return head_; }
  uint64_t content_length() const override { return 0; }
  asio::awaitable<StatusOr<HttpBody>> ReadBody(uint64_t) override { co_return HttpBody(); }
  void LimitBodyTime(uint64_t /*bytes*/) override {}
  asio::awaitable<StatusOr<size_t>> ReadSome(std::span<char>) override { co_return 0; }
  asio::awaitable<Status> Respond(HttpResponse response) override {
    response_ = std::move(response);
    co_return Status();
  }
  HttpRequestHead head_;
  HttpResponse response_;
};

HttpHandler Answer(std::string text) {
  return [text](HttpExchange& exchange) -> asio::awaitable<void> {
    HttpResponse response;
    response.body = text;
    (co_await exchange.Respond(std::move(response))).IgnoreError();
  };
}

asio::awaitable<bool> Route(const HttpRouter& router, FakeExchange& exchange) {
  co_await router.Handle(exchange);
  co_return true;
}

HttpResponse Ask(const HttpRouter& router, std::string_view path) {
  asio::io_context context;
  FakeExchange exchange(path);
  testing::RunCoroutine(context, Route(router, exchange));
  return exchange.response_;
}

TEST(HttpRouter, AnswersNotFound) {
  HttpRouter router;
  EXPECT_EQ(Ask(router, "/").status, 404);
  router.Add("/streams/", Answer("streams"));
  for (const char* path : {"", "/", "/streams", "/stream/", "/Streams/x", "streams/"}) {
    EXPECT_EQ(Ask(router, path).status, 404) << path;
  }
}

TEST(HttpRouter, LongestMatchWinsWhateverTheOrder) {
  HttpRouter router;
  router.Add("/", Answer("root"));
  router.Add("/a/", Answer("prefix"));
  router.Add("/a/b", Answer("exact"));
  router.Add("/a/b/", Answer("deep"));
  EXPECT_EQ(Ask(router, "/").body, "root");
  EXPECT_EQ(Ask(router, "/x").status, 404);  // "/" is a whole path, not a prefix
  EXPECT_EQ(Ask(router, "/a/").body, "prefix");
  EXPECT_EQ(Ask(router, "/a/c").body, "prefix");
  EXPECT_EQ(Ask(router, "/a/b").body, "exact");
  EXPECT_EQ(Ask(router, "/a/bc").body, "prefix");
  EXPECT_EQ(Ask(router, "/a/b/c").body, "deep");
}

}  // namespace
}  // namespace hydrant
