// StopSignal: SIGINT, SIGTERM and SIGHUP as something to ask for, so that a command ends with its last word
// said.
// Owner:   one at a time in a process; `received` and `count` from any thread
#pragma once

#include <absl/time/time.h>

#include <csignal>
#include <iterator>

namespace hydrant {

class StopSignal {
 public:
  // So many are told; the next ends the process as usual. A signal that the process ignores (nohup) stays ignored.
  explicit StopSignal(int told_max = 1);
  ~StopSignal();  // the handlers are what they were before
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  int received() const;  // the last one; 0: none yet
  int count() const;
  // Sleeps, but not past a signal that comes after the first `seen`.
  void Sleep(absl::Duration duration, int seen = 0) const;

 private:
  static constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP};
  struct sigaction before_[std::size(kSignals)] = {};
};

}  // namespace hydrant
