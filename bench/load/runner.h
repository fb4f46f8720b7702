// RunLoad: sends a plan's requests over its connections, on one thread, until the plan is done.
// Owner:   the calling thread, which is the only one that works
// Units:   as LoadResult says
// Errors:  the system's, when it has nothing to wait with. What goes wrong with requests is counted
//          in the result, not an error.
// Source:  retries: AWS SDKs and Tools Reference Guide, "Retry behavior" (exponential backoff with
//          jitter; throttling and server errors are tried again, refusals are not)
#pragma once

#include "bench/load/exchange.h"
#include "bench/load/ledger.h"
#include "bench/load/load_plan.h"
#include "bench/load/recorder.h"
#include "bench/load/request_pool.h"
#include "engine/base/status.h"
#include "engine/io/http_client.h"

#include <functional>
#include <string>
#include <string_view>

namespace hydrant::load {

struct RunHooks {
  // The headers of a signature over a request, those given included; null: requests are not signed.
  std::function<StatusOr<HttpHeaders>(const std::string& url, std::string_view body,
                                      HttpHeaders headers)>
      sign;
  std::function<bool()> stopped;                         // null: never
  std::function<void(const LoadResult& so_far)> report;  // a few times a second; null: nobody
};

struct RunTarget {
  Peer peer;
  std::string authorization;  // a header's value for every request (HTTP Basic); empty: none
};

// `ledger` may be null: nobody will check.
StatusOr<LoadResult> RunLoad(const LoadPlan& plan, const RunTarget& target, RequestPool& pool,
                             Ledger* ledger, const RunHooks& hooks);

}  // namespace hydrant::load
