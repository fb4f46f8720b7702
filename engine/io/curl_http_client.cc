// MakeCurlHttpClient: HttpClient as coroutines over CurlMulti.
#include "engine/io/curl_multi.h"
#include "engine/io/http_client.h"

#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <utility>

namespace hydrant {
namespace {

class CurlHttpClient : public HttpClient {
 public:
  CurlHttpClient(asio::any_io_executor executor, HttpClientOptions options)
      : multi_(std::make_shared<CurlMulti>(std::move(executor), std::move(options))) {}
  ~CurlHttpClient() override { multi_->Shutdown(); }

  asio::awaitable<StatusOr<HttpClientResponse>> Send(const HttpClientRequest& request) override {
    using Result = StatusOr<HttpClientResponse>;
    auto executor = co_await asio::this_coro::executor;
    // Not a shared pointer: the coroutine's frame keeps this lambda, and the transfer keeps the frame.
    auto initiate = [multi = multi_.get(), executor, &request](auto handler) {
      // std::function wants a copyable callable; the handler is not one.
      auto shared = std::make_shared<decltype(handler)>(std::move(handler));
      CurlTransfer::Done done = [shared, work = asio::make_work_guard(executor)](Result result) {
        asio::post(work.get_executor(), [shared, result = std::move(result)]() mutable {
          std::move (*shared)(std::move(result));
        });
      };
      multi->Start(std::make_unique<CurlTransfer>(request, std::move(done)));
    };
    co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Result)>(
        std::move(initiate), asio::use_awaitable);
  }

 private:
  std::shared_ptr<CurlMulti> multi_;
};

constexpr absl::string_view kNothingSent = "hydrant/nothing-sent";

}  // namespace

bool MayHaveArrived(const Status& status) { return !status.GetPayload(kNothingSent).has_value(); }

Status NothingSent(Status status) {
  status.SetPayload(kNothingSent, absl::Cord());
  return status;
}

std::string_view HttpClientResponse::Header(std::string_view name) const {
  for (const auto& [header, value] : headers) {
    if (header == name) return value;
  }
  return {};
}

std::unique_ptr<HttpClient> MakeCurlHttpClient(asio::any_io_executor executor,
                                               HttpClientOptions options) {
  return std::make_unique<CurlHttpClient>(std::move(executor), std::move(options));
}

}  // namespace hydrant
