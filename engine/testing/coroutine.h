// RunCoroutine: runs an awaitable to its end on a loop of its own, for tests.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <optional>

namespace hydrant::testing {

template <typename T>
T RunCoroutine(boost::asio::io_context& context, boost::asio::awaitable<T> awaitable) {
  std::optional<T> result;
  boost::asio::co_spawn(context, std::move(awaitable), [&](std::exception_ptr error, T value) {
    if (error) std::rethrow_exception(error);
    result.emplace(std::move(value));
  });
  context.restart();
  while (!result && context.run_one() > 0) {
  }
  return std::move(*result);
}

}  // namespace hydrant::testing
