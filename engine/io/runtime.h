// IoRuntime: the threads that wait on sockets and timers, and the one event loop they share.
// Owner:   the node; stop it after every object that uses its executor
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <memory>

namespace hydrant {

namespace asio = boost::asio;

class IoRuntime {
 public:
  // Starts `threads` threads at once.
  explicit IoRuntime(int threads);
  ~IoRuntime();  // Stop()

  asio::any_io_executor executor() const;
  // For work that waits on the disk: a few threads of their own.
  asio::any_io_executor blocking_executor() const;
  // Stops the loop, lets blocking work that has begun end, and joins all threads; outstanding coroutines
  // are destroyed with the runtime.
  void Stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hydrant
