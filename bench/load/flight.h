// Flight: a request on its way, from when it is due until it is acknowledged or given up.
// FlightDesk: makes them of a plan's pool of requests, no more than the plan says.
// Owner:   not thread-safe: caller serializes
// Units:   nanoseconds of the monotonic clock; record bytes are before base64
#pragma once

#include "bench/load/load_plan.h"
#include "bench/load/request_pool.h"

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

namespace hydrant::load {

struct Flight {
  size_t request = 0;          // in the pool
  uint64_t ticket = 0;         // in the ledger
  std::vector<uint32_t> part;  // the records it has; empty: all of the request's
  std::string part_body;
  int64_t due_ns = 0;
  int64_t sent_ns = 0;
  int attempts = 0;  // to connect or to send
  int sends = 0;
  bool given_up = false;
};

class FlightDesk {
 public:
  FlightDesk(const LoadPlan& plan, RequestPool& pool);

  // All that the plan wants has been issued.
  bool Enough() const;
  uint64_t issued() const { return issued_requests_; }
  void Issue(Flight& flight, int64_t due_ns);
  // It is over: its request may be used again.
  void Return(const Flight& flight);

  const std::string& BodyOf(const Flight& flight) const;
  size_t StreamOf(const Flight& flight) const { return pool_.at(flight.request).stream; }
  uint64_t RecordsOf(const Flight& flight) const;
  uint64_t BytesOf(const Flight& flight) const { return BytesOf(flight, flight.part); }
  // Of some of its request's records; none: of all.
  uint64_t BytesOf(const Flight& flight, std::span<const uint32_t> part) const;

  // It was taken in part. Those of `failed` (places in what was sent, sorted) stay; returns the rest.
  std::vector<uint32_t> KeepFailed(Flight& flight, const std::vector<uint32_t>& failed) const;

 private:
  const LoadPlan& plan_;
  RequestPool& pool_;
  std::deque<size_t> free_;  // requests of the pool; stamped ones are in one flight at a time
  uint64_t issued_requests_ = 0;
  uint64_t issued_records_ = 0;
  uint64_t issued_bytes_ = 0;
};

}  // namespace hydrant::load
