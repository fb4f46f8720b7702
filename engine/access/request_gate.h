// RequestGate: refuses the requests of a client address that sends too many, before anything of them is looked
// at but their kind.
// Owner:   any thread; must outlive the listener
// Units:   requests a second of one client address
// Errors:  the API's ThrottlingException, as AWS words it; 429 on other paths
// Source:  Firehose's answers to too many calls, as users of its SDKs report them
#pragma once

#include "engine/base/clock.h"
#include "engine/io/address_limits.h"
#include "engine/io/http_server.h"
#include "engine/metrics/metrics.h"

#include <memory>

namespace hydrant {

class RequestGate {
 public:
  // 0 requests a second: no limit.
  RequestGate(int requests_per_second, const Clock& clock, Entropy& entropy,
              MetricRegistry& metrics);
  // A handler that lets pass to `handler` what may pass.
  HttpHandler Before(HttpHandler handler);

 private:
  asio::awaitable<void> Refuse(HttpExchange& exchange);

  NetworkRates rates_;
  const Clock& clock_;
  Entropy& entropy_;
  const std::shared_ptr<Counter> refused_;
};

}  // namespace hydrant
