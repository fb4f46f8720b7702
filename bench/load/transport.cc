#include "bench/load/transport.h"

#include <absl/strings/str_cat.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/uio.h>
#include <unistd.h>

namespace hydrant::load {
namespace {

Status Broken(std::string_view what, int error) {
  return Unavailable(absl::StrCat(ToAbsl(what), ": ", std::strerror(error)));
}

}  // namespace

Status Transport::Open(const Endpoint& endpoint, const Address& address, SSL_CTX* tls) {
  Close();
  fd_ = socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd_ < 0) return Broken("socket", errno);
  const int on = 1;
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  // The socket API takes every address as a sockaddr.
  const auto* where = reinterpret_cast<const sockaddr*>(&address.storage);
  if (connect(fd_, where, address.size) != 0 && errno != EINPROGRESS) {
    return Broken("connect to " + endpoint.Url(), errno);
  }
  if (tls == nullptr) return absl::OkStatus();
  ssl_ = {SSL_new(tls), &SSL_free};
  if (ssl_ == nullptr || SSL_set_fd(ssl_.get(), fd_) != 1) return Internal("TLS: no memory");
  // An address is looked for among the certificate's addresses, a name among its names.
  X509_VERIFY_PARAM* verify = SSL_get0_param(ssl_.get());
  if (X509_VERIFY_PARAM_set1_ip_asc(verify, endpoint.host.c_str()) != 1) {
    ERR_clear_error();
    SSL_set1_host(ssl_.get(), endpoint.host.c_str());
    SSL_set_tlsext_host_name(ssl_.get(), endpoint.host.c_str());
  }
  SSL_set_connect_state(ssl_.get());
  return absl::OkStatus();
}

void Transport::Close() {
  ssl_.reset();
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
  connected_ = shaken_ = false;
}

StatusOr<bool> Transport::Establish() {
  if (!connected_) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return Broken("connect", error);
    sockaddr_storage peer;
    size = sizeof peer;
    // Without a peer the connection is not there yet.
    if (getpeername(fd_, reinterpret_cast<sockaddr*>(&peer), &size) != 0) return false;
    connected_ = true;
  }
  if (ssl_ == nullptr || shaken_) return true;
  return Shake();
}

StatusOr<bool> Transport::Shake() {
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  if (result == 1) {
    shaken_ = true;
    return true;
  }
  const Status status = TlsStatus(result, "TLS handshake");
  if (status.ok()) return false;
  const long verified = SSL_get_verify_result(ssl_.get());
  if (verified == X509_V_OK) return status;
  return InvalidArgument(
      absl::StrCat("TLS: the server's certificate: ", X509_verify_cert_error_string(verified),
                   "; --ca-file names who vouches for it"));
}

// OK: it waits for the socket.
Status Transport::TlsStatus(int result, std::string_view what) {
  const int error = SSL_get_error(ssl_.get(), result);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return absl::OkStatus();
  if (error == SSL_ERROR_ZERO_RETURN) return Unavailable("the server closed the connection");
  if (error == SSL_ERROR_SYSCALL) return Broken(what, errno == 0 ? ECONNRESET : errno);
  const char* reason = ERR_reason_error_string(ERR_get_error());
  ERR_clear_error();
  return Unavailable(absl::StrCat(ToAbsl(what), ": ", reason == nullptr ? "failed" : reason));
}

StatusOr<size_t> Transport::Write(std::string_view head, std::string_view body) {
  if (ssl_ != nullptr) {
    const std::string_view first = head.empty() ? body : head;
    ERR_clear_error();
    const int count = SSL_write(ssl_.get(), first.data(), static_cast<int>(first.size()));
    if (count > 0) return static_cast<size_t>(count);
    RETURN_IF_ERROR(TlsStatus(count, "send"));
    return size_t{0};
  }
  // sendmsg takes, but does not change, what is no const to it.
  iovec pieces[] = {{const_cast<char*>(head.data()), head.size()},
                    {const_cast<char*>(body.data()), body.size()}};
  msghdr message{};
  message.msg_iov = pieces;
  message.msg_iovlen = 2;
  const ssize_t count = sendmsg(fd_, &message, MSG_NOSIGNAL);
  if (count >= 0) return static_cast<size_t>(count);
  if (errno == EAGAIN || errno == EINTR) return size_t{0};
  return Broken("send", errno);
}

StatusOr<size_t> Transport::Read(std::span<char> room) {
  if (ssl_ != nullptr) {
    ERR_clear_error();
    const int count = SSL_read(ssl_.get(), room.data(), static_cast<int>(room.size()));
    if (count > 0) return static_cast<size_t>(count);
    RETURN_IF_ERROR(TlsStatus(count, "receive"));
    return size_t{0};
  }
  const ssize_t count = recv(fd_, room.data(), room.size(), 0);
  if (count > 0) return static_cast<size_t>(count);
  if (count == 0) return Unavailable("the server closed the connection");
  if (errno == EAGAIN || errno == EINTR) return size_t{0};
  return Broken("receive", errno);
}

}  // namespace hydrant::load
