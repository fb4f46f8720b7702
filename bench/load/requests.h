// Requests: what goes over the wire, rendered once before the clock starts.
// Owner:   immutable once made; any thread
// Units:   bytes
// Errors:  RenderRequests prints what is wrong to standard error and returns nothing
#pragma once

#include "bench/load/options.h"

#include <cstdint>
#include <string>
#include <vector>

namespace hydrant::load {

struct Request {
  std::string bytes;  // head and body
  uint32_t records = 0;
  uint64_t record_bytes = 0;
};

// The whole sample as requests, to be sent round and round.
std::vector<Request> RenderRequests(const LoadOptions& options);

}  // namespace hydrant::load
