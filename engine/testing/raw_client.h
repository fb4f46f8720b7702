// RawClient: a client socket on loopback whose bytes a test writes; it gives up after 10 seconds of silence.
// Owner:   not thread-safe: one test
// Errors:  the constructor throws boost::system::system_error when nobody listens
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/time.h>
#include <utility>

namespace hydrant::testing {

class RawClient {
 public:
  explicit RawClient(uint16_t port) : socket_(context_) {
    socket_.connect({boost::asio::ip::address_v4::loopback(), port});
    const timeval timeout{10, 0};
    setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  }
  // False when the server has closed.
  bool Send(std::string_view data) {
    boost::system::error_code error;
    boost::asio::write(socket_, boost::asio::buffer(data.data(), data.size()), error);
    return !error;
  }
  // One answer: head and, by its length, body ("" when the connection has ended).
  std::string Receive(bool head_only = false) {
    for (;;) {
      const size_t end = input_.find("\r\n\r\n");
      if (end != std::string::npos) {
        size_t size = end + 4;
        const size_t length = input_.find("Content-Length: ");
        if (!head_only && length < end) size += std::stoul(input_.substr(length + 16));
        if (input_.size() >= size) {
          std::string answer = input_.substr(0, size);
          input_.erase(0, size);
          return answer;
        }
      }
      if (!ReadMore()) return std::exchange(input_, {});
    }
  }
  bool Ended() { return input_.empty() && !ReadMore(); }
  void CloseSend() { socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_send); }

 private:
  bool ReadMore() {
    char buffer[4096];
    const ssize_t n = recv(socket_.native_handle(), buffer, sizeof buffer, 0);
    if (n <= 0) {
      EXPECT_FALSE(n < 0 && errno == EAGAIN) << "nothing came for 10 seconds";
      return false;
    }
    input_.append(buffer, static_cast<size_t>(n));
    return true;
  }

  boost::asio::io_context context_;
  boost::asio::ip::tcp::socket socket_;
  std::string input_;
};

}  // namespace hydrant::testing
