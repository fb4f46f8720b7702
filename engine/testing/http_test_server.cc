#include "engine/testing/http_test_server.h"

#include <absl/strings/ascii.h>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>

#include <mutex>
#include <optional>
#include <sys/socket.h>
#include <thread>
#include <vector>

namespace hydrant::testing {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

// The next request, or nothing when the peer is gone.
template <typename Stream>
std::optional<HttpTestRequest> ReadRequest(Stream& stream, std::string& buffered) {
  boost::system::error_code error;
  size_t end;
  while ((end = buffered.find("\r\n\r\n")) == std::string::npos) {
    char piece[4096];
    const size_t count = stream.read_some(asio::buffer(piece), error);
    if (error) return std::nullopt;
    buffered.append(piece, count);
  }
  HttpTestRequest request;
  const std::string head = buffered.substr(0, end + 2);
  buffered.erase(0, end + 4);
  size_t line_end = head.find("\r\n");
  const std::string first = head.substr(0, line_end);
  request.method = first.substr(0, first.find(' '));
  request.target =
      first.substr(request.method.size() + 1, first.rfind(' ') - request.method.size() - 1);
  for (size_t at = line_end + 2; at < head.size(); at = line_end + 2) {
    line_end = head.find("\r\n", at);
    const size_t colon = head.find(':', at);
    const std::string value = head.substr(colon + 1, line_end - colon - 1);
    request.headers[absl::AsciiStrToLower(head.substr(at, colon - at))] =
        std::string(absl::StripAsciiWhitespace(value));
  }
  const auto length = request.headers.find("content-length");
  const size_t size = length == request.headers.end() ? 0 : std::stoull(length->second);
  const size_t have = std::min(size, buffered.size());
  request.body = buffered.substr(0, have);
  buffered.erase(0, have);
  request.body.resize(size);
  asio::read(stream, asio::buffer(request.body.data() + have, size - have), error);
  if (error) return std::nullopt;
  return request;
}

}  // namespace

struct HttpTestServer::Impl {
  Impl(Handler h)
      : handler(std::move(h)), acceptor(context, {asio::ip::address_v4::loopback(), 0}) {}

  template <typename Stream>
  void Serve(Stream& stream, tcp::socket& socket, int number) {
    std::string buffered;
    boost::system::error_code error;
    while (auto request = ReadRequest(stream, buffered)) {
      request->connection = number;
      const HttpTestReply reply = handler(*request);
      asio::write(stream, asio::buffer(reply.bytes), error);
      if (reply.then == HttpTestReply::Then::kReset) {
        socket.set_option(asio::socket_base::linger(true, 0), error);
      }
      if (error || reply.then != HttpTestReply::Then::kKeepOpen) break;
    }
  }

  void RunConnection(tcp::socket& socket, int number) {
    boost::system::error_code error;
    if (!tls) {
      Serve(socket, socket, number);
    } else {
      asio::ssl::stream<tcp::socket&> stream(socket, *tls);
      stream.handshake(asio::ssl::stream_base::server, error);
      if (!error) Serve(stream, socket, number);
    }
    std::lock_guard lock(mutex);
    socket.close(error);
  }

  void AcceptAll() {
    while (true) {
      boost::system::error_code error;
      auto socket = std::make_unique<tcp::socket>(context);
      acceptor.accept(*socket, error);
      if (error) return;
      std::lock_guard lock(mutex);
      const int number = ++connections;
      sockets.push_back(std::move(socket));
      threads.emplace_back(
          [this, raw = sockets.back().get(), number] { RunConnection(*raw, number); });
    }
  }

  Handler handler;
  asio::io_context context;
  tcp::acceptor acceptor;
  std::optional<asio::ssl::context> tls;
  std::mutex mutex;
  std::vector<std::unique_ptr<tcp::socket>> sockets;
  std::vector<std::thread> threads;
  std::atomic<int> connections{0};
  std::thread accepting;
};

HttpTestReply MakeReply(int status, const std::string& body, const std::string& headers) {
  return {"HTTP/1.1 " + std::to_string(status) + " Scripted\r\nContent-Length: " +
          std::to_string(body.size()) + "\r\n" + headers + "\r\n" + body};
}

HttpTestServer::HttpTestServer(Handler handler, const std::string& certificate,
                               const std::string& key)
    : impl_(std::make_unique<Impl>(std::move(handler))) {
  if (!certificate.empty()) {
    impl_->tls.emplace(asio::ssl::context::tls_server);
    impl_->tls->use_certificate_chain_file(certificate);
    impl_->tls->use_private_key_file(key, asio::ssl::context::pem);
  }
  impl_->accepting = std::thread([this] { impl_->AcceptAll(); });
}

HttpTestServer::~HttpTestServer() {
  ::shutdown(impl_->acceptor.native_handle(), SHUT_RDWR);  // wakes the blocking accept
  impl_->accepting.join();
  {
    std::lock_guard lock(impl_->mutex);
    for (auto& socket : impl_->sockets) {
      if (socket->is_open()) ::shutdown(socket->native_handle(), SHUT_RDWR);
    }
  }
  for (std::thread& thread : impl_->threads) thread.join();
}

std::string HttpTestServer::url() const {
  return (impl_->tls ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(port());
}

uint16_t HttpTestServer::port() const { return impl_->acceptor.local_endpoint().port(); }

int HttpTestServer::connections() const { return impl_->connections; }

}  // namespace hydrant::testing
