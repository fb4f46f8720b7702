// Virtual time: what clocks show and timers wait for in a simulation. It moves only when nobody has work.
// Owner:   one thread
// Units:   time since the simulation began
#pragma once

#include "engine/base/clock.h"

#include <absl/time/time.h>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <functional>
#include <map>
#include <memory>
#include <utility>

namespace hydrant::simulation {

namespace asio = boost::asio;

class VirtualTime {
 public:
  absl::Duration elapsed() const { return elapsed_; }
  void AdvanceTo(absl::Duration time) { elapsed_ = std::max(elapsed_, time); }

 private:
  absl::Duration elapsed_;
};

// The wall clock, which somebody may step.
class WallClock final : public Clock {
 public:
  explicit WallClock(const VirtualTime& time) : time_(time) {}
  absl::Time Now() const override {
    return absl::FromUnixSeconds(1'700'000'000) + time_.elapsed() + step_;
  }
  void Step(absl::Duration by) { step_ += by; }

 private:
  const VirtualTime& time_;
  absl::Duration step_;
};

// Work for later, in the order of its times, and of its adding where these are the same.
class TimerQueue {
 public:
  explicit TimerQueue(const VirtualTime& time) : time_(time) {}
  void After(absl::Duration delay, std::function<void()> work) {
    timers_.emplace(time_.elapsed() + delay, std::move(work));
  }
  absl::Duration next() const {
    return timers_.empty() ? absl::InfiniteDuration() : timers_.begin()->first;
  }
  // Runs one that is due; false when none is.
  bool RunOne() {
    if (next() > time_.elapsed()) return false;
    const std::function<void()> work = std::move(timers_.begin()->second);
    timers_.erase(timers_.begin());
    work();
    return true;
  }
  void Clear() {
    // What goes may look at the queue.
    const auto old = std::exchange(timers_, {});
  }

 private:
  const VirtualTime& time_;
  std::multimap<absl::Duration, std::function<void()>> timers_;
};

// Suspends a coroutine. It goes on as a handler of its own executor; when the queue is cleared it never does.
inline asio::awaitable<void> Sleep(TimerQueue& timers, absl::Duration delay) {
  auto start = [&timers, delay](auto handler) {
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    timers.After(delay, [shared] { asio::post(std::move(*shared)); });
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(start, asio::use_awaitable);
}

}  // namespace hydrant::simulation
