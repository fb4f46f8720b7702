// Stage: one thing that no server can avoid doing to the bytes of its records, done alone.
// Owner:   the thread that measures
// Errors:  Run: kInternal when the answer is wrong, ErrnoStatus when the system refuses
//
// A stage works on what the stage before it has just had in its hands: a request, a block of the log or
// an object is copied into a HotBuffer before the clock runs. Answers are checked after it has stopped.
#pragma once

#include "bench/roofline/cpu_stopwatch.h"
#include "bench/roofline/work.h"
#include "engine/base/status.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace hydrant::roofline {

struct Stage {
  std::string name;
  std::string about;
  uint64_t record_bytes = 0;  // what a run is about: its seconds are divided by these
  // Does it once, over all its bytes. Only what lies between Start and Stop counts.
  std::function<Status(CpuStopwatch&)> run;
};

// All hold references to `work`.
std::vector<Stage> RequestStages(const Work& work);
std::vector<Stage> GzipStages(const Work& work);
std::vector<Stage> HashStages(const Work& work);
// `directory` holds the log file while a stage runs.
std::vector<Stage> LogStages(const Work& work, const std::string& directory);
std::vector<Stage> SocketStages(const Work& work);

inline Status WrongAnswer(std::string_view stage) {
  return Internal(std::string(stage) + " gave a wrong answer");
}

}  // namespace hydrant::roofline
