// Answers: what http_lines says, as HTTP responses with JSON bodies.
// Owner:   any thread
#pragma once

#include "engine/base/status.h"
#include "engine/io/http_server.h"
#include "engine/stream/api_error.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace hydrant::http_lines {

// {"records":N,"bytes":M}
HttpResponse Accepted(uint64_t records, uint64_t bytes);

// {"error":{"type":…,"message":…},"records":N}: the first N records of the body are durable. The
// types are those of the Firehose API where it has one.
HttpResponse Refused(const ApiError& error, uint64_t durable_records = 0);

// What a failed upload is to its sender.
ApiError ToApiError(const Status& status);

}  // namespace hydrant::http_lines
