// ScalePolicy: how many workers there should be: delivery attempts at once, or transform workers. Pure: decisions as a
// function of what each second showed.
// Owner:   one actor
// Units:   workers; one tick is a second
// Source:  TCP's additive increase and multiplicative decrease; as control of concurrency by latency: Vector's adaptive
//          request concurrency, Netflix's concurrency-limits
#pragma once

#include <absl/time/time.h>

#include <string_view>

namespace hydrant {

struct ScaleBounds {
  int workers_min = 1;
  int workers_max = 16;
};

// What the last tick was like.
struct ScaleSample {
  double busy = 0;                                // share of the workers' time spent working, 0..1
  bool work_waits = false;                        // there is more than they can take
  bool backlog_grows = false;                     // the oldest of it is older than a tick ago
  int throttled = 0;                              // answers that ask for less: 429, 503, SlowDown
  int finished = 0;                               // attempts that ended well
  absl::Duration latency = absl::ZeroDuration();  // mean of those; zero when there were none
};

struct ScaleDecision {
  int workers = 1;
  std::string_view reason;  // of a change: "all are busy and work waits"; else empty
};

// More while all are busy and work waits: doubling at first, one by one after the first sign of trouble. Half at throttling,
// or when latency has doubled and nothing is gained by it; then nothing for a while, so that the effect can be seen.
// As many as are used when it is quiet.
class ScalePolicy {
 public:
  explicit ScalePolicy(ScaleBounds bounds);

  ScaleDecision Tick(const ScaleSample& sample);
  int workers() const { return workers_; }

 private:
  void Observe(const ScaleSample& sample);
  // Whether the workers only wait for one another at the destination.
  bool IsCrowded() const;
  // The cut has been seen through: was it the workers that made it slow?
  void Judge();
  ScaleDecision Cut(std::string_view reason);
  ScaleDecision Grow(const ScaleSample& sample);
  ScaleDecision Set(int workers, std::string_view reason);

  const ScaleBounds bounds_;
  int workers_;
  bool doubling_ = true;
  int hold_ticks_ = 0;   // no change for so long
  int quiet_ticks_ = 0;  // in a row
  // Averages of the last few ticks; zero: nothing known.
  double latency_seconds_ = 0;
  double finished_ = 0;
  // When it was quick: the least latency, and what was finished in a tick then.
  double latency_seconds_best_ = 0;
  double finished_best_ = 0;
  double latency_seconds_cut_ = 0;  // at the last cut for latency; zero: judged
};

}  // namespace hydrant
