#include "engine/access/request_gate.h"

#include "engine/stream/api_error.h"

#include <utility>

namespace hydrant {
namespace {

HttpResponse ApiThrottled(std::string request_id) {
  HttpResponse response;
  response.status = 400;
  response.content_type = "application/x-amz-json-1.1";
  response.headers.emplace_back("x-amzn-RequestId", std::move(request_id));
  response.body = RenderApiError({"ThrottlingException", "Rate exceeded", 400});
  return response;
}

HttpResponse PlainThrottled() {
  HttpResponse response;
  response.status = 429;
  response.content_type = "application/json";
  response.headers.emplace_back("Retry-After", "1");
  response.body =
      "{\"error\":{\"type\":\"ThrottlingException\",\"message\":\"Rate "
      "exceeded\"},\"records\":0}\n";
  return response;
}

}  // namespace

RequestGate::RequestGate(int requests_per_second, const Clock& clock, Entropy& entropy,
                         MetricRegistry& metrics)
    : rates_(requests_per_second),
      clock_(clock),
      entropy_(entropy),
      refused_(metrics.AddCounter("hydrant_rate_limited_requests_total",
                                  "Requests refused by limits.requests_per_second.")) {}

HttpHandler RequestGate::Before(HttpHandler handler) {
  return [this, handler = std::move(handler)](HttpExchange& exchange) {
    if (rates_.Take(exchange.head().network, clock_.Now())) return handler(exchange);
    return Refuse(exchange);
  };
}

asio::awaitable<void> RequestGate::Refuse(HttpExchange& exchange) {
  refused_->Add();
  const bool api = !exchange.head().Header("x-amz-target").empty();
  HttpResponse response = api ? ApiThrottled(MakeUuid(entropy_)) : PlainThrottled();
  (co_await exchange.Respond(std::move(response))).IgnoreError();  // the peer may be gone
}

}  // namespace hydrant
