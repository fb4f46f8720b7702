// hydrant-simulate: tries schedules of faults by the thousand, and replays one by its seed.
#include "tests/simulation/options.h"
#include "tests/simulation/runner.h"

#include <cstdio>

int main(int argc, char** argv) {
  using namespace hydrant::simulation;
  RunnerOptions options;
  const bool understood = ParseOptions(argc, argv, options);
  if (!understood || options.help) {
    std::FILE* out = understood ? stdout : stderr;
    std::fputs(kUsage, out);
    for (const PlantName& plant : PlantNames()) std::fprintf(out, "  %s\n", plant.name.data());
    return understood ? 0 : 2;
  }
  if (options.all_plants) return RunPlants(options);
  if (options.trace) return RunTraced(options);
  return RunSchedules(options);
}
