// Probe of http_lines: its counters.
// Owner:   any thread
#pragma once

#include "engine/metrics/metrics.h"

#include <memory>

namespace hydrant::http_lines {

class Probe {
 public:
  explicit Probe(MetricRegistry& registry)
      : accepted_(Requests(registry, "accepted")),
        refused_(Requests(registry, "refused")),
        throttled_(Requests(registry, "throttled")),
        records_(registry.AddCounter("hydrant_http_lines_records_total",
                                     "Records made durable for requests to /streams/.")),
        bytes_(registry.AddCounter("hydrant_http_lines_bytes_total",
                                   "Record bytes made durable for requests to /streams/.")) {}

  void Accepted() { accepted_->Add(); }
  void Refused(bool throttled) { (throttled ? throttled_ : refused_)->Add(); }
  void Appended(uint64_t records, uint64_t bytes) {
    records_->Add(records);
    bytes_->Add(bytes);
  }

 private:
  static std::shared_ptr<Counter> Requests(MetricRegistry& registry, const char* result) {
    return registry.AddCounter("hydrant_http_lines_requests_total",
                               "Requests to /streams/ by how they ended.", {{"result", result}});
  }

  const std::shared_ptr<Counter> accepted_;
  const std::shared_ptr<Counter> refused_;
  const std::shared_ptr<Counter> throttled_;
  const std::shared_ptr<Counter> records_;
  const std::shared_ptr<Counter> bytes_;
};

}  // namespace hydrant::http_lines
