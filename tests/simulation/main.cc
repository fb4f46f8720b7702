#include "tests/simulation/simulation.h"
#include <cstdio>
#include <cstdlib>
int main(int argc, char** argv) {
  using namespace hydrant::simulation;
  SimulationOptions o;
  uint64_t from = std::strtoull(argv[1], nullptr, 10), count = std::strtoull(argv[2], nullptr, 10);
  if (argc > 3) o.print_trace = true;
  int bad = 0;
  for (o.seed = from; o.seed < from + count; ++o.seed) {
    auto r = Simulate(o);
    std::printf("seed %lu steps %lu acked %lu objects %lu deaths %lu uncertain %lu t=%.0f hash %lx %s\n", o.seed, r.steps,
                r.acknowledged_records, r.objects, r.deaths, r.uncertain_and_stored, r.at_seconds, r.trace_hash, r.violation.c_str());
    bad += !r.violation.empty();
  }
  std::printf("%lu schedules, %d violations\n", count, bad);
}
