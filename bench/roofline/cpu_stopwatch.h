// CpuStopwatch: the CPU time that the calling thread spends between Start and Stop, added up.
// Why:     other threads (the far ends of sockets) and other processes must not count, and the time
//          in which a thread waits must not either. The kernel's own split into user and system time goes
//          by clock ticks, too rough for milliseconds: whoever stops the watch says what it timed.
// Owner:   the thread that is measured
// Units:   seconds; a pair of calls adds about 0.3 µs
#pragma once

#include <ctime>

namespace hydrant::roofline {

struct CpuTime {
  double user_s = 0;
  double sys_s = 0;
  double total_s() const { return user_s + sys_s; }
};

class CpuStopwatch {
 public:
  void Start() { start_s_ = Now(); }
  void Stop() { time_.user_s += Now() - start_s_; }
  // When there was nothing but system calls.
  void StopSystemCalls() { time_.sys_s += Now() - start_s_; }
  const CpuTime& time() const { return time_; }

 private:
  static double Now() {
    timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
  }

  CpuTime time_;
  double start_s_ = 0;
};

}  // namespace hydrant::roofline
