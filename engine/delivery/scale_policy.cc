#include "engine/delivery/scale_policy.h"

#include "engine/base/check.h"

#include <algorithm>
#include <cmath>

namespace hydrant {
namespace {

constexpr double kAllBusy = 0.9;
constexpr double kQuiet = 0.25;
constexpr int kQuietTicks = 10;
constexpr int kHoldTicks = 5;
// Weight of the newest tick in an average.
constexpr double kNewest = 0.5;
// Latencies in multiples of the best.
constexpr double kQuick = 1.5;
constexpr double kSlow = 2.0;
// What is finished must have grown by this share of what the latency has. Not less: averages lag.
constexpr double kGain = 0.75;
// A cut that left more than this of the latency did not help.
constexpr double kHelped = 0.8;

void Average(double& average, double newest) {
  average = average > 0 ? average + kNewest * (newest - average) : newest;
}

}  // namespace

ScalePolicy::ScalePolicy(ScaleBounds bounds) : bounds_(bounds), workers_(bounds.workers_min) {
  HYDRANT_CHECK(bounds.workers_min >= 1 && bounds.workers_max >= bounds.workers_min);
}

ScaleDecision ScalePolicy::Tick(const ScaleSample& sample) {
  Observe(sample);
  const bool quiet = !sample.work_waits && sample.busy < kQuiet;
  quiet_ticks_ = quiet ? quiet_ticks_ + 1 : 0;
  if (hold_ticks_ > 0) {
    --hold_ticks_;
    return {workers_, ""};
  }
  if (latency_seconds_cut_ > 0) Judge();
  if (sample.throttled > 0) return Cut("the destination asks for less");
  if (sample.busy >= kAllBusy && IsCrowded()) {
    latency_seconds_cut_ = latency_seconds_;
    return Cut("it takes longer and nothing is gained");
  }
  if (quiet_ticks_ >= kQuietTicks) {
    // What comes next is learnt anew: chunks of another size take another time.
    doubling_ = true;
    latency_seconds_best_ = latency_seconds_ = 0;
    const double used = sample.busy * workers_;
    return Set(std::min(workers_, static_cast<int>(std::ceil(2 * used))), "there is little to do");
  }
  return Grow(sample);
}

void ScalePolicy::Observe(const ScaleSample& sample) {
  Average(finished_, sample.finished);
  if (sample.finished == 0 || sample.latency <= absl::ZeroDuration()) return;
  Average(latency_seconds_, absl::ToDoubleSeconds(sample.latency));
  if (latency_seconds_best_ == 0 || latency_seconds_ < latency_seconds_best_) {
    latency_seconds_best_ = latency_seconds_;
  }
  if (latency_seconds_ <= kQuick * latency_seconds_best_) finished_best_ = finished_;
}

bool ScalePolicy::IsCrowded() const {
  if (workers_ == bounds_.workers_min || latency_seconds_best_ == 0) return false;
  const double slower = latency_seconds_ / latency_seconds_best_;
  return slower > kSlow && finished_ < kGain * slower * finished_best_;
}

void ScalePolicy::Judge() {
  // It is slow by itself: that is what there is to work with from now on.
  if (latency_seconds_ > kHelped * latency_seconds_cut_) {
    latency_seconds_best_ = latency_seconds_;
    finished_best_ = finished_;
  }
  latency_seconds_cut_ = 0;
}

ScaleDecision ScalePolicy::Cut(std::string_view reason) {
  doubling_ = false;
  hold_ticks_ = kHoldTicks;
  return Set(workers_ / 2, reason);
}

ScaleDecision ScalePolicy::Grow(const ScaleSample& sample) {
  if (!sample.work_waits || sample.busy < kAllBusy) return {workers_, ""};
  constexpr std::string_view kReason = "all are busy and work waits";
  if (doubling_) return Set(workers_ * 2, kReason);
  const int step = sample.backlog_grows ? std::max(1, workers_ / 4) : 1;
  return Set(workers_ + step, kReason);
}

ScaleDecision ScalePolicy::Set(int workers, std::string_view reason) {
  workers = std::clamp(workers, bounds_.workers_min, bounds_.workers_max);
  if (workers == workers_) return {workers_, ""};
  workers_ = workers;
  return {workers_, reason};
}

}  // namespace hydrant
