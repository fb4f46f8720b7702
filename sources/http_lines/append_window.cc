#include "sources/http_lines/append_window.h"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace hydrant::http_lines {

AppendWindow::AppendWindow(std::shared_ptr<StreamIntake> intake, asio::any_io_executor executor)
    : intake_(std::move(intake)),
      executor_(executor),
      state_(std::make_shared<State>(std::move(executor))) {}

void AppendWindow::State::Answered(uint64_t number, const Status& status) {
  --in_flight;
  if (status.ok()) {
    entries[number - first_entry].durable = true;
  } else if (error.ok()) {
    error = status;
  }
  while (!entries.empty() && entries.front().durable) {
    records += entries.front().records;
    bytes += entries.front().bytes;
    entries.pop_front();
    ++first_entry;
  }
  wake.cancel();
}

asio::awaitable<Status> AppendWindow::Add(std::unique_ptr<RecordBatch> batch,
                                          MemoryReservation reservation) {
  const uint64_t number = state_->first_entry + state_->entries.size();
  state_->entries.push_back({batch->record_count(), batch->payload_bytes()});
  ++state_->in_flight;
  // Not AppendAsync: several are under way at once, and they must enter the stream in this order.
  intake_->Append(std::move(batch), std::move(reservation),
                  [state = state_, executor = executor_, number](StatusOr<AppendReceipt> receipt) {
                    asio::post(executor, [state, number, status = receipt.status()] {
                      state->Answered(number, status);
                    });
                  });
  co_await WaitBelow(kInFlightMax);
  co_return state_->error;
}

asio::awaitable<Status> AppendWindow::Settle() {
  co_await WaitBelow(1);
  co_return state_->error;
}

asio::awaitable<void> AppendWindow::WaitBelow(size_t in_flight) {
  while (state_->in_flight >= in_flight) {
    boost::system::error_code cancelled;
    state_->wake.expires_at(asio::steady_timer::time_point::max());
    co_await state_->wake.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  }
}

}  // namespace hydrant::http_lines
