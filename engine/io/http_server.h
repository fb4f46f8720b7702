// HttpServer: HTTP/1.1 with keep-alive and optional TLS; every request is a coroutine of its
// handler. Beast reads the header; bodies go straight into pooled memory.
// Owner:   the node; handlers run on the I/O runtime, one at a time for each connection
// Units:   see HttpServerOptions; every limit ends in a clear answer (408, 413, 431) and, where
//          HTTP allows it, a connection that lives on
// Errors:  Start: kInvalidArgument (bad address, unreadable certificate), kUnavailable (port in
//          use)
#pragma once

#include "engine/base/status.h"
#include "engine/io/runtime.h"
#include "engine/record/arena.h"

#include <absl/time/time.h>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hydrant {

namespace asio = boost::asio;

struct HttpRequestHead {
  std::string_view method;
  std::string_view target;  // as sent, still encoded: path and query
  std::string_view path;    // target up to '?'
  std::string_view query;   // behind '?', or empty
  // In the order sent; names as sent. Views hold for the whole exchange.
  std::vector<std::pair<std::string_view, std::string_view>> headers;
  std::string remote;  // peer's address and port
  // What limits of one client are kept by: its address; of IPv6 the /64, which one client has all of.
  std::string network;
  bool tls = false;

  // Value of the first header of that name (any case), or empty.
  std::string_view Header(std::string_view name) const;
};

struct HttpResponse {
  int status = 200;
  std::string content_type;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

// A whole body in pooled memory, with at least kPadding readable bytes behind it (simdjson wants
// 64).
struct HttpBody {
  static constexpr size_t kPadding = 64;
  Arena arena;
  size_t size = 0;
  std::string_view view() const { return {arena.data(), size}; }
};

// One request and its answer. Lives on the connection's coroutine.
class HttpExchange {
 public:
  virtual ~HttpExchange() = default;
  virtual const HttpRequestHead& head() const = 0;
  // The declared length; 0 without a body; kChunked when the body is chunked.
  static constexpr uint64_t kChunked = UINT64_MAX;
  virtual uint64_t content_length() const = 0;
  // The whole body, at most `bytes_max` bytes. kResourceExhausted when it is longer (answer 413;
  // the server then drains or closes), kDeadlineExceeded when it does not come, kUnavailable when
  // the connection broke (nobody is left to answer).
  virtual asio::awaitable<StatusOr<HttpBody>> ReadBody(uint64_t bytes_max) = 0;
  // From now on the body must come at the server's least rate, as one of `bytes`: for readers that hold memory
  // for all of it. ReadBody does so itself.
  virtual void LimitBodyTime(uint64_t bytes) = 0;
  // The next piece of the body into `buffer`; 0 at its end. Chunked or not. kOutOfRange when it is longer
  // than the server's body_bytes_max (answer 413).
  virtual asio::awaitable<StatusOr<size_t>> ReadSome(std::span<char> buffer) = 0;
  // Sends the answer; once an exchange. What is unread of the body is drained (up to a limit) or
  // the connection closed.
  virtual asio::awaitable<Status> Respond(HttpResponse response) = 0;
};

using HttpHandler = std::function<asio::awaitable<void>(HttpExchange&)>;

struct HttpTlsOptions {
  std::string certificate_file;  // PEM chain; empty: no TLS
  std::string private_key_file;
  // PEM file of authorities; with it, clients must show a certificate that one of them vouches for.
  std::string client_ca_file;
};

struct HttpServerOptions {
  std::string address = "127.0.0.1";
  uint16_t port = 0;  // 0: any free one, see HttpServer::port()
  HttpTlsOptions tls;
  size_t header_bytes_max = 64 * 1024;
  absl::Duration header_timeout =
      absl::Seconds(10);  // from the first byte of a request to its last header
  absl::Duration idle_timeout = absl::Seconds(120);       // keep-alive without a request
  absl::Duration body_stall_timeout = absl::Seconds(30);  // no byte of the body for this long
  // A body that is read whole has that long, and the time that it takes at this rate.
  uint64_t body_bytes_per_second_min = 16 * 1024;
  // Connections have loops of their own (IoRuntime::LeaseLoop). Not for answers that take long to make: they
  // would hold up the other connections of their loop; connections then share IoRuntime::executor().
  bool quick_answers = true;
  size_t connections_max = 10000;          // past it the oldest idle one is closed, else 503
  size_t connections_per_network_max = 0;  // past it: closed at once; 0: no limit
  uint64_t body_bytes_max = 0;             // 413 past it, whatever the handler takes; 0: no limit
};

class HttpServer {
 public:
  virtual ~HttpServer() = default;
  // Binds and listens; serves from then on.
  virtual Status Start() = 0;
  virtual uint16_t port() const = 0;
  // No new connections, no new requests on old ones; returns at once. Requests under way go on.
  virtual void StopAccepting() = 0;
  // Reads the TLS files again: new connections get what is in them now. When something is wrong with them,
  // what was read before stays. Files that changed are read without being asked, too.
  virtual Status ReloadTls() = 0;
  // Requests under way.
  virtual size_t active_requests() const = 0;
  // Closes every connection.
  virtual void Close() = 0;
};

// `handler` is called for each request; what it does not answer is answered 500.
// `pool` must outlive the runtime: connections hold memory of it to their end.
std::unique_ptr<HttpServer> MakeHttpServer(IoRuntime& runtime, ArenaPool& pool,
                                           HttpServerOptions options, HttpHandler handler);

}  // namespace hydrant
