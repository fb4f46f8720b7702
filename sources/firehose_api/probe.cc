#include "sources/firehose_api/probe.h"

namespace hydrant::firehose_api {
namespace {

constexpr const char* kResultNames[] = {"ok", "client_error", "throttled", "server_error",
                                        "aborted"};

}  // namespace

Probe::Probe(MetricRegistry& registry) : registry_(registry) {
  for (size_t operation = 0; operation < kOperations.size(); ++operation) {
    const std::string name(kOperations[operation]);
    for (size_t result = 0; result < kResults; ++result) {
      requests_[operation][result] =
          registry.AddCounter("hydrant_api_requests_total", "Firehose API calls by their result.",
                              {{"operation", name}, {"result", kResultNames[result]}});
    }
  }
  misdirected_ = registry.AddCounter("hydrant_api_misdirected_requests_total",
                                     "Requests to the Firehose API that name no operation of it.");
  for (size_t operation = 0; operation < latency_.size(); ++operation) {
    latency_[operation] = registry.AddHistogram(
        "hydrant_put_latency_seconds",
        "Time from a put's header to its answer (PutRecord.Latency, PutRecordBatch.Latency).",
        LatencyBounds(), {{"operation", std::string(kOperations[operation])}});
  }
}

Probe::Result Probe::ResultOf(int status) {
  if (status == 0) return kAborted;
  if (status == 503) return kThrottled;
  return status < 400 ? kOk : status < 500 ? kClientError : kServerError;
}

void Probe::Answered(Operation operation, int status, absl::Duration latency) {
  const auto index = static_cast<size_t>(operation);
  requests_[index][ResultOf(status)]->Add();
  if (index < latency_.size() && status != 0) {
    latency_[index]->Observe(absl::ToDoubleSeconds(latency));
  }
}

void Probe::Failed(Operation operation, const std::string& type) {
  registry_
      .AddCounter("hydrant_api_errors_total",
                  "Firehose API calls answered with an error, by its type.",
                  {{"operation", std::string(OperationName(operation))}, {"code", type}})
      ->Add();
}

PutCounters Probe::Puts(const std::shared_ptr<StreamIntake>& intake, Operation operation) {
  const std::string& stream = intake->definition().name;
  absl::MutexLock lock(&mutex_);
  const auto found = streams_.find(stream);
  if (found != streams_.end() && found->second.intake.lock() == intake) {
    return found->second.puts[static_cast<size_t>(operation)];
  }
  absl::erase_if(streams_, [](const auto& entry) { return entry.second.intake.expired(); });
  StreamCounters& counters = streams_[stream];
  counters.intake = intake;
  counters.puts = {MakePutCounters(stream, Operation::kPutRecord),
                   MakePutCounters(stream, Operation::kPutRecordBatch)};
  return counters.puts[static_cast<size_t>(operation)];
}

PutCounters Probe::MakePutCounters(const std::string& stream, Operation operation) {
  const MetricLabels labels = {{"stream", stream},
                               {"operation", std::string(OperationName(operation))}};
  return {registry_.AddCounter("hydrant_incoming_put_requests_total",
                               "Puts that were accepted (IncomingPutRequests).", labels),
          registry_.AddCounter("hydrant_incoming_records_total",
                               "Records that were accepted (IncomingRecords).", labels),
          registry_.AddCounter("hydrant_incoming_bytes_total",
                               "Bytes of accepted records (IncomingBytes).", labels),
          registry_.AddCounter("hydrant_throttled_records_total",
                               "Records refused with \"Slow down.\" (ThrottledRecords).", labels)};
}

}  // namespace hydrant::firehose_api
