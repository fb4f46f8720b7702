// Value: what a StatusOr holds; the test fails when it holds none.
#pragma once

#include "engine/testing/status_matchers.h"

#include <utility>

namespace hydrant::load {

template <typename T>
T Value(StatusOr<T> value) {
  EXPECT_OK(value);
  return std::move(value).value();
}

}  // namespace hydrant::load
