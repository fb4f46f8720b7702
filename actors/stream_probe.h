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
  StreamProbe(MetricRegistry& registry, const std::string& stream);

  void BatchAppended(uint64_t records, uint64_t bytes);
  void AppendRefused();
  void ChunkDelivered(uint64_t records, uint64_t bytes, uint64_t sent_bytes, absl::Duration age,
                      absl::Duration attempt);
  void AttemptFailed(const DeliveryOutcome& outcome);
  // In all, as the ledger counts them: also what was lost before the process started.
  void SetRecordsLost(uint64_t records);
  void PipelineRestarted();
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
  // "S3.AccessDenied: …" of the last failed attempt; empty once a chunk was delivered.
  std::string last_error() const;

 private:
  std::shared_ptr<Counter> appended_records_, appended_bytes_, refused_;
  std::shared_ptr<Counter> delivered_records_, delivered_bytes_, delivered_chunks_, sent_bytes_;
  std::shared_ptr<Counter> failed_attempts_, lost_records_, restarts_;
  std::shared_ptr<Histogram> freshness_, attempt_seconds_;
  std::atomic<int64_t> oldest_open_us_{INT64_MAX};
  std::atomic<int64_t> oldest_sealed_us_{INT64_MAX};
  std::atomic<BreakerState> breaker_{BreakerState::kClosed};
  mutable absl::Mutex mutex_;
  std::string last_error_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hydrant
