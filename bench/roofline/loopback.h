// Loopback: the two ends of a TCP connection on this machine, one of them in a thread of its own.
// Owner:   the thread that measures has `near`; the far end's thread has `far`
// Units:   bytes
// Errors:  ErrnoStatus; kUnavailable: the far end has closed
#pragma once

#include "engine/base/status.h"

#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <thread>

namespace hydrant::roofline {

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  ~Socket();
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  int fd() const { return fd_; }
  Status SendAll(std::string_view bytes);
  // Fills all of `buffer`.
  Status ReceiveAll(std::span<char> buffer);
  // What is there, waiting for the first byte; 0 at the end.
  StatusOr<size_t> ReceiveSome(std::span<char> buffer);
  // Nothing more will be sent.
  void EndSending();
  // Whoever waits at either end gets an error.
  void Abort();

 private:
  const int fd_;
};

class Loopback {
 public:
  // `far_end` runs until it returns; errors of its socket end it early.
  using FarEnd = std::function<Status(Socket&)>;
  static StatusOr<std::unique_ptr<Loopback>> Connect(FarEnd far_end);
  ~Loopback();

  Socket& near() { return near_; }
  // Waits for the far end; how that ended.
  Status Join();

 private:
  Loopback(int near, int far, FarEnd far_end);

  Socket near_;
  Socket far_;
  Status far_status_;
  std::thread thread_;
};

}  // namespace hydrant::roofline
