#include "bench/load/check.h"

#include "bench/load/decompress.h"
#include "bench/load/monotonic.h"

#include <absl/time/clock.h>

#include <optional>
#include <utility>
#include <vector>

namespace hydrant::load {
namespace {

constexpr absl::Duration kPause = absl::Milliseconds(50);
constexpr int kReadTries = 3;
constexpr absl::Duration kReportInterval = absl::Milliseconds(200);
// How long to look on for what comes twice when everything is there.
constexpr int64_t kSettleNs = 1'000'000'000;

class Checker {
 public:
  Checker(ArrivalWatch& watch, Tally& tally, const CheckHooks& hooks)
      : watch_(watch), tally_(tally), hooks_(hooks) {}

  CheckResult Run(Destination& destination) {
    const int64_t begin_ns = MonotonicNs();
    deadline_ = absl::Now() + hooks_.timeout;
    watch_.Hurry();
    std::optional<int64_t> complete_at_ns;
    while (!Over()) {
      // Before the arrivals are taken: they include all that this list has seen.
      const int64_t list_began_ns = watch_.last_list_began_ns();
      Read(destination, watch_.Take());
      if (tally_.Complete() && !complete_at_ns) complete_at_ns = MonotonicNs();
      if (complete_at_ns && list_began_ns >= *complete_at_ns + kSettleNs) break;
      if (!complete_at_ns) Report();
      absl::SleepFor(kPause);
    }
    watch_.Stop();
    result_.objects_unread += watch_.Take().size();
    NoteError(watch_.last_status());
    result_.end = tally_.Complete() ? CheckEnd::kComplete
                  : Stopped()       ? CheckEnd::kInterrupted
                                    : CheckEnd::kTimeout;
    result_.waited_seconds =
        static_cast<double>(complete_at_ns.value_or(MonotonicNs()) - begin_ns) / 1e9;
    result_.resolution_ms = static_cast<double>(watch_.gap_max_ns()) / 1e6;
    result_.arrived = tally_.Sum();
    result_.delivery_time = tally_.delivery_time();
    return std::move(result_);
  }

 private:
  bool Stopped() const { return hooks_.stopped && hooks_.stopped(); }
  bool Over() const { return Stopped() || absl::Now() >= deadline_; }

  void Report() {
    if (!hooks_.waiting || absl::Now() - reported_ < kReportInterval) return;
    reported_ = absl::Now();
    hooks_.waiting(tally_.missing());
  }

  void Read(Destination& destination, const std::vector<Arrival>& arrivals) {
    for (const Arrival& arrival : arrivals) {
      if (Over() || !Read(destination, arrival)) ++result_.objects_unread;
    }
  }

  // False: there was no time for it.
  bool Read(Destination& destination, const Arrival& arrival) {
    const auto over = [this] { return Over(); };
    StatusOr<std::string> data = destination.Read(arrival.key, over);
    for (int tries = 1; !data.ok() && tries < kReadTries && !Over(); ++tries) {
      absl::SleepFor(kPause);
      data = destination.Read(arrival.key, over);
    }
    if (absl::IsCancelled(data.status())) return false;
    if (data.ok()) result_.object_bytes += data->size();
    if (data.ok()) data = Decompress(arrival.key, *std::move(data));
    ++result_.objects;
    if (data.ok()) {
      tally_.AddObject(*data, arrival.seen_at_ns);
    } else {
      ++result_.objects_unreadable;
      NoteError(WithContext(data.status(), arrival.key));
    }
    return true;
  }

  void NoteError(const Status& status) {
    if (!status.ok() && result_.first_error.empty()) result_.first_error = Message(status);
  }

  ArrivalWatch& watch_;
  Tally& tally_;
  const CheckHooks& hooks_;
  absl::Time deadline_;
  absl::Time reported_ = absl::InfinitePast();
  CheckResult result_;
};

}  // namespace

CheckResult CheckArrivals(Destination& destination, ArrivalWatch& watch, Tally& tally,
                          const CheckHooks& hooks) {
  return Checker(watch, tally, hooks).Run(destination);
}

}  // namespace hydrant::load
