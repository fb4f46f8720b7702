// AppendAsync: StreamIntake::Append as an awaitable.
#include "engine/component.h"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <utility>

namespace hydrant {

asio::awaitable<StatusOr<AppendReceipt>> AppendAsync(StreamIntake& intake,
                                                     std::unique_ptr<RecordBatch> batch,
                                                     MemoryReservation reservation) {
  using Result = StatusOr<AppendReceipt>;
  auto executor = co_await asio::this_coro::executor;
  auto initiate = [&intake, executor](auto handler, std::unique_ptr<RecordBatch> moved_batch,
                                      MemoryReservation moved_reservation) {
    // std::function wants a copyable callable; the handler is not one.
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    intake.Append(std::move(moved_batch), std::move(moved_reservation),
                  [shared, executor](Result result) {
                    asio::post(executor, [shared, result = std::move(result)]() mutable {
                      std::move (*shared)(std::move(result));
                    });
                  });
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Result)>(
      initiate, asio::use_awaitable, std::move(batch), std::move(reservation));
}

}  // namespace hydrant
