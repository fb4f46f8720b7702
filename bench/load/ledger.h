// Ledger: what the server said of each record, for the check of what arrived.
// Owner:   not thread-safe: caller serializes
// Units:   a ticket stands for one request's records (stamped ones), or for one request of the pool
//          that is sent again and again; nanoseconds of the monotonic clock
#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace hydrant::load {

// Of a record; or of some of a request's, as a difference to what the request says.
struct Told {
  int32_t acknowledged = 0;        // how often
  uint32_t uncertain = 0;          // how often it was sent without a word of what became of it
  int64_t acknowledged_at_ns = 0;  // the last time
};

class Ledger {
 public:
  explicit Ledger(uint32_t records_per_request) : records_per_request_(records_per_request) {}

  // The ticket's records are those of that request of the pool. First of all, for each ticket.
  void Issue(uint64_t ticket, size_t request);
  // Of a request's records: all, or those in `part`, which is sorted.
  void Acknowledge(uint64_t ticket, std::span<const uint32_t> part, int64_t now_ns);
  void Doubt(uint64_t ticket, std::span<const uint32_t> part);

  // Of the `index`th record of a request.
  Told Of(uint64_t ticket, uint32_t index) const;
  // Every ticket that was issued is below.
  uint64_t tickets() const { return whole_.size(); }
  size_t RequestOf(uint64_t ticket) const { return requests_[ticket]; }

 private:
  const uint32_t records_per_request_;
  std::vector<Told> whole_;
  std::vector<uint32_t> requests_;
  // Records that fared otherwise than most of their request: few.
  absl::flat_hash_map<std::pair<uint64_t, uint32_t>, Told> single_;
};

}  // namespace hydrant::load
