#include "app/bench_summary.h"

#include "app/console.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>

#include <utility>

namespace hydrant {
namespace {

constexpr double kNsPerMs = 1e6;
constexpr double kNsPerS = 1e9;

// ", 3 refused, 1 failed": those that are not 0.
std::string NonZero(std::initializer_list<std::pair<uint64_t, const char*>> counts) {
  std::string text;
  for (const auto& [count, what] : counts) {
    if (count > 0) absl::StrAppend(&text, ", ", RenderCount(count), " ", what);
  }
  return text;
}

std::string DescribeTimes(const char* what, const load::Histogram& times) {
  const auto ms = [&times](double percent) {
    return static_cast<double>(times.PercentileNs(percent)) / kNsPerMs;
  };
  return absl::StrFormat("%-18s p50 %.2f, p90 %.2f, p99 %.2f, p99.9 %.2f, max %.2f ms\n", what,
                         ms(50), ms(90), ms(99), ms(99.9),
                         static_cast<double>(times.max_ns()) / kNsPerMs);
}

}  // namespace

std::string BenchProgress(const load::LoadResult& result) {
  std::string text = RenderCount(result.records_acknowledged) + " records, " +
                     RenderBytes(static_cast<double>(result.record_bytes_acknowledged));
  if (const double seconds = result.measured_seconds; seconds > 0) {
    const double records = static_cast<double>(result.measured_records) / seconds;
    const double bytes = static_cast<double>(result.measured_bytes) / seconds;
    absl::StrAppend(&text, ", ", RenderCount(static_cast<uint64_t>(records)), " records/s, ",
                    RenderBytes(bytes), "/s");
  }
  const std::string troubles = NonZero({{result.requests_refused, "refused"},
                                        {result.requests_rejected, "rejected"},
                                        {result.requests_uncertain, "uncertain"},
                                        {result.requests_retried, "retried"},
                                        {result.requests_failed, "failed"},
                                        {result.requests_unsent, "never sent"}});
  return troubles.empty() ? text : text + "; requests: " + troubles.substr(2);
}

std::string BenchSummary(const load::LoadPlan& plan, const load::LoadResult& result) {
  std::string text = "acknowledged: " + BenchProgress(result) + "\n";
  if (result.service_time.count() > 0) {
    text += DescribeTimes("request to answer:", result.service_time);
    const bool open = plan.records_per_second > 0;
    if (open || result.requests_retried + result.unanswered_requests > 0) {
      text += DescribeTimes(open ? "due to answer:" : "with retries:", result.response_time);
    }
  }
  if (result.unanswered_requests > 0) {
    absl::StrAppendFormat(&text,
                          "without an answer: %s requests, the longest for %.1f s; they count "
                          "above with the time that they waited\n",
                          RenderCount(result.unanswered_requests),
                          static_cast<double>(result.unanswered_max_ns) / kNsPerS);
  }
  if (result.end == load::RunEnd::kGivenUp) text += "gave up: nothing was acknowledged\n";
  if (!result.first_error.empty()) text += "first error: " + Plain(result.first_error) + "\n";
  return text;
}

std::string CheckSummary(const load::CheckResult& check, absl::Duration timeout) {
  const std::string missing =
      check.end == load::CheckEnd::kTimeout
          ? "not there within " + absl::FormatDuration(timeout)
          : (check.end == load::CheckEnd::kInterrupted ? "not there yet" : "lost");
  const load::Arrived& arrived = check.arrived;
  std::string text =
      absl::StrCat("arrived: ", RenderCount(arrived.records_found), " records in ",
                   RenderCount(check.objects), " objects; ", RenderCount(arrived.lost), " ",
                   missing, ", ", RenderCount(arrived.duplicates), " doubled",
                   NonZero({{arrived.uncertain, "of uncertain requests"},
                            {arrived.unacknowledged, "never acknowledged"},
                            {arrived.damaged, "damaged"},
                            {arrived.unknown, "of others"},
                            {check.objects_unreadable, "objects unreadable"},
                            {check.objects_unread, "objects not read in time"}}),
                   "\n");
  if (check.delivery_time.count() > 0) {
    text += DescribeTimes("ack to readable:", check.delivery_time);
  }
  if (!check.first_error.empty()) {
    text += "first error at the destination: " + Plain(check.first_error) + "\n";
  }
  return text;
}

}  // namespace hydrant
