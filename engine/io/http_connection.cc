#include "engine/io/http_connection.h"

#include "engine/base/logging.h"
#include "engine/io/address_limits.h"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cstring>
#include <exception>

namespace hydrant {
namespace {

using ErrorCode = HttpTransport::ErrorCode;
using std::chrono::steady_clock;

constexpr size_t kBufferBytes = 8192;      // holds the head of nearly every request
constexpr size_t kBufferTailBytes = 2048;  // room that is left behind a head for chunk framing
constexpr uint64_t kDrainBytesMax = 256 * 1024;
// After a refusal the peer is often still sending; closing at once would reset the connection and
// destroy the answer on its way.
constexpr absl::Duration kLingerTime = absl::Seconds(2);
constexpr uint64_t kLingerBytesMax = 64 << 20;

constexpr std::string_view kHeadEnd = "\r\n\r\n";

HttpResponse TextResponse(int status, std::string_view text) {
  HttpResponse response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.body.append(text).append("\n");
  return response;
}

}  // namespace

HttpConnection::HttpConnection(std::shared_ptr<HttpConnectionContext> context,
                               std::unique_ptr<HttpTransport> transport, bool tls)
    : context_(std::move(context)), transport_(std::move(transport)) {
  ErrorCode error;
  const auto peer = transport_->socket().remote_endpoint(error);
  if (!error) {
    const std::string address = peer.address().to_string();
    head_.remote = peer.address().is_v6() ? "[" + address + "]" : address;
    head_.remote.append(":").append(std::to_string(peer.port()));
    head_.network = NetworkOf(peer.address());
  }
  head_.tls = tls;
}

void HttpConnection::SetDeadline(absl::Duration from_now) {
  const auto now = steady_clock::now();
  SetDeadline(from_now == absl::InfiniteDuration() ? SteadyTime::max()
                                                   : now + absl::ToChronoNanoseconds(from_now));
}

void HttpConnection::Sweep(SteadyTime now) {
  if (deadline_.load() > now.time_since_epoch().count()) return;
  asio::post(transport_->socket().get_executor(), [self = shared_from_this(), now] {
    // It may have been moved on since.
    if (self->deadline_.load() > now.time_since_epoch().count()) return;
    self->expired_ = true;
    ErrorCode ignored;
    self->transport_->socket().cancel(ignored);
  });
}

void HttpConnection::RequestClose(bool only_idle) {
  asio::post(transport_->socket().get_executor(), [self = shared_from_this(), only_idle] {
    if (only_idle && self->idle_since() == SteadyTime::max()) return;
    self->closing_ = true;
    ErrorCode ignored;
    self->transport_->socket().close(ignored);
  });
}

asio::awaitable<void> HttpConnection::Run() {
  if (head_.tls) {
    ErrorCode error;
    SetDeadline(context_->options.header_timeout);
    co_await transport_->Handshake(error);
    ClearDeadline();
    if (error) co_return;
  }
  bool more = true;
  while (more) {
    more = co_await ReadHead();
    if (!more) break;
    co_await Serve();
    more = keep_alive_ && !broken_;
  }
  co_await Finish();
}

asio::awaitable<void> HttpConnection::Refuse() {
  keep_alive_ = false;
  if (head_.tls) co_return;  // a handshake is work that there are too many connections for
  HttpResponse response = TextResponse(503, "Too many connections.");
  response.headers.emplace_back("Retry-After", "1");
  (co_await Respond(std::move(response))).IgnoreError();  // closed next, whether it arrived or not
  linger_ = true;
  PrepareBuffer();
  co_await Finish();
}

// Moves what was read ahead to the front; gives back a buffer that a large head made grow.
void HttpConnection::PrepareBuffer() {
  const size_t ahead = end_ - begin_;
  const bool too_large = buffer_.capacity() > kBufferBytes && ahead <= kBufferBytes / 2;
  if (!buffer_ || too_large) {
    Arena fresh = context_->pool->Allocate(kBufferBytes);
    if (ahead > 0) std::memcpy(fresh.data(), buffer_.data() + begin_, ahead);
    buffer_ = std::move(fresh);
  } else if (begin_ > 0 && ahead > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, ahead);
  }
  head_end_ = begin_ = 0;
  end_ = ahead;
}

void HttpConnection::GrowBuffer() {
  Arena larger = context_->pool->Allocate(buffer_.capacity() * 2);
  std::memcpy(larger.data(), buffer_.data(), end_);
  buffer_ = std::move(larger);
}

