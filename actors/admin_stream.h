// Admin routes of one stream, JSON both ways:
//   GET    /streams/NAME/history     {"changes": [...]}: of its definition, the latest last    200
//   POST   /streams/NAME/replays     starts one (ReplaySpec; Content-Type: application/json)   201, or 200 of a dry run
//   GET    /streams/NAME/replays     {"replays": [...]}: running ones and the last that ended  200
//   DELETE /streams/NAME/replays/ID  stops it                                                  200
// Owner:   handlers run on the I/O runtime; what waits on the disk runs on `blocking`
// Units:   requests of at most 16 KiB
// Errors:  {"error": "FIELD: VALUE RULE"} with 400 (also: the log has no such range), 404 (no such
//          stream or replay), 405, 409, 413, 415, 429 or 503
#pragma once

#include "actors/stream_registry.h"
#include "engine/io/http_router.h"
#include "engine/stream/catalog.h"

namespace hydrant {

// `streams` and `catalog` outlive the router.
void AddStreamRoutes(HttpRouter& router, StreamRegistry& streams, const StreamCatalog& catalog,
                     asio::any_io_executor blocking);

}  // namespace hydrant
