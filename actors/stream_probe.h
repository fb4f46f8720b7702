// StreamProbe: what a stream's actors count, for metrics and `hydrant streams`.
// Owner:   written by the stream's actors, read by any thread
#pragma once

#include "engine/delivery/circuit_breaker.h"
#include "engine/delivery/outcome.h"
#include "engine/metrics/metrics.h"

#include <absl/synchronization/mutex.h>
#include <absl/time/time.h>

#include <atomic>
#include <memory>
#include <string>

namespace hydrant {

class StreamProbe {
 public:
  // `branch`: empty for the stream's own; only that appends.
  StreamProbe(MetricRegistry& registry, const std::string& stream, const std::string& branch = "");

  void BatchAppended(uint64_t records, uint64_t bytes);
  void AppendRefused();
  // Whether the log found room for the last append.
  void SetHasNoRoom(bool none) { has_no_room_ = none; }
  bool has_no_room() const { return has_no_room_; }
  void ChunkDelivered(uint64_t records, uint64_t bytes, uint64_t sent_bytes, absl::Duration age,
                      absl::Duration attempt);
  void AttemptFailed(const DeliveryOutcome& outcome);
  // In all, as the ledger counts them: also what was lost before the process started.
  void SetRecordsLost(uint64_t records);
  void PipelineRestarted();
  // Records that will not be delivered, on their way to the error output; and there.
  void RecordsGivenUp(uint64_t records);
  void ErrorsDelivered(uint64_t records);
  // A chunk goes to another destination though an attempt may have got through.
  void PossibleDuplicates(uint64_t records);
  void SetWorkers(int delivery, int transform);
  void SetDestination(uint32_t destination) { destination_ = destination; }
  // Returns what it was.
  BreakerState SetBreaker(BreakerState state) { return breaker_.exchange(state); }
  // Oldest arrival among the records in the pipeline; InfiniteFuture when it is empty.
  void SetOldestOpen(absl::Time arrival);
  void SetOldestSealed(absl::Time arrival);

  uint64_t appended_records() const { return appended_records_->value(); }
  uint64_t appended_bytes() const { return appended_bytes_->value(); }
  uint64_t delivered_records() const { return delivered_records_->value(); }
  uint64_t delivered_bytes() const { return delivered_bytes_->value(); }
  absl::Time oldest_arrival() const;
  BreakerState breaker() const { return breaker_; }
  uint64_t given_up_records() const { return given_up_records_->value(); }
  uint64_t error_records() const { return error_records_->value(); }
  uint64_t possible_duplicates() const { return possible_duplicates_->value(); }
  int delivery_workers() const { return delivery_workers_; }
  int transform_workers() const { return transform_workers_; }
  uint32_t destination() const { return destination_; }
  // "S3.AccessDenied: …" of the last failed attempt; empty once a chunk was delivered.
  std::string last_error() const;

 private:
  std::shared_ptr<Counter> appended_records_, appended_bytes_, refused_;
  std::shared_ptr<Counter> delivered_records_, delivered_bytes_, delivered_chunks_, sent_bytes_;
  std::atomic<bool> has_no_room_{false};
  std::shared_ptr<Counter> failed_attempts_, lost_records_, restarts_;
  std::shared_ptr<Histogram> freshness_, attempt_seconds_;
  std::atomic<int64_t> oldest_open_us_{INT64_MAX};
  std::atomic<int64_t> oldest_sealed_us_{INT64_MAX};
  std::shared_ptr<Counter> given_up_records_, error_records_, possible_duplicates_;
  std::atomic<int> delivery_workers_{0};
  std::atomic<int> transform_workers_{0};
  std::atomic<uint32_t> destination_{0};
  std::atomic<BreakerState> breaker_{BreakerState::kClosed};
  mutable absl::Mutex mutex_;
  std::string last_error_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hydrant
