#include "sinks/s3/s3_client.h"

#include "engine/testing/coroutine.h"

#include <gtest/gtest.h>

namespace hydrant::s3 {
namespace {

// Keeps the request's limits; answers nothing.
class LimitsOnly : public HttpClient {
 public:
  asio::awaitable<StatusOr<HttpClientResponse>> Send(const HttpClientRequest& request) override {
    stall = request.stall_timeout;
    total = request.total_timeout;
    co_return Unavailable("not sent");
  }
  absl::Duration stall;
  absl::Duration total;
};

// The setting is about requests that stand still: a slow line must carry a part of 16 MiB, however
// short it is set.
TEST(S3ClientTest, TheTimeoutIsForStandingStillAndTheTotalGrowsWithTheBody) {
  boost::asio::io_context context;
  LimitsOnly http;
  NodeConfig config;
  config.s3.endpoint = "http://127.0.0.1:1";
  const StatusOr<S3Target> target = ResolveTarget(config, "bucket");
  S3Client client(*target, http, aws::MakeStaticCredentials({"AKID", "secret", ""}),
                  Clock::System(), absl::Seconds(3));
  const std::string part(16 << 20, 'x');
  S3Call call;
  call.method = "PUT";
  call.key = "k";
  call.body = {part};
  EXPECT_FALSE(testing::RunCoroutine(context, client.Send(std::move(call))).ok());
  EXPECT_EQ(http.stall, absl::Seconds(3));
  EXPECT_GE(http.total, absl::Hours(1));
  EXPECT_LE(http.total, absl::Hours(2));  // bounded all the same
}

}  // namespace
}  // namespace hydrant::s3
