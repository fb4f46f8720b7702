#include "bench/roofline/measure.h"

#include <iterator>
#include <utility>

namespace hydrant::roofline {

std::vector<Stage> AllStages(const Work& work, const std::string& directory) {
  std::vector<Stage> all;
  for (std::vector<Stage>& some : std::vector<std::vector<Stage>>{
           RequestStages(work), SocketStages(work), LogStages(work, directory), GzipStages(work),
           HashStages(work)}) {
    std::move(some.begin(), some.end(), std::back_inserter(all));
  }
  return all;
}

StatusOr<std::vector<Measured>> Measure(const std::vector<Stage>& stages, size_t rounds,
                                        const std::function<void(size_t)>& on_round) {
  std::vector<Measured> measured;
  for (const Stage& stage : stages) measured.push_back({stage.name, stage.about, {}});
  for (size_t round = 1; round <= rounds; ++round) {
    on_round(round);
    for (size_t i = 0; i < stages.size(); ++i) {
      CpuStopwatch watch;
      const Status status = stages[i].run(watch);
      if (!status.ok()) return WithContext(status, stages[i].name);
      const CpuTime time = watch.time();
      measured[i].per_gb.push_back({SecondsPerGb(time.user_s, stages[i].record_bytes),
                                    SecondsPerGb(time.sys_s, stages[i].record_bytes)});
    }
  }
  return measured;
}

}  // namespace hydrant::roofline
