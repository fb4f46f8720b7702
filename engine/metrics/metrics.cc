#include "engine/metrics/metrics.h"

#include "engine/base/check.h"

#include <absl/base/thread_annotations.h>
#include <absl/synchronization/mutex.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>
#include <variant>

namespace hydrant {
namespace {

// A series; which alternative says which kind of metric its family is.
using Series = std::variant<std::shared_ptr<Counter>, std::shared_ptr<Gauge>,
                            std::shared_ptr<Histogram>, std::function<double()>>;

enum class Kind { kCounter, kGauge, kHistogram };

struct Family {
  Kind kind;
  std::string help;
  std::map<MetricLabels, Series> series;
};

std::string_view KindName(Kind kind) {
  switch (kind) {
    case Kind::kCounter:
      return "counter";
    case Kind::kGauge:
      return "gauge";
    case Kind::kHistogram:
      return "histogram";
  }
  return "untyped";
}

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsMetricName(std::string_view name) {
  return !name.empty() && !IsDigit(name.front()) &&
         std::ranges::all_of(name, [](char c) { return IsLetter(c) || IsDigit(c) || c == ':'; });
}

bool IsLabelName(std::string_view name) {
  return !name.empty() && !IsDigit(name.front()) && !name.starts_with("__") && name != "le" &&
         std::ranges::all_of(name, [](char c) { return IsLetter(c) || IsDigit(c); });
}

void AppendNumber(std::string& out, uint64_t value) {
  char buffer[24];
  out.append(buffer, std::to_chars(buffer, buffer + sizeof(buffer), value).ptr);
}

void AppendNumber(std::string& out, double value) {
  if (std::isnan(value)) {
    out.append("NaN");
  } else if (std::isinf(value)) {
    out.append(value > 0 ? "+Inf" : "-Inf");
  } else {
    char buffer[32];
    out.append(buffer, std::to_chars(buffer, buffer + sizeof(buffer), value).ptr);
  }
}

void AppendEscaped(std::string& out, std::string_view text, bool quotes) {
  for (const char c : text) {
    if (c == '\n') {
      out.append("\\n");
    } else {
      if (c == '\\' || (quotes && c == '"')) out.push_back('\\');
      out.push_back(c);
    }
  }
}

// `name{key="value",…} `; `bound` is the value of a histogram's `le`, or empty.
void AppendSeriesName(std::string& out, std::string_view name, std::string_view suffix,
                      const MetricLabels& labels, std::string_view bound = {}) {
  out.append(name).append(suffix);
  char separator = '{';
  for (const auto& [key, value] : labels) {
    out.push_back(separator);
    out.append(key).append("=\"");
    AppendEscaped(out, value, true);
    out.push_back('"');
    separator = ',';
  }
  if (!bound.empty()) {
    out.push_back(separator);
    out.append("le=\"").append(bound).append("\"");
    separator = ',';
  }
  out.append(separator == '{' ? " " : "} ");
}

void AppendHistogram(std::string& out, std::string_view name, const MetricLabels& labels,
                     const Histogram& histogram) {
  const std::vector<uint64_t> counts = histogram.counts();
  uint64_t total = 0;
  std::string bound;
  for (size_t i = 0; i < counts.size(); ++i) {
    total += counts[i];
    bound.clear();
    AppendNumber(bound, i < histogram.bounds().size() ? histogram.bounds()[i]
                                                      : std::numeric_limits<double>::infinity());
    AppendSeriesName(out, name, "_bucket", labels, bound);
    AppendNumber(out, total);
    out.push_back('\n');
  }
  AppendSeriesName(out, name, "_sum", labels);
  AppendNumber(out, histogram.sum());
  out.push_back('\n');
  AppendSeriesName(out, name, "_count", labels);
  AppendNumber(out, total);
  out.push_back('\n');
}

void AppendSeries(std::string& out, std::string_view name, const MetricLabels& labels,
                  const Series& series) {
  if (const auto* histogram = std::get_if<std::shared_ptr<Histogram>>(&series)) {
    AppendHistogram(out, name, labels, **histogram);
    return;
  }
  AppendSeriesName(out, name, "", labels);
  if (const auto* counter = std::get_if<std::shared_ptr<Counter>>(&series)) {
    AppendNumber(out, (*counter)->value());
  } else if (const auto* gauge = std::get_if<std::shared_ptr<Gauge>>(&series)) {
    AppendNumber(out, (*gauge)->value());
  } else {
    AppendNumber(out, std::get<std::function<double()>>(series)());
  }
  out.push_back('\n');
}

}  // namespace

Histogram::Histogram(std::vector<double> bounds)
    : bounds_(std::move(bounds)),
      counts_(std::make_unique<std::atomic<uint64_t>[]>(bounds_.size() + 1)) {
  HYDRANT_CHECK(std::ranges::is_sorted(bounds_, std::ranges::less_equal{}));
  HYDRANT_CHECK(std::ranges::all_of(bounds_, [](double b) { return std::isfinite(b); }));
}

void Histogram::Observe(double value) {
  if (std::isnan(value)) return;  // it would poison the sum for good
  const auto bucket = std::ranges::lower_bound(bounds_, value) - bounds_.begin();
  counts_[static_cast<size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

std::vector<uint64_t> Histogram::counts() const {
  std::vector<uint64_t> counts(bounds_.size() + 1);
  for (size_t i = 0; i < counts.size(); ++i) counts[i] = counts_[i].load(std::memory_order_relaxed);
  return counts;
}

std::vector<double> LatencyBounds() {
  return {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};
}

struct MetricRegistry::Impl {
  mutable absl::Mutex mutex;
  std::map<std::string, Family, std::less<>> families ABSL_GUARDED_BY(mutex);

  // The series of that name and labels; `made` when there is none yet.
  Series& FindOrAdd(Kind kind, std::string_view name, std::string_view help,
                    const MetricLabels& labels, Series made) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    HYDRANT_CHECK(IsMetricName(name));
    HYDRANT_CHECK(name.ends_with("_total") == (kind == Kind::kCounter));
    for (const auto& [key, value] : labels) HYDRANT_CHECK(IsLabelName(key));
    auto [family, added] =
        families.try_emplace(std::string(name), Family{kind, std::string(help), {}});
    HYDRANT_CHECK(family->second.kind == kind);
    Series& series = family->second.series.try_emplace(labels, made).first->second;
    HYDRANT_CHECK(series.index() == made.index());
    return series;
  }

  template <typename T>
  std::shared_ptr<T> Add(Kind kind, std::string_view name, std::string_view help,
                         const MetricLabels& labels, std::shared_ptr<T> made) {
    absl::MutexLock lock(&mutex);
    return std::get<std::shared_ptr<T>>(FindOrAdd(kind, name, help, labels, std::move(made)));
  }
};

MetricRegistry::MetricRegistry() : impl_(std::make_unique<Impl>()) {}
MetricRegistry::~MetricRegistry() = default;

std::shared_ptr<Counter> MetricRegistry::AddCounter(std::string_view name, std::string_view help,
                                                    const MetricLabels& labels) {
  return impl_->Add(Kind::kCounter, name, help, labels, std::make_shared<Counter>());
}

std::shared_ptr<Gauge> MetricRegistry::AddGauge(std::string_view name, std::string_view help,
                                                const MetricLabels& labels) {
  return impl_->Add(Kind::kGauge, name, help, labels, std::make_shared<Gauge>());
}

std::shared_ptr<Histogram> MetricRegistry::AddHistogram(std::string_view name,
                                                        std::string_view help,
                                                        std::vector<double> bounds,
                                                        const MetricLabels& labels) {
  auto made = std::make_shared<Histogram>(std::move(bounds));
  auto histogram = impl_->Add(Kind::kHistogram, name, help, labels, made);
  HYDRANT_CHECK(histogram->bounds() == made->bounds());
  return histogram;
}

void MetricRegistry::AddGaugeFunction(std::string_view name, std::string_view help,
                                      const MetricLabels& labels, std::function<double()> value) {
  absl::MutexLock lock(&impl_->mutex);
  Series made = std::move(value);
  Series& series = impl_->FindOrAdd(Kind::kGauge, name, help, labels, made);
  series = std::move(made);
}

void MetricRegistry::RemoveLabelled(std::string_view key, std::string_view value) {
  const auto has_label = [&](const auto& entry) {
    const auto label = entry.first.find(std::string(key));
    return label != entry.first.end() && label->second == value;
  };
  absl::MutexLock lock(&impl_->mutex);
  for (auto& [name, family] : impl_->families) std::erase_if(family.series, has_label);
}

std::string MetricRegistry::Expose() const {
  std::string out;
  absl::MutexLock lock(&impl_->mutex);
  for (const auto& [name, family] : impl_->families) {
    if (family.series.empty()) continue;
    out.append("# HELP ").append(name).append(" ");
    AppendEscaped(out, family.help, false);
    out.append("\n# TYPE ").append(name).append(" ").append(KindName(family.kind)).append("\n");
    for (const auto& [labels, series] : family.series) AppendSeries(out, name, labels, series);
  }
  return out;
}

}  // namespace hydrant
