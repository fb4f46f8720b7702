// StopSignal: SIGINT and SIGTERM as something to ask for, so that a command ends with its last word
// said. A second one ends the process as usual.
// Owner:   one at a time in a process; `received` from any thread
#pragma once

#include <absl/time/time.h>

#include <csignal>

namespace hydrant {

class StopSignal {
 public:
  // A signal that the process ignores (nohup) stays ignored.
  StopSignal();
  ~StopSignal();  // the handlers are what they were before
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  int received() const;  // 0: none yet
  // Sleeps, but not past a signal.
  void Sleep(absl::Duration duration) const;

 private:
  struct sigaction before_int_ = {};
  struct sigaction before_term_ = {};
};

}  // namespace hydrant
