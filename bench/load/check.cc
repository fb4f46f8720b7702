#include "bench/load/check.h"

#include "bench/load/decompress.h"
#include "bench/load/monotonic.h"

#include <absl/time/clock.h>

#include <algorithm>
#include <utility>

namespace hydrant::load {
namespace {

constexpr absl::Duration kPause = absl::Milliseconds(50);
constexpr int kReadTries = 3;
constexpr absl::Duration kReportInterval = absl::Milliseconds(200);
// How long to look on for what comes twice when everything is there.
constexpr absl::Duration kSettle = absl::Seconds(1);

class Checker {
 public:
  Checker(ArrivalWatch& watch, Tally& tally, const CheckHooks& hooks)
      : watch_(watch), tally_(tally), hooks_(hooks) {}

  CheckResult Run(Destination& destination) {
    const absl::Time begin = absl::Now();
    absl::Time complete_at = absl::InfiniteFuture();
    const uint64_t rounds_before = watch_.rounds();
    while (!Stopped() && absl::Now() < std::min(begin + hooks_.timeout, complete_at + kSettle)) {
      for (const Arrival& arrival : watch_.Take()) Read(destination, arrival);
      const bool looked = watch_.rounds() > rounds_before + 1;  // one of them began after the run
      if (looked && tally_.Complete()) complete_at = std::min(complete_at, absl::Now());
      if (complete_at == absl::InfiniteFuture()) Report();
      absl::SleepFor(kPause);
    }
    watch_.Stop();
    for (const Arrival& arrival : watch_.Take()) Read(destination, arrival);
    NoteError(watch_.last_status());
    result_.waited_seconds = absl::ToDoubleSeconds(std::min(absl::Now(), complete_at) - begin);
    result_.resolution_ms = static_cast<double>(watch_.gap_max_ns()) / 1e6;
    result_.arrived = tally_.Sum();
    result_.delivery_time = tally_.delivery_time();
    return std::move(result_);
  }

 private:
  bool Stopped() const { return hooks_.stopped && hooks_.stopped(); }

  void Report() {
    if (!hooks_.waiting || absl::Now() - reported_ < kReportInterval) return;
    reported_ = absl::Now();
    hooks_.waiting(tally_.missing());
  }

  void Read(Destination& destination, const Arrival& arrival) {
    StatusOr<std::string> data = destination.Read(arrival.key);
    for (int tries = 1; !data.ok() && tries < kReadTries; ++tries) {
      absl::SleepFor(kPause);
      data = destination.Read(arrival.key);
    }
    if (data.ok()) result_.object_bytes += data->size();
    if (data.ok()) data = Decompress(arrival.key, *std::move(data));
    ++result_.objects;
    if (data.ok()) return tally_.AddObject(*data, arrival.seen_at_ns);
    ++result_.objects_unreadable;
    NoteError(WithContext(data.status(), arrival.key));
  }

  void NoteError(const Status& status) {
    if (!status.ok() && result_.first_error.empty()) result_.first_error = Message(status);
  }

  ArrivalWatch& watch_;
  Tally& tally_;
  const CheckHooks& hooks_;
  absl::Time reported_ = absl::InfinitePast();
  CheckResult result_;
};

}  // namespace

CheckResult CheckArrivals(Destination& destination, ArrivalWatch& watch, Tally& tally,
                          const CheckHooks& hooks) {
  return Checker(watch, tally, hooks).Run(destination);
}

}  // namespace hydrant::load
