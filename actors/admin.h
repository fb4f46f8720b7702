// Admin routes: what operation asks of a node.
//   GET /metrics  Prometheus text        GET /health   is the process able to work (always 200), and what is wrong
//   GET /streams  JSON, a row a stream   GET /ready    200 when records are taken, else 503 and why
// Owner:   handlers run on the I/O runtime
#pragma once

#include "actors/stream_registry.h"
#include "engine/io/http_router.h"
#include "engine/metrics/metrics.h"

#include <atomic>

namespace hydrant {

struct AdminOptions {
  const MetricRegistry* metrics = nullptr;
  const StreamRegistry* streams = nullptr;
  const std::atomic<bool>* draining = nullptr;
};

void AddAdminRoutes(HttpRouter& router, AdminOptions options);

}  // namespace hydrant
