#include "bench/roofline/loopback.h"

#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace hydrant::roofline {
namespace {

StatusOr<std::pair<int, int>> ConnectedPair() {
  const Socket listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const raw = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof(address);
  if (::bind(listener.fd(), raw, size) < 0 || ::listen(listener.fd(), 1) < 0 ||
      ::getsockname(listener.fd(), raw, &size) < 0) {
    return ErrnoStatus(errno, "listen on loopback");
  }
  const int near = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int connected = ::connect(near, raw, size);
  const int far = connected < 0 ? -1 : ::accept4(listener.fd(), nullptr, nullptr, SOCK_CLOEXEC);
  if (far < 0) {
    const Status status = ErrnoStatus(errno, "connect on loopback");
    ::close(near);
    return status;
  }
  const int on = 1;
  for (const int fd : {near, far}) ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  return std::pair(near, far);
}

}  // namespace

Socket::~Socket() { ::close(fd_); }

Status Socket::SendAll(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return ErrnoStatus(errno, "send");
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return absl::OkStatus();
}

Status Socket::ReceiveAll(std::span<char> buffer) {
  while (!buffer.empty()) {
    const ssize_t n = ::recv(fd_, buffer.data(), buffer.size(), MSG_WAITALL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoStatus(errno, "receive");
    if (n == 0) return Unavailable("the far end has closed");
    buffer = buffer.subspan(static_cast<size_t>(n));
  }
  return absl::OkStatus();
}

StatusOr<size_t> Socket::ReceiveSome(std::span<char> buffer) {
  ssize_t n = 0;
  do {
    n = ::recv(fd_, buffer.data(), buffer.size(), 0);
  } while (n < 0 && errno == EINTR);
  if (n < 0) return ErrnoStatus(errno, "receive");
  return static_cast<size_t>(n);
}

void Socket::EndSending() { ::shutdown(fd_, SHUT_WR); }
void Socket::Abort() { ::shutdown(fd_, SHUT_RDWR); }

StatusOr<std::unique_ptr<Loopback>> Loopback::Connect(FarEnd far_end) {
  ASSIGN_OR_RETURN(const auto ends, ConnectedPair());
  return std::unique_ptr<Loopback>(new Loopback(ends.first, ends.second, std::move(far_end)));
}

Loopback::Loopback(int near, int far, FarEnd far_end)
    : near_(near), far_(far), thread_([this, far_end = std::move(far_end)] {
        far_status_ = far_end(far_);
        if (!far_status_.ok()) far_.Abort();
      }) {}

Loopback::~Loopback() {
  near_.Abort();
  if (thread_.joinable()) thread_.join();
}

Status Loopback::Join() {
  thread_.join();
  return far_status_;
}

}  // namespace hydrant::roofline
