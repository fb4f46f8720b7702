// A request whose parts a test may change, and the authenticator that it is shown to.
#pragma once

#include "engine/io/aws/request_auth.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace hydrant::aws {

inline constexpr char kSecret[] = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
inline constexpr char kPutBody[] =
    R"({"DeliveryStreamName": "web", "Record": {"Data": "aGVsbG8K"}})";

class FixedClock : public Clock {
 public:
  absl::Time Now() const override { return now; }
  absl::Time now = absl::FromCivil(absl::CivilSecond(2026, 3, 14, 15, 9, 26), absl::UTCTimeZone());
};

// A request whose parts a test may change; Head() views them.
struct Request {
  std::string method = "POST";
  std::string path = "/";
  std::string query;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  HttpRequestHead Head() const {
    HttpRequestHead head{.method = method, .path = path, .query = query};
    for (const auto& [name, value] : headers) head.headers.emplace_back(name, value);
    return head;
  }
  std::string& operator[](std::string_view name) {
    for (auto& [key, value] : headers) {
      if (key == name) return value;
    }
    return headers.emplace_back(name, "").second;
  }
  void Remove(std::string_view name) {
    std::erase_if(headers, [&](const auto& header) { return header.first == name; });
  }
  void Replace(std::string_view name, std::string_view from, std::string_view to) {
    std::string& value = (*this)[name];
    const size_t at = value.find(from);
    ASSERT_NE(at, std::string::npos) << value;
    value.replace(at, from.size(), to);
  }
};

class RequestAuthTest : public ::testing::Test {
 protected:
  RequestAuthTest() { config_.credentials = {{"AKIDOTHER", "other"}, {"AKIDEXAMPLE", kSecret}}; }

  // The error of either step, or nothing.
  std::optional<ApiError> Check(const Request& request) {
    const RequestAuthenticator authenticator(config_, clock_);
    const auto checked = authenticator.CheckHead(request.Head());
    if (const auto* error = std::get_if<ApiError>(&checked)) return *error;
    return authenticator.CheckBody(std::get<AuthClaim>(checked), request.body);
  }
  void ExpectRefused(const Request& request, std::string_view type, std::string_view message) {
    const std::optional<ApiError> error = Check(request);
    ASSERT_TRUE(error.has_value()) << message;
    EXPECT_EQ(error->type, type);
    EXPECT_THAT(error->message, ::testing::HasSubstr(std::string(message)));
    EXPECT_THAT(error->message, ::testing::Not(::testing::HasSubstr(kSecret)));
    EXPECT_EQ(error->http_status, 400);
  }

  NodeConfig config_;
  FixedClock clock_;
};

inline constexpr char kMismatch[] = "The request signature we calculated does not match";

}  // namespace hydrant::aws
