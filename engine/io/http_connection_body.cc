// HttpConnection's bodies: bytes read with the head first, then straight from the socket into the
// reader's memory.
#include "engine/io/http_connection.h"

#include <algorithm>
#include <cstring>

namespace hydrant {
namespace {

// Under this many bytes to come of a chunk, the next framing is read along with them.
constexpr uint64_t kDirectBytesMin = 4096;
constexpr size_t kChunkedBodyBytes = 16 * 1024;  // first guess at a body of unknown length

std::string LimitText(uint64_t bytes_max) {
  return "The body is longer than " + std::to_string(bytes_max) + " bytes.";
}

}  // namespace

Status HttpConnection::BodyError(Status status) {
  body_error_ = status;
  return status;
}

asio::awaitable<Status> HttpConnection::SendContinue() {
  if (!std::exchange(continue_due_, false)) co_return Status();
  if (end_ > begin_) co_return Status();  // the client did not wait
  HttpTransport::ErrorCode error;
  expired_ = false;
  SetDeadline(context_->options.body_stall_timeout);
  co_await transport_->Write("HTTP/1.1 100 Continue\r\n\r\n", {}, error);
  ClearDeadline();
  if (!error) co_return Status();
  broken_ = true;
  co_return BodyError(Unavailable("the connection broke: " + error.message()));
}

void HttpConnection::LimitBodyTime(uint64_t bytes) {
  const HttpServerOptions& options = context_->options;
  const absl::Duration time = options.body_stall_timeout +
                              absl::Seconds(static_cast<double>(bytes) /
                                            static_cast<double>(options.body_bytes_per_second_min));
  body_deadline_ = std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(time);
}

asio::awaitable<StatusOr<size_t>> HttpConnection::ReadRaw(char* to, size_t size) {
  HttpTransport::ErrorCode error;
  expired_ = false;
  const SteadyTime stalled = std::chrono::steady_clock::now() +
                             absl::ToChronoNanoseconds(context_->options.body_stall_timeout);
  SetDeadline(std::min(stalled, body_deadline_));
  const size_t n = co_await transport_->ReadSome(asio::buffer(to, size), error);
  ClearDeadline();
  if (!error) co_return n;
  if (expired_ && !closing_) {
    co_return BodyError(absl::DeadlineExceededError("The body did not come in time."));
  }
  broken_ = true;
  co_return BodyError(Unavailable("the connection ended inside the body: " + error.message()));
}

asio::awaitable<StatusOr<size_t>> HttpConnection::ReadSome(std::span<char> buffer) {
  if (!body_error_.ok()) co_return body_error_;
  if (buffer.empty() || body_ended()) co_return 0;
  CO_RETURN_IF_ERROR(co_await SendContinue());
  if (chunked()) co_return co_await ReadSomeChunked(buffer);
  co_return co_await ReadSomeIdentity(buffer);
}

asio::awaitable<StatusOr<size_t>> HttpConnection::ReadSomeIdentity(std::span<char> buffer) {
  const size_t wanted = std::min<uint64_t>(buffer.size(), body_left_);
  size_t n = std::min(wanted, end_ - begin_);
  if (n > 0) {
    std::memcpy(buffer.data(), buffer_.data() + begin_, n);
    begin_ += n;
  } else {
    CO_ASSIGN_OR_RETURN(n, co_await ReadRaw(buffer.data(), wanted));
  }
  body_left_ -= n;
  co_return n;
}

// Reads into the room behind the head; only when nothing is pending.
asio::awaitable<Status> HttpConnection::FillPending() {
  begin_ = end_ = head_end_;
  CO_ASSIGN_OR_RETURN(const size_t n,
                      co_await ReadRaw(buffer_.data() + end_, buffer_.capacity() - end_));
  end_ += n;
  co_return Status();
}

asio::awaitable<StatusOr<size_t>> HttpConnection::ReadSomeChunked(std::span<char> buffer) {
  for (;;) {
    const StatusOr<size_t> framing = chunks_.ConsumeFraming(pending());
    if (!framing.ok()) co_return BodyError(framing.status());
    begin_ += *framing;
    if (chunks_.done()) co_return 0;
    const size_t wanted = std::min<uint64_t>(buffer.size(), chunks_.data_left());
    size_t n = std::min(wanted, end_ - begin_);
    if (n > 0) {
      std::memcpy(buffer.data(), buffer_.data() + begin_, n);
      begin_ += n;
    } else if (wanted >= kDirectBytesMin) {
      CO_ASSIGN_OR_RETURN(n, co_await ReadRaw(buffer.data(), wanted));
    }
    if (n > 0) {
      chunks_.ConsumeData(n);
      chunked_bytes_ += n;
      const uint64_t bytes_max = context_->options.body_bytes_max;
      if (bytes_max > 0 && chunked_bytes_ > bytes_max) {
        co_return BodyError(absl::OutOfRangeError(LimitText(bytes_max)));
      }
      co_return n;
    }
    CO_RETURN_IF_ERROR(co_await FillPending());
  }
}

asio::awaitable<StatusOr<HttpBody>> HttpConnection::ReadBody(uint64_t bytes_max) {
  if (!body_error_.ok()) co_return body_error_;
  if (!chunked() && body_left_ > bytes_max) co_return ResourceExhausted(LimitText(bytes_max));
  LimitBodyTime(chunked() ? bytes_max : body_left_);
  if (chunked()) co_return co_await ReadChunkedBody(bytes_max);
  co_return co_await ReadIdentityBody();
}

asio::awaitable<StatusOr<HttpBody>> HttpConnection::ReadIdentityBody() {
  if (body_left_ > 0) CO_RETURN_IF_ERROR(co_await SendContinue());
  HttpBody body;
  body.arena = context_->pool->Allocate(body_left_ + HttpBody::kPadding);
  body.size = std::min<uint64_t>(body_left_, end_ - begin_);
  std::memcpy(body.arena.data(), buffer_.data() + begin_, body.size);
  begin_ += body.size;
  body_left_ -= body.size;
  while (body_left_ > 0) {
    CO_ASSIGN_OR_RETURN(const size_t n,
                        co_await ReadRaw(body.arena.data() + body.size, body_left_));
    body.size += n;
    body_left_ -= n;
  }
  std::memset(body.arena.data() + body.size, 0, HttpBody::kPadding);
  co_return body;
}

asio::awaitable<StatusOr<HttpBody>> HttpConnection::ReadChunkedBody(uint64_t bytes_max) {
  HttpBody body;
  body.arena = context_->pool->Allocate(kChunkedBodyBytes);
  for (;;) {
    if (body.arena.capacity() - body.size <= HttpBody::kPadding) {
      Arena larger = context_->pool->Allocate(body.arena.capacity() * 2);
      std::memcpy(larger.data(), body.arena.data(), body.size);
      body.arena = std::move(larger);
    }
    const size_t room = body.arena.capacity() - body.size - HttpBody::kPadding;
    CO_ASSIGN_OR_RETURN(const size_t n, co_await ReadSome({body.arena.data() + body.size, room}));
    if (n == 0) break;
    body.size += n;
    if (body.size > bytes_max) co_return ResourceExhausted(LimitText(bytes_max));
  }
  std::memset(body.arena.data() + body.size, 0, HttpBody::kPadding);
  co_return body;
}

}  // namespace hydrant
