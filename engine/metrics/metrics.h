// Metrics: counters, gauges and histograms, and their text for Prometheus.
// Use one probe struct a component (probe.h) so that logic never names a metric; update per batch.
// Owner:   any thread
// Errors:  a name, label, kind or bound that cannot be is a bug of ours: HYDRANT_CHECK
// Source:  Prometheus, "Exposition formats" (text format 0.0.4) and "Metric and label naming"
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hydrant {

using MetricLabels = std::map<std::string, std::string>;

class Counter {
 public:
  void Add(uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

class Gauge {
 public:
  void Set(double value) { value_.store(value, std::memory_order_relaxed); }
  double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

class Histogram {
 public:
  // `bounds`: upper bounds, ascending; a last one of +Inf is implied.
  explicit Histogram(std::vector<double> bounds);
  void Observe(double value);

  const std::vector<double>& bounds() const { return bounds_; }
  std::vector<uint64_t> counts() const;  // one more than bounds, not cumulative
  double sum() const { return sum_.load(std::memory_order_relaxed); }

 private:
  const std::vector<double> bounds_;
  std::unique_ptr<std::atomic<uint64_t>[]> counts_;
  std::atomic<double> sum_{0};
};

// Seconds, from 0.5 ms to 60 s.
std::vector<double> LatencyBounds();

// Owns every metric of the node. Asking twice for the same name and labels gives the same object, which
// lives until RemoveLabelled drops it or the registry ends.
class MetricRegistry {
 public:
  MetricRegistry();
  ~MetricRegistry();

  // `name`: hydrant_<noun>_<unit>, counters (and only they) with _total; `help`: one sentence, the first
  // one given counts.
  std::shared_ptr<Counter> AddCounter(std::string_view name, std::string_view help,
                                      const MetricLabels& labels = {});
  std::shared_ptr<Gauge> AddGauge(std::string_view name, std::string_view help,
                                  const MetricLabels& labels = {});
  std::shared_ptr<Histogram> AddHistogram(std::string_view name, std::string_view help,
                                          std::vector<double> bounds,
                                          const MetricLabels& labels = {});
  // A gauge whose value is asked for at each scrape. A later function for the same name and labels takes
  // its place. It runs under the registry's lock, so that it is never called again once it was replaced
  // or removed: it must be quick and must not use the registry.
  void AddGaugeFunction(std::string_view name, std::string_view help, const MetricLabels& labels,
                        std::function<double()> value);
  // Forgets every series whose label `key` is `value` (a deleted stream's).
  void RemoveLabelled(std::string_view key, std::string_view value);

  // Prometheus text format 0.0.4.
  std::string Expose() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hydrant
