#include "engine/io/runtime.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <thread>
#include <vector>

namespace hydrant {

namespace {

// Writers wait for the disk: a few keep its queue filled, for all streams together.
constexpr int kBlockingThreads = 4;

class Loop : public asio::io_context {
 public:
  explicit Loop(int threads) : io_context(threads), work_(asio::make_work_guard(*this)) {
    for (int i = 0; i < threads; ++i) {
      threads_.emplace_back([this] { run(); });
    }
  }

  void Join() {
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

  // Destroys what is outstanding, coroutines among it. They may hold sockets and timers of other loops,
  // so this comes before any loop ends.
  void DestroyOutstanding() { shutdown(); }

 private:
  asio::executor_work_guard<executor_type> work_;
  std::vector<std::thread> threads_;
};

}  // namespace

struct IoRuntime::Impl {
  explicit Impl(int threads) : shared(threads), blocking(kBlockingThreads) {
    for (int i = 0; i < threads; ++i) loops.push_back(std::make_unique<Loop>(1));
  }
  ~Impl() {
    shared.DestroyOutstanding();
    for (const auto& loop : loops) loop->DestroyOutstanding();
  }

  Loop shared;
  std::vector<std::unique_ptr<Loop>> loops;
  std::atomic<size_t> next_loop{0};
  asio::thread_pool blocking;
};

IoRuntime::IoRuntime(int threads) : impl_(std::make_unique<Impl>(threads)) {}

IoRuntime::~IoRuntime() { Stop(); }

asio::any_io_executor IoRuntime::executor() const { return impl_->shared.get_executor(); }

asio::any_io_executor IoRuntime::NextLoop() {
  return impl_->loops[impl_->next_loop++ % impl_->loops.size()]->get_executor();
}

asio::any_io_executor IoRuntime::blocking_executor() const {
  return impl_->blocking.get_executor();
}

void IoRuntime::Stop() {
  impl_->shared.stop();
  for (const auto& loop : impl_->loops) loop->stop();
  impl_->shared.Join();
  for (const auto& loop : impl_->loops) loop->Join();
  impl_->blocking.stop();
  impl_->blocking.join();
}

}  // namespace hydrant
