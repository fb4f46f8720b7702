// HttpClient: outgoing HTTP/1.1 and 2 with pooled connections, as coroutines on the I/O runtime.
// The implementation (MakeCurlHttpClient) is libcurl's multi socket interface driven by the Asio loop.
// Owner:   any thread may co_await Send; callbacks resume on the awaiting coroutine's executor
// Errors:  kUnavailable: connection refused, reset, DNS, TLS; kDeadlineExceeded: a time limit;
//          kInvalidArgument: the request itself; kResourceExhausted: the answer is larger than allowed.
//          An HTTP error status is not an error here. Messages name the host and the cause, never the
//          path, query or headers (they may hold secrets).
#pragma once

#include "engine/base/status.h"

#include <absl/time/time.h>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hydrant {

namespace asio = boost::asio;

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpClientRequest {
  std::string method = "GET";
  std::string url;
  HttpHeaders
      headers;  // sent as given; Host, Content-Length and Expect are the client's and refused
  // Sent in order, without a copy; the memory must live until Send returns.
  std::vector<std::string_view> body;
  absl::Duration connect_timeout = absl::Seconds(5);
  absl::Duration total_timeout = absl::Seconds(60);
  // Gives up when less than a byte a second moved, either way, for this long (whole seconds).
  absl::Duration stall_timeout = absl::Seconds(30);
  uint64_t response_bytes_max = 1 << 20;
  bool follow_redirects = false;
  bool bypass_proxy = false;  // for link-local services; else the environment's proxies are used
};

struct HttpClientResponse {
  int status = 0;
  HttpHeaders headers;  // names in lower case
  std::string body;
  // Value of the first header of that (lower case) name, or empty.
  std::string_view Header(std::string_view name) const;
};

struct HttpClientOptions {
  std::string ca_file;  // empty: the system's
  bool verify_tls = true;
  int connections_per_host_max = 64;
  std::string user_agent = "hydrant";
};

// Whether the request of a Send that failed may have reached the peer. Not: no byte of it was sent.
bool MayHaveArrived(const Status& status);
// For who fails a request before anything of it was sent.
Status NothingSent(Status status);

class HttpClient {
 public:
  virtual ~HttpClient() = default;
  // The request must live until the coroutine returns (pass an lvalue of the awaiting coroutine).
  virtual asio::awaitable<StatusOr<HttpClientResponse>> Send(const HttpClientRequest& request) = 0;
};

// Destroying the client fails what is under way with kUnavailable, as long as the executor still runs.
std::unique_ptr<HttpClient> MakeCurlHttpClient(asio::any_io_executor executor,
                                               HttpClientOptions options);

}  // namespace hydrant
