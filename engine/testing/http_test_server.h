// HttpTestServer: a small blocking HTTP/1.1 server on loopback whose answers a test scripts.
// Owner:   the handler is called from a thread of each connection: it synchronizes what it shares
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace hydrant::testing {

struct HttpTestRequest {
  std::string method;
  std::string target;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  int connection = 0;  // counts from 1
};

struct HttpTestReply {
  std::string bytes;  // as on the wire, status line included
  enum class Then { kKeepOpen, kClose, kReset } then = Then::kKeepOpen;
};

// "HTTP/1.1 200 OK" with a length. `headers`: lines, each ended by CRLF.
HttpTestReply MakeReply(int status, const std::string& body, const std::string& headers = "");

class HttpTestServer {
 public:
  using Handler = std::function<HttpTestReply(const HttpTestRequest&)>;
  // With a certificate and key file (PEM) it speaks TLS.
  explicit HttpTestServer(Handler handler, const std::string& certificate = "",
                          const std::string& key = "");
  ~HttpTestServer();

  // "http://127.0.0.1:PORT"
  std::string url() const;
  uint16_t port() const;
  int connections() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hydrant::testing
