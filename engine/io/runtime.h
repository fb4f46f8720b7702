// IoRuntime: the threads that wait on sockets and timers: an event loop that several share, and loops of
// one thread each for connections.
// Why:     a shared loop hands each event to another thread by a lock and a condition, and each
//          connection needs a strand: of a request's CPU that is several percent
// Owner:   the node; stop it after every object that uses its executors
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <memory>

namespace hydrant {

namespace asio = boost::asio;

class IoRuntime {
 public:
  // Starts `threads` threads of each kind at once.
  explicit IoRuntime(int threads);
  ~IoRuntime();  // Stop()

  // The shared loop: what must not run at the same time needs a strand.
  asio::any_io_executor executor() const;
  // A loop of one thread: what runs on the same one never runs at the same time. The one with the fewest
  // holders, which counts its holder until `held` is gone.
  struct LoopLease {
    asio::any_io_executor executor;
    std::shared_ptr<void> held;
  };
  LoopLease LeaseLoop();
  // For work that waits on the disk: a few threads of their own.
  asio::any_io_executor blocking_executor() const;
  // Stops all loops, lets blocking work that has begun end, and joins all threads; outstanding coroutines
  // are destroyed with the runtime.
  void Stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hydrant
