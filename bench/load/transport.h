// Transport: one connection to the endpoint that never blocks, with or without TLS.
// Owner:   not thread-safe: caller serializes
// Errors:  kUnavailable: it can't be made, or it broke; kInvalidArgument: TLS is refused by one of
//          the two. After an error: Close, and Open again.
#pragma once

#include "bench/load/endpoint.h"
#include "engine/base/status.h"

#include <memory>
#include <span>
#include <string_view>

using SSL = struct ssl_st;

namespace hydrant::load {

class Transport {
 public:
  Transport() = default;
  ~Transport() { Close(); }
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  // Begins to connect; `tls` null: without.
  Status Open(const Endpoint& endpoint, const Address& address, SSL_CTX* tls);
  void Close();
  int fd() const { return fd_; }
  bool open() const { return fd_ >= 0; }

  // True once requests can be sent; false: when the socket has news, call it again.
  StatusOr<bool> Establish();
  // How many bytes of the two it took, in order; 0: none for now.
  StatusOr<size_t> Write(std::string_view head, std::string_view body);
  // How many bytes came; 0: none for now. The peer's end is kUnavailable.
  StatusOr<size_t> Read(std::span<char> room);

 private:
  StatusOr<bool> Shake();
  Status TlsStatus(int result, std::string_view what);

  int fd_ = -1;
  bool connected_ = false;
  bool shaken_ = false;
  std::unique_ptr<SSL, void (*)(SSL*)> ssl_{nullptr, nullptr};
};

}  // namespace hydrant::load
