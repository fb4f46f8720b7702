#include "engine/io/runtime.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include <thread>
#include <vector>

namespace hydrant {

namespace {
// Writers wait for the disk: a few keep its queue filled, for all streams together.
constexpr int kBlockingThreads = 4;
}  // namespace

struct IoRuntime::Impl {
  explicit Impl(int threads_count)
      : context(threads_count), work(asio::make_work_guard(context)), blocking(kBlockingThreads) {}
  asio::io_context context;
  asio::executor_work_guard<asio::io_context::executor_type> work;
  asio::thread_pool blocking;
  std::vector<std::thread> threads;
};

IoRuntime::IoRuntime(int threads) : impl_(std::make_unique<Impl>(threads)) {
  for (int i = 0; i < threads; ++i) {
    impl_->threads.emplace_back([this] { impl_->context.run(); });
  }
}

IoRuntime::~IoRuntime() { Stop(); }

asio::any_io_executor IoRuntime::executor() const { return impl_->context.get_executor(); }

asio::any_io_executor IoRuntime::blocking_executor() const {
  return impl_->blocking.get_executor();
}

void IoRuntime::Stop() {
  impl_->work.reset();
  impl_->context.stop();
  for (std::thread& thread : impl_->threads) {
    if (thread.joinable()) thread.join();
  }
  impl_->threads.clear();
  impl_->blocking.stop();
  impl_->blocking.join();
}

}  // namespace hydrant
