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

const char* CheckEndName(CheckEnd end) {
  switch (end) {
    case CheckEnd::kComplete:
      return "complete";
    case CheckEnd::kTimeout:
      return "timeout";
    case CheckEnd::kInterrupted:
      return "interrupted";
  }
  return "";
}

Json Bound(uint64_t value) { return value == kUnbounded ? Json() : Json(value); }

Json OptionsJson(const RunReport& report) {
  const LoadPlan& plan = report.plan;
  const bool bounded = plan.duration != absl::InfiniteDuration();
  const bool sampled = !plan.sample_path.empty();
  const bool checked = !report.check_destination.empty();
  return {{"endpoint", report.endpoint},
          {"tls", report.tls},
          {"signed", report.is_signed},
          {"streams", plan.streams},
          {"operation", OperationName(plan.operation)},
          {"connections", plan.connections},
          {"records_per_request", plan.records_per_request},
          {"record_bytes", sampled ? Json() : Json(plan.record_bytes)},
          {"sample", sampled ? Json(plan.sample_path) : Json()},
          {"sample_records", sampled ? Json(report.records_made) : Json()},
          {"sample_records_used", sampled ? Json(report.records_used) : Json()},
          {"stamped", plan.stamped},
          {"compression", plan.gzip ? "gzip" : "none"},
          {"rate_records_per_second",
           plan.records_per_second > 0 ? Json(plan.records_per_second) : Json()},
          {"duration_seconds", bounded ? Json(absl::ToDoubleSeconds(plan.duration)) : Json()},
          {"bytes_max", Bound(plan.bytes_max)},
          {"records_max", Bound(plan.records_max)},
          {"warm_up_seconds", absl::ToDoubleSeconds(plan.warm_up)},
          {"check", checked ? Json(report.check_destination) : Json()},
          {"check_timeout_seconds",
           checked ? Json(absl::ToDoubleSeconds(report.check_timeout)) : Json()}};
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
    const bool any = second.requests > 0;
    list.push_back({{"requests", second.requests},
                    {"records", second.records},
                    {"record_bytes", second.bytes},
                    {"response_p50_ms", any ? Json(Ms(second.response_p50_ns)) : Json()},
                    {"response_p99_ms", any ? Json(Ms(second.response_p99_ns)) : Json()}});
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
  return {{"ended_by", CheckEndName(check.end)},
          {"records_found", arrived.records_found},
          {"records_lost", check.lost()},
          {"records_not_there_yet", check.not_there_yet()},
          {"first_missing_numbers", arrived.lost_numbers},
          {"records_duplicated", arrived.duplicates},
          {"records_of_uncertain_requests", arrived.uncertain},
          {"records_unacknowledged", arrived.unacknowledged},
          {"records_damaged", arrived.damaged},
          {"records_unknown", arrived.unknown},
          {"objects", check.objects},
          {"object_bytes", check.object_bytes},
          {"objects_unreadable", check.objects_unreadable},
          {"objects_unread", check.objects_unread},
          {"first_error", check.first_error.empty() ? Json() : Json(check.first_error)},
          {"waited_seconds", check.waited_seconds},
          {"delivery_time_resolution_ms", check.resolution_ms},
          {"delivery_time", timed ? LatencyJson(check.delivery_time) : Json()}};
}

Json ResultJson(const RunReport& report) {
  const LoadResult& result = report.result;
  return {
      {"kind", "load"},
      {"run_id", std::string(report.id.begin(), report.id.end())},
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
      {"records_acknowledged_late", result.records_late},
      {"records_failed", result.records_failed},
      {"records_refused", result.records_refused},
      {"requests", RequestsJson(result)},
      {"connections",
       {{"opened", result.connections_opened}, {"broken", result.connections_broken}}},
      {"first_error", result.first_error.empty() ? Json() : Json(result.first_error)},
      {"measured", MeasuredJson(result)},
      {"service_time", LatencyJson(result.service_time)},
      {"response_time", LatencyJson(result.response_time)},
      {"unanswered",
       {{"requests", result.unanswered_requests}, {"longest_ms", Ms(result.unanswered_max_ns)}}},
      {"seconds", SecondsJson(result)},
      {"own_cpu_seconds",
       {{"user", result.cpu_user_seconds}, {"system", result.cpu_system_seconds}}},
      {"check", report.check}};
}

}  // namespace hydrant::load
