// Admin routes: what operation asks of a node.
//   GET /metrics  Prometheus text        GET /health   is the process able to work (always 200), and what is wrong
//   GET /streams  JSON, a row a stream   GET /ready    200 when records are taken, else 503 and why
//   GET /settings JSON: what each stream has under `Hydrant`, without secrets
//   /streams/NAME/…: see admin_stream.h
// Owner:   handlers run on the I/O runtime
#pragma once

#include "actors/stream_registry.h"
#include "engine/io/http_router.h"
#include "engine/metrics/metrics.h"
#include "engine/stream/catalog.h"

#include <atomic>
#include <string>
#include <vector>

namespace hydrant {

struct AdminOptions {
  const MetricRegistry* metrics = nullptr;
  StreamRegistry* streams = nullptr;
  const StreamCatalog* catalog = nullptr;
  const std::atomic<bool>* draining = nullptr;
  asio::any_io_executor blocking;  // threads for work that waits on the disk
  // What was found wrong at start and needs a human; shown in /health.
  std::vector<std::string> problems;
};

void AddAdminRoutes(HttpRouter& router, AdminOptions options);

}  // namespace hydrant
