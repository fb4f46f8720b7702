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
  const auto second = static_cast<size_t>((now_ns - measure_from_ns_) / kSecondNs);
  while (result_.seconds.size() < std::min(second, kSecondsMax)) EndSecond();
  ++second_.requests;
  second_.records += request.records;
  second_.bytes += request.bytes;
  ++result_.measured_requests;
  result_.measured_records += request.records;
  result_.measured_bytes += request.bytes;
  result_.measured_seconds = static_cast<double>(now_ns - measure_from_ns_) / kSecondNs;
  result_.service_time.Add(now_ns - request.sent_ns);
  result_.response_time.Add(now_ns - request.due_ns);
  second_times_.Add(now_ns - request.due_ns);
}

void Recorder::NoteError(std::string_view error) {
  if (result_.first_error.empty()) result_.first_error = error;
}

void Recorder::EndSecond() {
  second_.response_p50_ns = second_times_.PercentileNs(50);
  second_.response_p99_ns = second_times_.PercentileNs(99);
  result_.seconds.push_back(std::exchange(second_, {}));
  if (second_times_.count() > 0) second_times_.Clear();
}

LoadResult Recorder::Finish() {
  if (second_.requests > 0 && result_.seconds.size() < kSecondsMax) EndSecond();
  return std::move(result_);
}

}  // namespace hydrant::load
