#include "engine/io/runtime.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include <algorithm>
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

  // As many as hold a copy, and one.
  const std::shared_ptr<void>& holders() const { return holders_; }

 private:
  const std::shared_ptr<void> holders_ = std::make_shared<char>();
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
  asio::thread_pool blocking;
};

IoRuntime::IoRuntime(int threads) : impl_(std::make_unique<Impl>(threads)) {}

IoRuntime::~IoRuntime() { Stop(); }

asio::any_io_executor IoRuntime::executor() const { return impl_->shared.get_executor(); }

IoRuntime::LoopLease IoRuntime::LeaseLoop() {
  // Two callers at once may take the same loop; that makes it no wrong choice, only not the best.
  const auto& loop =
      *std::min_element(impl_->loops.begin(), impl_->loops.end(), [](const auto& a, const auto& b) {
        return a->holders().use_count() < b->holders().use_count();
      });
  return {loop->get_executor(), loop->holders()};
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
