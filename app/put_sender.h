// SendLines: all lines of a reader to a stream, a request at a time, until each is acknowledged.
// Owner:   not thread-safe: caller serializes
// Errors:  kInvalidArgument: the server refuses, and would again; kUnavailable: it did not take
// them in time; kCancelled: stopped
#pragma once

#include "app/http_session.h"
#include "app/line_reader.h"
#include "engine/base/clock.h"
#include "engine/base/status.h"

#include <absl/time/time.h>

#include <cstdint>
#include <functional>
#include <string>

namespace hydrant {

struct PutProgress {
  uint64_t records = 0;  // acknowledged
  uint64_t bytes = 0;
  uint64_t retries = 0;
  // Requests sent again after their connection broke: what the server had taken of them may be
  // there twice.
  uint64_t unsure = 0;
  std::string waiting;  // why nothing goes out now; empty: it does
};

struct PutHooks {
  std::function<StatusOr<HttpReply>(std::string_view body)> post;
  std::function<void(absl::Duration)> sleep;
  std::function<void(const PutProgress&)> report;
  Entropy* entropy = nullptr;
  std::function<bool()> stopped;  // then nothing is tried again; null: never
  // Longest time of waiting in a row for the server to take more.
  absl::Duration patience = absl::Minutes(5);
};

// `progress` holds what was acknowledged, also after an error.
Status SendLines(LineReader& reader, const PutHooks& hooks, PutProgress& progress);

}  // namespace hydrant
