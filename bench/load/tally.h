// Tally: what was found at the destination, against what the server said of each record.
// Owner:   not thread-safe: caller serializes
// Units:   records; nanoseconds of the monotonic clock
#pragma once

#include "bench/load/histogram.h"
#include "bench/load/ledger.h"
#include "bench/load/load_plan.h"
#include "bench/load/request_pool.h"
#include "bench/load/stamp.h"

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace hydrant::load {

struct Arrived {
  uint64_t records_found = 0;  // of this run
  uint64_t lost = 0;           // acknowledged and not there
  uint64_t duplicates = 0;     // there more often than they were sent with any chance to be stored
  uint64_t uncertain = 0;  // there, or there once more, because of a request without a clear answer
  uint64_t unacknowledged = 0;         // there though the server had said that it did not take them
  uint64_t damaged = 0;                // begin as one of ours, and go on otherwise
  uint64_t unknown = 0;                // not of this run
  std::vector<uint64_t> lost_numbers;  // the first few, of stamped ones
};

class Tally {
 public:
  // All must outlive it; the ledger is complete.
  Tally(const LoadPlan& plan, const RequestPool& pool, const RunId& run, const Ledger& ledger);

  // The text of an object that was first seen then.
  void AddObject(std::string_view text, int64_t seen_at_ns);
  // Whether every acknowledged record is there.
  bool Complete() const { return missing_ == 0; }
  // Acknowledged records that are not there yet.
  uint64_t missing() const { return missing_; }
  Arrived Sum() const;
  // From the acknowledgement until it could be read, of stamped records.
  const Histogram& delivery_time() const { return delivery_time_; }

 private:
  // Equal lines are one.
  struct Content {
    Told told;
    uint64_t seen = 0;
  };

  void AddRecord(std::string_view record, int64_t seen_at_ns);
  void AddStamped(std::string_view record, uint64_t number, int64_t seen_at_ns);
  bool IsAsSent(std::string_view record, uint64_t number) const;
  Told ToldOf(uint64_t number) const;
  static void AddTo(Arrived& arrived, const Told& told, uint64_t seen);
  void ExpectContents();

  const LoadPlan& plan_;
  const RequestPool& pool_;
  const RunId run_;
  const Ledger& ledger_;
  uint64_t missing_ = 0;
  uint64_t damaged_ = 0;
  uint64_t unknown_ = 0;
  std::vector<uint8_t> seen_;                      // by number; 255: that often or more
  absl::flat_hash_map<size_t, Content> contents_;  // by hash, when nothing is stamped
  Histogram delivery_time_;
};

}  // namespace hydrant::load
