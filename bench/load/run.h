// Run: the measured part. One thread, epoll, keep-alive, one request in flight a connection.
// Owner:   the calling thread
// Units:   records, record bytes, nanoseconds
// Errors:  kept in the result: a refused or broken request is counted and its records sent again
// later
#pragma once

#include "bench/load/options.h"
#include "bench/load/requests.h"

#include <cstdint>
#include <vector>

namespace hydrant::load {

struct LoadResult {
  uint64_t requests_acknowledged = 0;
  uint64_t records_acknowledged = 0;
  uint64_t record_bytes_acknowledged = 0;
  uint64_t requests_refused = 0;    // 503: told to slow down
  uint64_t requests_failed = 0;     // any other answer, or records that failed within a batch
  uint64_t connections_broken = 0;  // the answer, if any, was lost
  double seconds = 0;
  double cpu_seconds = 0;            // of this process, rendering not counted
  std::vector<uint32_t> latency_us;  // of acknowledged requests
  // Requests acknowledged, by index: how often each of the sample's requests was taken.
  std::vector<uint32_t> taken;
};

LoadResult Run(const LoadOptions& options, const std::vector<Request>& requests);

}  // namespace hydrant::load
