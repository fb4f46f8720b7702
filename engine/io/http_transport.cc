#include "engine/io/http_transport.h"

#include "engine/io/tls_files.h"

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

constexpr char kCiphers[] = "ECDHE+AESGCM:ECDHE+CHACHA20";

// Picks http/1.1 when the client offers protocols at all.
int SelectProtocol(SSL*, const unsigned char** out, unsigned char* out_size,
                   const unsigned char* offered, unsigned int offered_size, void*) {
  static constexpr unsigned char kHttp11[] = "\x08http/1.1";
  unsigned char* selected = nullptr;
  const int result = SSL_select_next_proto(&selected, out_size, kHttp11, sizeof kHttp11 - 1,
                                           offered, offered_size);
  if (result != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = selected;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

std::unique_ptr<HttpTransport> MakeHttpTransport(tcp::socket socket, asio::ssl::context* tls) {
  if (tls == nullptr) return std::make_unique<PlainTransport>(std::move(socket));
  return std::make_unique<TlsTransport>(std::move(socket), *tls);
}

StatusOr<std::shared_ptr<asio::ssl::context>> MakeTlsServerContext(const HttpTlsOptions& options) {
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
  SSL_CTX* native = context->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(
      native, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);  // idle connections hold less memory
  SSL_CTX_set_cipher_list(native, kCiphers);
  SSL_CTX_set_alpn_select_cb(native, SelectProtocol, nullptr);
  if (const auto problem = LoadTlsFiles(options, *context)) {
    return InvalidArgument(Describe(*problem));
  }
  return context;
}

}  // namespace hydrant
