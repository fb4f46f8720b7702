// Recorder: counts and latencies of a run, as a whole and second by second.
// Owner:   not thread-safe: caller serializes
// Units:   nanoseconds of the monotonic clock; record bytes are before base64
#pragma once

#include "bench/load/histogram.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hydrant::load {

struct LoadSecond {
  uint64_t requests = 0;  // acknowledged
  uint64_t records = 0;
  uint64_t bytes = 0;
  int64_t response_p50_ns = 0;
  int64_t response_p99_ns = 0;
};

enum class RunEnd {
  kTime,     // the duration was over
  kVolume,   // all records or bytes were sent
  kStopped,  // by a signal
  kGivenUp,  // nothing was acknowledged at all
};

struct LoadResult {
  // Of the whole run. A request is sent once or more; each time it is acknowledged (at least in part), refused,
  // rejected or uncertain, or the connection breaks before the server can have got it.
  uint64_t requests_sent = 0;
  uint64_t requests_acknowledged = 0;
  uint64_t requests_refused = 0;    // the server was busy
  uint64_t requests_rejected = 0;   // and would be again
  uint64_t requests_uncertain = 0;  // may have been taken: no answer, or one that does not tell
  uint64_t requests_retried = 0;    // how often a request was sent again
  uint64_t requests_failed = 0;     // given up with records that were never acknowledged
  uint64_t requests_unsent = 0;     // open loop: were due and found no connection free
  uint64_t connections_opened = 0;
  uint64_t connections_broken = 0;
  uint64_t records_acknowledged = 0;
  uint64_t record_bytes_acknowledged = 0;
  uint64_t records_late = 0;     // of them, after the run's end: in no rate
  uint64_t records_refused = 0;  // within requests that were acknowledged in part
  uint64_t records_failed = 0;
  // After the warm-up, until the run's end.
  double measured_seconds = 0;
  uint64_t measured_requests = 0;
  uint64_t measured_records = 0;
  uint64_t measured_bytes = 0;
  Histogram service_time;  // from sending to the answer, acknowledged ones
  // From when it was due (open loop) or first begun, with all retries. One that was never
  // acknowledged nor rejected is in it with the time that it waited at least.
  Histogram response_time;
  uint64_t unanswered_requests = 0;  // such ones
  int64_t unanswered_max_ns = 0;     // the longest such time
  std::vector<LoadSecond> seconds;

  double cpu_user_seconds = 0;  // of this process during the run
  double cpu_system_seconds = 0;
  std::string first_error;
  RunEnd end = RunEnd::kTime;
};

class Recorder {
 public:
  // What is acknowledged before `measure_from_ns` is the warm-up; after `end_ns` it is late.
  Recorder(int64_t measure_from_ns, int64_t end_ns)
      : measure_from_ns_(measure_from_ns), end_ns_(end_ns) {}

  LoadResult& result() { return result_; }
  const LoadResult& result() const { return result_; }

  struct Acknowledged {
    uint64_t records;
    uint64_t bytes;
    int64_t due_ns;
    int64_t sent_ns;
  };
  void Acknowledge(const Acknowledged& request, int64_t now_ns);
  // Nobody waits for `requests` any longer that were due then.
  void LeaveUnanswered(int64_t due_ns, int64_t now_ns, uint64_t requests = 1);
  void NoteError(std::string_view error);
  // It is that late: what was measured lasted so long, also when nothing comes.
  void Pass(int64_t now_ns);
  // The run ends earlier than it was to.
  void EndAt(int64_t now_ns);
  // Ends the last second. One by volume was measured until its last answer, others until their end.
  LoadResult Finish(RunEnd end);

 private:
  void EndSecond();

  const int64_t measure_from_ns_;
  int64_t end_ns_;
  int64_t last_answer_ns_ = 0;
  LoadResult result_;
  LoadSecond second_;
  Histogram second_times_;
};

}  // namespace hydrant::load
