// Probe: what the Firehose API source counts, updated once a request.
// Owner:   any thread
// Source:  developer guide "monitoring-with-cloudwatch-metrics"; the mapping is in README.md
#pragma once

#include "engine/component.h"
#include "engine/metrics/metrics.h"
#include "sources/firehose_api/operation.h"

#include <absl/container/flat_hash_map.h>
#include <absl/synchronization/mutex.h>
#include <absl/time/time.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>

namespace hydrant::firehose_api {

// Counters of one stream and one put operation.
struct PutCounters {
  std::shared_ptr<Counter> requests;
  std::shared_ptr<Counter> records;
  std::shared_ptr<Counter> bytes;
  std::shared_ptr<Counter> throttled_records;

  void Accepted(uint64_t record_count, uint64_t payload_bytes) const {
    requests->Add();
    records->Add(record_count);
    bytes->Add(payload_bytes);
  }
  void Throttled(uint64_t record_count) const { throttled_records->Add(record_count); }
};

class Probe {
 public:
  explicit Probe(MetricRegistry& registry);

  // Every call that named an operation; `status` is the answer's, 0 when nobody was left to answer.
  void Answered(Operation operation, int status, absl::Duration latency);
  // A call that is answered with that error. Types are ours: there are not many.
  void Failed(Operation operation, const std::string& type);
  // A request that named none.
  void Misdirected() { misdirected_->Add(); }
  PutCounters Puts(const std::shared_ptr<StreamIntake>& intake, Operation operation);

 private:
  enum Result { kOk, kClientError, kThrottled, kServerError, kAborted, kResults };
  struct StreamCounters {
    std::weak_ptr<StreamIntake> intake;  // a stream made again under the same name has another one
    std::array<PutCounters, 2> puts;     // by Operation
  };
  static Result ResultOf(int status);
  PutCounters MakePutCounters(const std::string& stream, Operation operation);

  MetricRegistry& registry_;
  std::array<std::array<std::shared_ptr<Counter>, kResults>, kOperations.size()> requests_;
  std::shared_ptr<Counter> misdirected_;
  std::array<std::shared_ptr<Histogram>, 2> latency_;
  absl::Mutex mutex_;
  // As many as there are streams: those of dead intakes go when a new one comes.
  absl::flat_hash_map<std::string, StreamCounters> streams_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hydrant::firehose_api
