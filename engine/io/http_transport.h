// HttpTransport: the bytes of one accepted connection, plain or TLS, so that the rest need not know
// which.
// Owner:   the connection's loop
// Errors:  boost error codes, as Asio gives them
#pragma once

#include "engine/base/status.h"
#include "engine/io/http_server.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include <memory>
#include <string_view>

namespace boost::asio::ssl {
class context;
}

namespace hydrant {

class HttpTransport {
 public:
  using ErrorCode = boost::system::error_code;

  virtual ~HttpTransport() = default;
  // `error` must live until the awaitable is done, and so must what the buffers point to.
  virtual asio::awaitable<void> Handshake(ErrorCode& error) = 0;
  virtual asio::awaitable<size_t> ReadSome(asio::mutable_buffer buffer, ErrorCode& error) = 0;
  // Both pieces, in one system call where the socket takes them.
  virtual asio::awaitable<size_t> Write(std::string_view head, std::string_view body,
                                        ErrorCode& error) = 0;
  // Says that nothing more will be sent; what comes in can then be read from socket().
  virtual asio::awaitable<void> ShutdownSend() = 0;
  virtual asio::ip::tcp::socket& socket() = 0;
};

// `tls` null: plain.
std::unique_ptr<HttpTransport> MakeHttpTransport(asio::ip::tcp::socket socket,
                                                 asio::ssl::context* tls);

}  // namespace hydrant
