#include "engine/io/http_transport.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <utility>

namespace hydrant {
namespace {

using asio::ip::tcp;
using ErrorCode = HttpTransport::ErrorCode;

std::array<asio::const_buffer, 2> Pieces(std::string_view head, std::string_view body) {
  return {asio::buffer(head.data(), head.size()), asio::buffer(body.data(), body.size())};
}

class PlainTransport final : public HttpTransport {
 public:
  explicit PlainTransport(tcp::socket socket) : socket_(std::move(socket)) {}

  asio::awaitable<void> Handshake(ErrorCode&) override { co_return; }
  asio::awaitable<size_t> ReadSome(asio::mutable_buffer buffer, ErrorCode& error) override {
    return socket_.async_read_some(buffer, asio::redirect_error(asio::use_awaitable, error));
  }
  asio::awaitable<size_t> Write(std::string_view head, std::string_view body,
                                ErrorCode& error) override {
    return asio::async_write(socket_, Pieces(head, body),
                             asio::redirect_error(asio::use_awaitable, error));
  }
  asio::awaitable<void> ShutdownSend() override {
    ErrorCode ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
    co_return;
  }
  tcp::socket& socket() override { return socket_; }

 private:
  tcp::socket socket_;
};

class TlsTransport final : public HttpTransport {
 public:
  TlsTransport(tcp::socket socket, asio::ssl::context& context)
      : stream_(std::move(socket), context) {}

  asio::awaitable<void> Handshake(ErrorCode& error) override {
    return stream_.async_handshake(asio::ssl::stream_base::server,
                                   asio::redirect_error(asio::use_awaitable, error));
  }
  asio::awaitable<size_t> ReadSome(asio::mutable_buffer buffer, ErrorCode& error) override {
    return stream_.async_read_some(buffer, asio::redirect_error(asio::use_awaitable, error));
  }
  asio::awaitable<size_t> Write(std::string_view head, std::string_view body,
                                ErrorCode& error) override {
    return asio::async_write(stream_, Pieces(head, body),
                             asio::redirect_error(asio::use_awaitable, error));
  }
  asio::awaitable<void> ShutdownSend() override {
    ErrorCode ignored;
    co_await stream_.async_shutdown(asio::redirect_error(asio::use_awaitable, ignored));
    socket().shutdown(tcp::socket::shutdown_send, ignored);
  }
  tcp::socket& socket() override { return stream_.next_layer(); }

 private:
  asio::ssl::stream<tcp::socket> stream_;
};

}  // namespace

std::unique_ptr<HttpTransport> MakeHttpTransport(tcp::socket socket, asio::ssl::context* tls) {
  if (tls == nullptr) return std::make_unique<PlainTransport>(std::move(socket));
  return std::make_unique<TlsTransport>(std::move(socket), *tls);
}

}  // namespace hydrant