asio::awaitable<bool> HttpConnection::ReadHead() {
  PrepareBuffer();
  size_t searched = 0;
  bool line_checked = false;
  bool deadline_set = false;
  for (;;) {
    // Some clients end a body with an empty line that its length does not count.
    if (begin_ == 0 && pending().starts_with("\r\n")) begin_ = 2;
    const std::string_view in = pending();
    const size_t end = in.find(kHeadEnd, searched);
    const bool complete = end != std::string_view::npos;
    const size_t size = complete ? end + kHeadEnd.size() : in.size();
    if (size > context_->options.header_bytes_max) {
      co_return co_await RefuseHead({431, "The headers are too large."});
    }
    // Garbage is refused at its first line, or first byte; else the head is parsed once it is
    // whole.
    const bool first_line = !line_checked && in.find('\n') != std::string_view::npos;
    const bool garbage = !in.empty() && in != "\r" && (in[0] < 'A' || in[0] > 'z');
    if (complete || first_line || garbage) {
      line_checked = true;
      HttpHeadVerdict verdict = ParseHttpHead(in.substr(0, size), head_, framing_);
      if (verdict.error_status == 0 && complete && verdict.size != size) {
        verdict = {400, "The request is not HTTP."};
      }
      if (verdict.error_status != 0) co_return co_await RefuseHead(verdict);
      if (complete) {
        head_end_ = begin_ += size;
        break;
      }
    }
    searched = in.size() < kHeadEnd.size() ? 0 : in.size() - kHeadEnd.size() + 1;
    while (buffer_.capacity() - end_ <= kBufferTailBytes) GrowBuffer();

    if (in.empty()) {
      if (context_->draining) co_return false;
      idle_since_ = steady_clock::now().time_since_epoch().count();
      SetDeadline(context_->options.idle_timeout);
    } else if (!deadline_set) {
      SetDeadline(context_->options.header_timeout);
      deadline_set = true;
    }
    ErrorCode error;
    expired_ = false;
    const size_t n = co_await transport_->ReadSome(
        asio::buffer(buffer_.data() + end_, buffer_.capacity() - kBufferTailBytes - end_), error);
    idle_since_ = SteadyTime::max().time_since_epoch().count();
    if (error) {
      const bool slow = expired_ && !pending().empty() && !closing_;
      ClearDeadline();
      if (slow) co_return co_await RefuseHead({408, "The request's headers did not come in time."});
      co_return false;
    }
    if (closing_) co_return false;
    end_ += n;
  }
  ClearDeadline();
  const uint64_t declared = chunked() ? 0 : framing_.content_length;
  if (context_->options.body_bytes_max > 0 && declared > context_->options.body_bytes_max) {
    co_return co_await RefuseHead({413, "The body is too large."});
  }
  StartBody();
  co_return true;
}

// Answers what is not a request; the connection ends after it.
asio::awaitable<bool> HttpConnection::RefuseHead(HttpHeadVerdict verdict) {
  head_.method = {};
  framing_ = {};
  framing_.keep_alive = false;
  StartBody();
  linger_ = true;
  (co_await Respond(TextResponse(verdict.error_status, verdict.reason))).IgnoreError();
  co_return false;  // Respond notes a broken connection itself
}

void HttpConnection::StartBody() {
  body_deadline_ = SteadyTime::max();
  body_left_ = chunked() ? 0 : framing_.content_length;
  chunked_bytes_ = 0;
  chunks_ = ChunkDecoder();
  body_error_ = Status();
  continue_due_ = framing_.expect_continue;
  keep_alive_ = framing_.keep_alive;
  responded_ = false;
}

asio::awaitable<void> HttpConnection::Serve() {
  context_->active_requests.fetch_add(1);
  struct Guard {
    HttpConnectionContext* context;
    ~Guard() { context->active_requests.fetch_sub(1); }
  } guard{context_.get()};
  if (context_->draining) {
    HttpResponse response = TextResponse(503, "The server is stopping.");
    response.headers.emplace_back("Retry-After", "1");
    (co_await Respond(std::move(response))).IgnoreError();
  } else {
    try {
      co_await context_->handler(*this);
    } catch (const std::exception& error) {
      LogError("request handler threw", {{"path", head_.path}, {"error", error.what()}});
    } catch (...) {
      LogError("request handler threw", {{"path", head_.path}});
    }
  }
  if (!responded_) co_await AnswerForHandler();
  if (!broken_ && !body_ended() && keep_alive_) co_await DrainBody();
}

