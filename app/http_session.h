// HttpSession: one kept-alive connection for commands that talk to a node; plain and blocking.
// Owner:   not thread-safe: caller serializes
// Units:   replies of at most 16 MiB
// Errors:  kUnavailable: no connection could be made, nothing was sent; kAborted: it broke under way;
// kDeadlineExceeded; kCancelled: stopped; kInvalidArgument: not a URL we can use, or TLS is refused by one of the two:
// the server did not get the request
#pragma once

#include "engine/base/status.h"
#include "engine/io/http_client.h"

#include <absl/time/time.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace hydrant {

struct HttpReply {
  int status = 0;
  std::string body;
  std::optional<absl::Duration> retry_after;
};

// PEM files of https.
struct TlsFiles {
  std::string ca_file;                  // empty: the system's
  std::string client_certificate_file;  // shown to the server, with its key; empty: none
  std::string client_key_file;
};

struct HttpSessionOptions {
  std::string user;  // HTTP Basic; empty: none
  std::string password;
  TlsFiles tls;
  std::string content_type = "text/plain";  // of what is posted
  absl::Duration timeout = absl::Seconds(60);
  // Once it says so, a request under way gets two seconds to end. Null: never.
  std::function<bool()> stopped;
};

class HttpSession {
 public:
  explicit HttpSession(HttpSessionOptions options);
  ~HttpSession();
  HttpSession(const HttpSession&) = delete;
  HttpSession& operator=(const HttpSession&) = delete;

  StatusOr<HttpReply> Get(const std::string& url);
  StatusOr<HttpReply> Post(const std::string& url, std::string_view body,
                           const HttpHeaders& headers = {});
  StatusOr<HttpReply> Delete(const std::string& url);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Whether a URL's host is this machine: such requests go past any proxy.
bool IsLocalUrl(std::string_view url);

// `text` as one segment of a URL's path.
std::string EscapePathSegment(std::string_view text);

}  // namespace hydrant
