#include "actors/stream_probe.h"

#include <algorithm>

namespace hydrant {
namespace {

int64_t ToMicros(absl::Time time) {
  return time == absl::InfiniteFuture() ? INT64_MAX : absl::ToUnixMicros(time);
}

}  // namespace

StreamProbe::StreamProbe(MetricRegistry& registry, const std::string& stream,
                         const std::string& branch) {
  MetricLabels labels{{"stream", stream}};
  if (!branch.empty()) labels.emplace("branch", branch);
  auto counter = [&](std::string_view name, std::string_view help) {
    return registry.AddCounter(name, help, labels);
  };
  appended_records_ = counter("hydrant_log_records_total", "Records made durable in the log.");
  appended_bytes_ = counter("hydrant_log_bytes_total", "Record bytes made durable in the log.");
  refused_ = counter("hydrant_log_refused_appends_total",
                     "Appends refused because of the log's quota, its disk or its state.");
  delivered_records_ =
      counter("hydrant_delivered_records_total", "Records the destination confirmed.");
  delivered_bytes_ = counter("hydrant_delivered_bytes_total",
                             "Record bytes the destination confirmed, before compression.");
  sent_bytes_ = counter("hydrant_delivered_payload_bytes_total",
                        "Bytes the destination confirmed, as they were sent.");
  delivered_chunks_ =
      counter("hydrant_delivered_chunks_total", "Objects or requests the destination confirmed.");
  failed_attempts_ = counter("hydrant_delivery_failed_attempts_total",
                             "Delivery attempts that failed and will be repeated.");
  lost_records_ = counter("hydrant_log_lost_records_total",
                          "Records that damage to the log took before they were delivered.");
  restarts_ = counter("hydrant_pipeline_restarts_total",
                      "Times the stream's pipeline was built again after an actor crashed.");
  given_up_records_ = counter("hydrant_given_up_records_total",
                              "Records that will not be delivered: they go to the error output.");
  error_records_ =
      counter("hydrant_error_records_total", "Error documents that the error output confirmed.");
  possible_duplicates_ = counter("hydrant_possible_duplicate_records_total",
                                 "Records sent to another destination though their own may have "
                                 "them: its answer never came.");
  freshness_ = registry.AddHistogram("hydrant_delivery_freshness_seconds",
                                     "Age of a chunk's oldest record when it was delivered.",
                                     LatencyBounds(), labels);
  attempt_seconds_ =
      registry.AddHistogram("hydrant_delivery_attempt_seconds",
                            "Duration of successful delivery attempts.", LatencyBounds(), labels);
}

void StreamProbe::BatchAppended(uint64_t records, uint64_t bytes) {
  appended_records_->Add(records);
  appended_bytes_->Add(bytes);
}

void StreamProbe::AppendRefused() { refused_->Add(); }

void StreamProbe::ChunkDelivered(uint64_t records, uint64_t bytes, uint64_t sent_bytes,
                                 absl::Duration age, absl::Duration attempt) {
  delivered_records_->Add(records);
  delivered_bytes_->Add(bytes);
  sent_bytes_->Add(sent_bytes);
  delivered_chunks_->Add();
  freshness_->Observe(absl::ToDoubleSeconds(age));
  attempt_seconds_->Observe(absl::ToDoubleSeconds(attempt));
  absl::MutexLock lock(&mutex_);
  last_error_.clear();
}

void StreamProbe::AttemptFailed(const DeliveryOutcome& outcome) {
  failed_attempts_->Add();
  absl::MutexLock lock(&mutex_);
  last_error_ = outcome.error_code + ": " + outcome.error_message;
}

void StreamProbe::SetRecordsLost(uint64_t records) {
  lost_records_->Add(records - std::min(records, lost_records_->value()));
}
void StreamProbe::RecordsGivenUp(uint64_t records) { given_up_records_->Add(records); }
void StreamProbe::ErrorsDelivered(uint64_t records) { error_records_->Add(records); }
void StreamProbe::PossibleDuplicates(uint64_t records) { possible_duplicates_->Add(records); }
void StreamProbe::SetWorkers(int delivery, int transform) {
  delivery_workers_ = delivery;
  transform_workers_ = transform;
}
void StreamProbe::PipelineRestarted() { restarts_->Add(); }
void StreamProbe::SetOldestOpen(absl::Time arrival) { oldest_open_us_ = ToMicros(arrival); }
void StreamProbe::SetOldestSealed(absl::Time arrival) { oldest_sealed_us_ = ToMicros(arrival); }

absl::Time StreamProbe::oldest_arrival() const {
  const int64_t oldest = std::min(oldest_open_us_.load(), oldest_sealed_us_.load());
  return oldest == INT64_MAX ? absl::InfiniteFuture() : absl::FromUnixMicros(oldest);
}

std::string StreamProbe::last_error() const {
  absl::MutexLock lock(&mutex_);
  return last_error_;
}

}  // namespace hydrant
