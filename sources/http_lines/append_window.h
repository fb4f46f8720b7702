// AppendWindow: a few batches of one request on their way into a stream at once, in order.
// Owner:   the request's coroutine, on its connection's loop
// Units:   at most kInFlightMax batches unanswered
// Errors:  those of StreamIntake::Append; after one nothing more should be added
#pragma once

#include "engine/component.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <memory>

namespace hydrant::http_lines {

class AppendWindow {
 public:
  static constexpr size_t kInFlightMax = 4;

  AppendWindow(std::shared_ptr<StreamIntake> intake, asio::any_io_executor executor);

  // Hands the batch to the stream, and returns once fewer than kInFlightMax are unanswered, or with
  // the error of any.
  asio::awaitable<Status> Add(std::unique_ptr<RecordBatch> batch, MemoryReservation reservation);
  // Waits until all are answered; the first error there was.
  asio::awaitable<Status> Settle();

  // Durable from the request's first record on without a gap.
  uint64_t durable_records() const { return state_->records; }
  uint64_t durable_bytes() const { return state_->bytes; }

 private:
  struct Entry {
    uint64_t records;
    uint64_t bytes;
    bool durable = false;
  };
  // Answers may come after the request's coroutine is gone.
  struct State {
    explicit State(const asio::any_io_executor& executor) : wake(executor) {}
    std::deque<Entry> entries;  // from the first that is not known to be durable
    uint64_t first_entry = 0;   // number of entries.front()
    size_t in_flight = 0;
    uint64_t records = 0;
    uint64_t bytes = 0;
    Status error;
    asio::steady_timer wake;
    void Answered(uint64_t number, const Status& status);
  };
  asio::awaitable<void> WaitBelow(size_t in_flight);

  const std::shared_ptr<StreamIntake> intake_;
  const asio::any_io_executor executor_;
  const std::shared_ptr<State> state_;
};

}  // namespace hydrant::http_lines
