// gMock matchers for Status: EXPECT_OK(x), EXPECT_THAT(x, StatusIs(code, HasSubstr("…"))).
#pragma once

#include "engine/base/status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace hydrant::testing {

inline const Status& AsStatus(const Status& status) { return status; }
template <typename T>
const Status& AsStatus(const StatusOr<T>& status) {
  return status.status();
}

MATCHER(IsOk, "is OK") {
  *result_listener << AsStatus(arg).ToString();
  return arg.ok();
}
MATCHER_P(StatusIs, code, "") {
  *result_listener << AsStatus(arg).ToString();
  return AsStatus(arg).code() == code;
}
MATCHER_P2(StatusIs, code, message, "") {
  *result_listener << AsStatus(arg).ToString();
  return AsStatus(arg).code() == code &&
         ::testing::ExplainMatchResult(message, std::string(Message(AsStatus(arg))),
                                       result_listener);
}

}  // namespace hydrant::testing

#define EXPECT_OK(expr) EXPECT_THAT((expr), ::hydrant::testing::IsOk())
#define ASSERT_OK(expr) ASSERT_THAT((expr), ::hydrant::testing::IsOk())
