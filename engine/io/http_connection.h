// HttpConnection: one accepted connection of the HttpServer: reads heads, hands out bodies, writes
// answers, and decides after each request whether the connection can live on.
// Owner:   its loop of one thread, but for what says otherwise; kept alive by its coroutine
// Units:   see HttpServerOptions. Time limits are one deadline that is moved, watched by the
//          server's sweep: no timer is armed for a read.
#pragma once

#include "engine/io/chunk_decoder.h"
#include "engine/io/http_head.h"
#include "engine/io/http_server.h"
#include "engine/io/http_transport.h"
#include "engine/record/arena.h"

#include <boost/asio/awaitable.hpp>
#include <boost/system/error_code.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace hydrant {

// What all connections of a server share.
struct HttpConnectionContext {
  HttpConnectionContext(ArenaPool& p, HttpServerOptions o, HttpHandler h)
      : pool(&p), options(std::move(o)), handler(std::move(h)) {}
  ArenaPool* const pool;
  const HttpServerOptions options;
  const HttpHandler handler;
  std::atomic<bool> draining{false};
  std::atomic<size_t> active_requests{0};
};

class HttpConnection final : public HttpExchange,
                             public std::enable_shared_from_this<HttpConnection> {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;

  HttpConnection(std::shared_ptr<HttpConnectionContext> context,
                 std::unique_ptr<HttpTransport> transport, bool tls);

  // Serves until the connection ends; the caller keeps it alive.
  asio::awaitable<void> Run();
  // Answers 503 without reading a request: there are too many connections.
  asio::awaitable<void> Refuse();

  // Any thread: ends what has run out of time at `now`.
  void Sweep(SteadyTime now);
  // Any thread: closes the connection; with `only_idle` only if no request is under way.
  void RequestClose(bool only_idle);
  // Any thread: since when it waits for a request; max() when it does not.
  SteadyTime idle_since() const { return SteadyTime(SteadyTime::duration(idle_since_.load())); }

  const HttpRequestHead& head() const override { return head_; }
  uint64_t content_length() const override { return framing_.content_length; }
  asio::awaitable<StatusOr<HttpBody>> ReadBody(uint64_t bytes_max) override;
  void LimitBodyTime(uint64_t bytes) override;
  asio::awaitable<StatusOr<size_t>> ReadSome(std::span<char> buffer) override;
  asio::awaitable<Status> Respond(HttpResponse response) override;

 private:
  bool chunked() const { return framing_.content_length == kChunked; }
  bool body_ended() const { return chunked() ? chunks_.done() : body_left_ == 0; }

  // The head of the next request is in head_ and framing_. False: no more requests.
  asio::awaitable<bool> ReadHead();
  asio::awaitable<bool> RefuseHead(HttpHeadVerdict verdict);
  void PrepareBuffer();
  void GrowBuffer();
  void StartBody();
  asio::awaitable<void> Serve();
  asio::awaitable<void> AnswerForHandler();
  asio::awaitable<void> DrainBody();
  asio::awaitable<void> Finish();

  // The bytes behind the head that were read with it.
  std::string_view pending() const { return {buffer_.data() + begin_, end_ - begin_}; }
  asio::awaitable<Status> SendContinue();
  asio::awaitable<StatusOr<size_t>> ReadSomeIdentity(std::span<char> buffer);
  asio::awaitable<StatusOr<size_t>> ReadSomeChunked(std::span<char> buffer);
  asio::awaitable<Status> FillPending();
  asio::awaitable<StatusOr<HttpBody>> ReadIdentityBody();
  asio::awaitable<StatusOr<HttpBody>> ReadChunkedBody(uint64_t bytes_max);
  // One read from the transport while a body is expected.
  asio::awaitable<StatusOr<size_t>> ReadRaw(char* to, size_t size);
  Status BodyError(Status status);
  bool DecideKeepAlive();
  void RenderHead(const HttpResponse& response, bool with_body);

  void SetDeadline(SteadyTime deadline) { deadline_.store(deadline.time_since_epoch().count()); }
  void SetDeadline(absl::Duration from_now);
  void ClearDeadline() { SetDeadline(SteadyTime::max()); }

  const std::shared_ptr<HttpConnectionContext> context_;
  const std::unique_ptr<HttpTransport> transport_;

  Arena buffer_;
  size_t head_end_ = 0;  // the head in use lies before it
  size_t begin_ = 0;     // buffer_[begin_, end_) was read and not used
  size_t end_ = 0;

  HttpRequestHead head_;
  HttpFraming framing_;
  uint64_t body_left_ = 0;
  uint64_t chunked_bytes_ = 0;  // of a chunked body, so far
  ChunkDecoder chunks_;
  Status body_error_;
  bool continue_due_ = false;
  bool responded_ = false;
  bool keep_alive_ = true;
  bool broken_ = false;        // reading or writing failed: nothing more can be sent
  bool linger_ = false;        // the peer may still be sending: read that away before closing
  std::string response_head_;  // reused

  bool expired_ = false;  // the deadline ended the read or write under way
  bool closing_ = false;
  SteadyTime body_deadline_ = SteadyTime::max();  // of the body under way, where ReadBody reads it
  std::atomic<SteadyTime::rep> deadline_{SteadyTime::max().time_since_epoch().count()};
  std::atomic<SteadyTime::rep> idle_since_{SteadyTime::max().time_since_epoch().count()};
};

// "Not Found".
std::string_view HttpReason(int status);

}  // namespace hydrant