// The handler has ended without an answer.
asio::awaitable<void> HttpConnection::AnswerForHandler() {
  HttpResponse response = TextResponse(500, "The request could not be handled.");
  if (absl::IsDeadlineExceeded(body_error_)) {
    response = TextResponse(408, Message(body_error_));
  } else if (absl::IsInvalidArgument(body_error_)) {
    response = TextResponse(400, Message(body_error_));
  }
  (co_await Respond(std::move(response))).IgnoreError();
}

// Reads the rest of a body that the handler did not want; DecideKeepAlive has bounded it.
asio::awaitable<void> HttpConnection::DrainBody() {
  Arena scratch = context_->pool->Allocate(16 * 1024);
  LimitBodyTime(kDrainBytesMax);
  uint64_t drained = 0;
  while (!body_ended()) {
    const StatusOr<size_t> n = co_await ReadSome({scratch.data(), scratch.capacity()});
    if (n.ok()) drained += *n;
    if (!n.ok() || drained > kDrainBytesMax) {
      keep_alive_ = false;
      linger_ = true;
      co_return;
    }
  }
}

// Closes so that the last answer arrives.
asio::awaitable<void> HttpConnection::Finish() {
  ErrorCode error;
  if (!broken_ && !closing_) {
    SetDeadline(kLingerTime);
    co_await transport_->ShutdownSend();
    uint64_t discarded = 0;
    while (linger_ && !error && !closing_ && discarded < kLingerBytesMax) {
      const size_t n = co_await transport_->socket().async_read_some(
          asio::buffer(buffer_.data(), buffer_.capacity()),
          asio::redirect_error(asio::use_awaitable, error));
      discarded += n;
    }
    ClearDeadline();
  }
  transport_->socket().close(error);
}

bool HttpConnection::DecideKeepAlive() {
  const bool unread = !body_ended();
  const bool too_long = !chunked() && body_left_ > kDrainBytesMax;
  // A client that was not told to continue may send the body or not: only closing is unambiguous.
  const bool must_close =
      context_->draining || !body_error_.ok() || (unread && (too_long || continue_due_));
  if (keep_alive_ && !must_close) return true;
  // Still on its way: the rest of this body, or requests of a client that did not ask to close.
  if (unread || keep_alive_) linger_ = true;
  return false;
}

void HttpConnection::RenderHead(const HttpResponse& response, bool with_body) {
  std::string& out = response_head_;
  out.assign("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
  out.append(HttpReason(response.status)).append("\r\nServer: hydrant\r\n");
  if (!response.content_type.empty()) {
    out.append("Content-Type: ").append(response.content_type).append("\r\n");
  }
  for (const auto& [name, value] : response.headers) {
    if (value.find_first_of("\r\n") != std::string::npos) continue;  // would be another header
    out.append(name).append(": ").append(value).append("\r\n");
  }
  if (with_body) {
    out.append("Content-Length: ").append(std::to_string(response.body.size())).append("\r\n");
  }
  if (!keep_alive_) {
    out.append("Connection: close\r\n");
  } else if (framing_.http10) {
    out.append("Connection: keep-alive\r\n");
  }
  out.append("\r\n");
}

asio::awaitable<Status> HttpConnection::Respond(HttpResponse response) {
  if (responded_) co_return Internal("the request was answered already");
  responded_ = true;
  if (broken_ || closing_) {
    broken_ = true;
    co_return Unavailable("the connection broke");
  }
  keep_alive_ = DecideKeepAlive();
  const bool bodiless = response.status == 204 || response.status == 304;
  RenderHead(response, !bodiless);
  std::string_view body = response.body;
  if (bodiless || head_.method == "HEAD") body = {};
  ErrorCode error;
  expired_ = false;
  // Time for a slow reader, and more for a large answer.
  SetDeadline(context_->options.body_stall_timeout + absl::Seconds(1) * (body.size() >> 16));
  co_await transport_->Write(response_head_, body, error);
  ClearDeadline();
  if (error) {
    broken_ = true;
    co_return Unavailable("writing the answer: " + error.message());
  }
  co_return Status();
}

std::string_view HttpReason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 411:
      return "Length Required";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Unknown";
  }
}

}  // namespace hydrant
