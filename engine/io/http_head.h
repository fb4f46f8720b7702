// ParseHttpHead: a request's start line and headers, checked, as views into the bytes they came in.
// Owner:   any thread
// Errors:  an HTTP status to answer with; the connection must be closed after it, since where the
// next
//          request starts is not known. Whatever two servers might frame differently is refused.
// Source:  RFC 9112 sections 2 to 6, RFC 9110 section 10.1.1
#pragma once

#include "engine/io/http_server.h"

#include <cstdint>
#include <string_view>

namespace hydrant {

// How the body comes and what follows it.
struct HttpFraming {
  uint64_t content_length = 0;  // HttpExchange::kChunked when chunked
  bool keep_alive = true;
  bool expect_continue = false;
  bool http10 = false;
};

struct HttpHeadVerdict {
  int error_status = 0;     // 0: no error so far
  std::string_view reason;  // for the answer's text
  bool complete = false;
  size_t size = 0;  // bytes of the head, when complete
};

// Parses the head at the front of `in`. All but `remote` and `tls` of `head` is set; its views are
// into `in`. Incomplete input gives neither error nor `complete`.
HttpHeadVerdict ParseHttpHead(std::string_view in, HttpRequestHead& head, HttpFraming& framing);

}  // namespace hydrant
