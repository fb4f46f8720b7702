#include "app/stop_signal.h"

#include <absl/time/clock.h>

#include <algorithm>
#include <atomic>

namespace hydrant {
namespace {

constexpr absl::Duration kSlice = absl::Milliseconds(100);

// Lock-free, so a handler may use them; signals may come to several threads at once.
std::atomic<int> g_received = 0;
std::atomic<int> g_count = 0;
std::atomic<int> g_told_max = 1;
static_assert(std::atomic<int>::is_always_lock_free);

void OnSignal(int signal) {
  g_received = signal;
  if (++g_count >= g_told_max) std::signal(signal, SIG_DFL);
}

void Install(int signal, struct sigaction& before) {
  struct sigaction action = {};
  action.sa_handler = &OnSignal;
  action.sa_flags = 0;  // no SA_RESTART: what waits for input wakes up
  sigemptyset(&action.sa_mask);
  sigaction(signal, nullptr, &before);
  if (before.sa_handler != SIG_IGN) sigaction(signal, &action, nullptr);
}

}  // namespace

StopSignal::StopSignal(int told_max) {
  g_received = 0;
  g_count = 0;
  g_told_max = told_max;
  for (size_t i = 0; i < std::size(kSignals); ++i) Install(kSignals[i], before_[i]);
}

StopSignal::~StopSignal() {
  for (size_t i = 0; i < std::size(kSignals); ++i) sigaction(kSignals[i], &before_[i], nullptr);
}

int StopSignal::received() const { return g_received; }

int StopSignal::count() const { return g_count; }

void StopSignal::Sleep(absl::Duration duration, int seen) const {
  for (const absl::Time end = absl::Now() + duration; count() <= seen;) {
    const absl::Duration left = end - absl::Now();
    if (left <= absl::ZeroDuration()) return;
    absl::SleepFor(std::min(left, kSlice));
  }
}

}  // namespace hydrant
