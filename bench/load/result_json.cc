#include "bench/load/result_json.h"

#include <cmath>
#include <vector>

namespace hydrant::load {
namespace {

using Json = nlohmann::ordered_json;

// Three decimals of a millisecond.
double Ms(double ns) { return std::round(ns / 1e3) / 1e3; }
double Ms(int64_t ns) { return Ms(static_cast<double>(ns)); }

double Per(uint64_t count, double seconds) {
  return seconds > 0 ? static_cast<double>(count) / seconds : 0;
}

const char* EndName(RunEnd end) {
  switch (end) {
    case RunEnd::kTime:
      return "duration";
    case RunEnd::kVolume:
      return "volume";
    case RunEnd::kStopped:
      return "stopped";
    case RunEnd::kGivenUp:
      return "given up";
  }
  return "";
}

Json Bound(uint64_t value) { return value == kUnbounded ? Json() : Json(value); }

Json OptionsJson(const RunReport& report) {
  const LoadPlan& plan = report.plan;
  const bool bounded = plan.duration != absl::InfiniteDuration();
  return {{"endpoint", report.endpoint},
          {"streams", plan.streams},
          {"operation", OperationName(plan.operation)},
          {"connections", plan.connections},
          {"records_per_request", plan.records_per_request},
          {"record_bytes", plan.sample_path.empty() ? Json(plan.record_bytes) : Json()},
          {"sample", plan.sample_path.empty() ? Json() : Json(plan.sample_path)},
          {"stamped", plan.stamped},
          {"compression", plan.gzip ? "gzip" : "none"},
          {"rate_records_per_second",
           plan.records_per_second > 0 ? Json(plan.records_per_second) : Json()},
          {"duration_seconds", bounded ? Json(absl::ToDoubleSeconds(plan.duration)) : Json()},
          {"bytes_max", Bound(plan.bytes_max)},
          {"records_max", Bound(plan.records_max)},
          {"warm_up_seconds", absl::ToDoubleSeconds(plan.warm_up)}};
}

Json RequestsJson(const LoadResult& result) {
  return {{"sent", result.requests_sent},           {"acknowledged", result.requests_acknowledged},
          {"refused", result.requests_refused},     {"rejected", result.requests_rejected},
          {"uncertain", result.requests_uncertain}, {"retried", result.requests_retried},
          {"failed", result.requests_failed},       {"unsent", result.requests_unsent}};
}

Json SecondsJson(const LoadResult& result) {
  Json list = Json::array();
  for (const LoadSecond& second : result.seconds) {
    list.push_back({{"requests", second.requests},
                    {"records", second.records},
                    {"record_bytes", second.bytes},
                    {"response_p50_ms", Ms(second.response_p50_ns)},
                    {"response_p99_ms", Ms(second.response_p99_ns)}});
  }
  return list;
}

Json MeasuredJson(const LoadResult& result) {
  const double seconds = result.measured_seconds;
  return {{"seconds", seconds},
          {"requests", result.measured_requests},
          {"records", result.measured_records},
          {"record_bytes", result.measured_bytes},
          {"requests_per_second", Per(result.measured_requests, seconds)},
          {"records_per_second", Per(result.measured_records, seconds)},
          {"megabytes_per_second", Per(result.measured_bytes, seconds) / 1e6}};
}

}  // namespace

Json LatencyJson(const Histogram& histogram) {
  Json buckets = Json::array();
  histogram.ForEach([&buckets](int64_t highest_ns, uint64_t count) {
    buckets.push_back({Ms(highest_ns), count});
  });
  return {{"count", histogram.count()},
          {"mean_ms", Ms(histogram.MeanNs())},
          {"min_ms", Ms(histogram.min_ns())},
          {"p50_ms", Ms(histogram.PercentileNs(50))},
          {"p90_ms", Ms(histogram.PercentileNs(90))},
          {"p99_ms", Ms(histogram.PercentileNs(99))},
          {"p99_9_ms", Ms(histogram.PercentileNs(99.9))},
          {"max_ms", Ms(histogram.max_ns())},
          {"histogram", buckets}};
}

Json CheckJson(const CheckResult& check) {
  const Arrived& arrived = check.arrived;
  const bool timed = check.delivery_time.count() > 0;
  return {{"records_found", arrived.records_found},
          {"records_lost", arrived.lost},
          {"records_duplicated", arrived.duplicates},
          {"records_of_uncertain_requests", arrived.uncertain},
          {"records_unacknowledged", arrived.unacknowledged},
          {"records_damaged", arrived.damaged},
          {"records_unknown", arrived.unknown},
          {"objects", check.objects},
          {"object_bytes", check.object_bytes},
          {"objects_unreadable", check.objects_unreadable},
          {"first_error", check.first_error.empty() ? Json() : Json(check.first_error)},
          {"waited_seconds", check.waited_seconds},
          {"delivery_time_resolution_ms", check.resolution_ms},
          {"delivery_time", timed ? LatencyJson(check.delivery_time) : Json()}};
}

Json ResultJson(const RunReport& report) {
  const LoadResult& result = report.result;
  return {
      {"kind", "load"},
      {"version", report.version},
      {"commit", report.revision},
      {"started_at", absl::FormatTime(absl::RFC3339_sec, report.started_at, absl::UTCTimeZone())},
      {"machine",
       {{"cpu_model", report.machine.cpu_model},
        {"cores", report.machine.cores},
        {"kernel", report.machine.kernel}}},
      {"options", OptionsJson(report)},
      {"ended_by", EndName(result.end)},
      {"records_acknowledged", result.records_acknowledged},
      {"record_bytes_acknowledged", result.record_bytes_acknowledged},
      {"records_failed", result.records_failed},
      {"records_refused", result.records_refused},
      {"requests", RequestsJson(result)},
      {"connections",
       {{"opened", result.connections_opened}, {"broken", result.connections_broken}}},
      {"first_error", result.first_error.empty() ? Json() : Json(result.first_error)},
      {"measured", MeasuredJson(result)},
      {"service_time", LatencyJson(result.service_time)},
      {"response_time", LatencyJson(result.response_time)},
      {"seconds", SecondsJson(result)},
      {"own_cpu_seconds",
       {{"user", result.cpu_user_seconds}, {"system", result.cpu_system_seconds}}},
      {"check", report.check}};
}

}  // namespace hydrant::load
