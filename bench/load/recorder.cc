#include "bench/load/recorder.h"

#include <algorithm>
#include <utility>

namespace hydrant::load {
namespace {

constexpr int64_t kSecondNs = 1'000'000'000;
constexpr size_t kSecondsMax = 2 * 86'400;  // of a run by volume that never ends

}  // namespace

void Recorder::Acknowledge(const Acknowledged& request, int64_t now_ns) {
  ++result_.requests_acknowledged;
  result_.records_acknowledged += request.records;
  result_.record_bytes_acknowledged += request.bytes;
  if (now_ns < measure_from_ns_) return;
  result_.service_time.Add(now_ns - request.sent_ns);
  result_.response_time.Add(now_ns - request.due_ns);
  if (now_ns > end_ns_) {
    result_.records_late += request.records;
    return;
  }
  const auto second = static_cast<size_t>((now_ns - measure_from_ns_) / kSecondNs);
  while (result_.seconds.size() < std::min(second, kSecondsMax)) EndSecond();
  ++second_.requests;
  second_.records += request.records;
  second_.bytes += request.bytes;
  second_times_.Add(now_ns - request.due_ns);
  ++result_.measured_requests;
  result_.measured_records += request.records;
  result_.measured_bytes += request.bytes;
  last_answer_ns_ = now_ns;
}

void Recorder::LeaveUnanswered(int64_t due_ns, int64_t now_ns, uint64_t requests) {
  if (now_ns < measure_from_ns_) return;
  const int64_t waited = std::max<int64_t>(0, now_ns - due_ns);
  result_.response_time.Add(waited, requests);
  result_.unanswered_requests += requests;
  result_.unanswered_max_ns = std::max(result_.unanswered_max_ns, waited);
}

void Recorder::NoteError(std::string_view error) {
  if (result_.first_error.empty()) result_.first_error = error;
}

void Recorder::Pass(int64_t now_ns) {
  const int64_t measured = std::min(now_ns, end_ns_) - measure_from_ns_;
  result_.measured_seconds = static_cast<double>(std::max<int64_t>(0, measured)) / kSecondNs;
}

void Recorder::EndAt(int64_t now_ns) { end_ns_ = std::min(end_ns_, now_ns); }

void Recorder::EndSecond() {
  second_.response_p50_ns = second_times_.PercentileNs(50);
  second_.response_p99_ns = second_times_.PercentileNs(99);
  result_.seconds.push_back(std::exchange(second_, {}));
  if (second_times_.count() > 0) second_times_.Clear();
}

LoadResult Recorder::Finish(RunEnd end) {
  result_.end = end;
  const int64_t measured_until = end == RunEnd::kVolume ? last_answer_ns_ : end_ns_;
  Pass(measured_until);
  const int64_t measured = std::max<int64_t>(0, measured_until - measure_from_ns_);
  const auto seconds = static_cast<size_t>((measured + kSecondNs - 1) / kSecondNs);
  while (result_.seconds.size() < std::min(seconds, kSecondsMax)) EndSecond();
  if (second_.requests > 0 && result_.seconds.size() < kSecondsMax) EndSecond();
  return std::move(result_);
}

}  // namespace hydrant::load
