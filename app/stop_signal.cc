#include "app/stop_signal.h"

#include <absl/time/clock.h>

#include <algorithm>

namespace hydrant {
namespace {

constexpr absl::Duration kSlice = absl::Milliseconds(100);

volatile std::sig_atomic_t g_received = 0;

void OnSignal(int signal) { g_received = signal; }

void Install(int signal, struct sigaction& before) {
  struct sigaction action = {};
  action.sa_handler = &OnSignal;
  action.sa_flags = SA_RESETHAND;  // no SA_RESTART: what waits for input wakes up
  sigemptyset(&action.sa_mask);
  sigaction(signal, nullptr, &before);
  if (before.sa_handler != SIG_IGN) sigaction(signal, &action, nullptr);
}

}  // namespace

StopSignal::StopSignal() {
  g_received = 0;
  Install(SIGINT, before_int_);
  Install(SIGTERM, before_term_);
}

StopSignal::~StopSignal() {
  sigaction(SIGINT, &before_int_, nullptr);
  sigaction(SIGTERM, &before_term_, nullptr);
}

int StopSignal::received() const { return g_received; }

void StopSignal::Sleep(absl::Duration duration) const {
  for (const absl::Time end = absl::Now() + duration; received() == 0;) {
    const absl::Duration left = end - absl::Now();
    if (left <= absl::ZeroDuration()) return;
    absl::SleepFor(std::min(left, kSlice));
  }
}

}  // namespace hydrant
