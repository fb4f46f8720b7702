#include "tests/simulation/runner.h"

#include "tests/simulation/process_pool.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

namespace hydrant::simulation {
namespace {

using SteadyClock = std::chrono::steady_clock;

std::string_view NameOf(Plant plant) {
  for (const PlantName& known : PlantNames()) {
    if (known.plant == plant) return known.name;
  }
  return "";
}

struct Totals {
  uint64_t schedules = 0;
  uint64_t violations = 0;
  uint64_t records = 0;
  uint64_t objects = 0;
  uint64_t deaths = 0;
};

class Schedules {
 public:
  Schedules(const RunnerOptions& options, Plant plant)
      : options_(options),
        plant_(plant),
        pool_(options.jobs > 0
                  ? options.jobs
                  : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()))),
        shows_progress_(isatty(STDOUT_FILENO) == 1) {}

  // False when the file of seeds can't be read.
  bool ReadFirst();
  // Until all are through, or the first violation is found.
  Totals Run(bool stop_at_violation);
  const std::optional<SeedReport>& found() const { return found_; }

 private:
  std::optional<uint64_t> Next();
  void Take(const SeedReport& report, bool tell);
  void Tell(const SeedReport& report) const;
  void ShowProgress();

  const RunnerOptions& options_;
  const Plant plant_;
  ProcessPool pool_;
  const bool shows_progress_;
  const SteadyClock::time_point started_ = SteadyClock::now();
  std::vector<uint64_t> first_;
  uint64_t begun_ = 0;
  Totals totals_;
  std::optional<SeedReport> found_;
};

bool Schedules::ReadFirst() {
  if (options_.first_path.empty()) return true;
  std::ifstream file(options_.first_path);
  if (!file) return false;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line[0] != '#') first_.push_back(std::strtoull(line.c_str(), nullptr, 10));
  }
  return true;
}

std::optional<uint64_t> Schedules::Next() {
  const std::chrono::duration<double> run = SteadyClock::now() - started_;
  if (options_.minutes_max > 0 && run.count() > options_.minutes_max * 60) return std::nullopt;
  const uint64_t number = begun_;
  const uint64_t left = number - std::min<uint64_t>(number, first_.size());
  if (number >= first_.size() && left >= options_.count) return std::nullopt;
  ++begun_;
  return number < first_.size() ? first_[number] : options_.from + left;
}

Totals Schedules::Run(bool stop_at_violation) {
  bool more = true;
  while (true) {
    while (more && !pool_.full()) {
      const std::optional<uint64_t> seed = Next();
      if (seed) pool_.Start({*seed, plant_, false});
      more = seed.has_value();
    }
    if (pool_.idle()) break;
    Take(pool_.Wait(), !stop_at_violation);
    if (stop_at_violation && found_) break;
  }
  return totals_;
}

void Schedules::Take(const SeedReport& report, bool tell) {
  ++totals_.schedules;
  totals_.records += report.result.acknowledged_records;
  totals_.objects += report.result.objects;
  totals_.deaths += report.result.deaths;
  if (!report.result.violation.empty()) {
    ++totals_.violations;
    if (!found_) found_ = report;
    if (tell) Tell(report);
  }
  ShowProgress();
}

void Schedules::Tell(const SeedReport& report) const {
  const std::string plant =
      plant_ == Plant::kNone ? "" : absl::StrCat(" --plant ", std::string(NameOf(plant_)));
  std::printf(
      "%sseed %lu, at %.3f s: %s\n  again: build/release/hydrant-simulate --seed %lu%s --trace\n",
      shows_progress_ ? "\r\033[K" : "", report.seed, report.result.at_seconds,
      report.result.violation.c_str(), report.seed, plant.c_str());
  std::fflush(stdout);
}

void Schedules::ShowProgress() {
  if (!shows_progress_) return;
  std::printf("\r%lu schedules, %lu violations; %lu records in %lu objects, %lu deaths",
              totals_.schedules, totals_.violations, totals_.records, totals_.objects,
              totals_.deaths);
  std::fflush(stdout);
}

int PrintEnd(uint64_t schedules, uint64_t violations) {
  std::printf("%lu schedules, %lu violations\n", schedules, violations);
  return violations == 0 ? 0 : 1;
}

}  // namespace

int RunSchedules(const RunnerOptions& options) {
  Schedules schedules(options, options.plant);
  if (!schedules.ReadFirst()) {
    std::fprintf(stderr, "hydrant-simulate: can't read %s\n", options.first_path.c_str());
    return 2;
  }
  const Totals totals = schedules.Run(/*stop_at_violation=*/false);
  std::printf("%s%lu records acknowledged, %lu objects, %lu times the node went down\n",
              isatty(STDOUT_FILENO) == 1 ? "\r\033[K" : "", totals.records, totals.objects,
              totals.deaths);
  return PrintEnd(totals.schedules, totals.violations);
}

int RunPlants(const RunnerOptions& options) {
  uint64_t schedules = 0;
  uint64_t missed = 0;
  for (const PlantName& plant : PlantNames()) {
    Schedules run(options, plant.plant);
    const Totals totals = run.Run(/*stop_at_violation=*/true);
    schedules += totals.schedules;
    if (run.found()) {
      std::printf("%s: found by seed %lu, the %lu. schedule: %s\n", plant.name.data(),
                  run.found()->seed, totals.schedules, run.found()->result.violation.c_str());
    } else {
      ++missed;
      std::printf("%s: NOT FOUND in %lu schedules\n", plant.name.data(), totals.schedules);
    }
    std::fflush(stdout);
  }
  return PrintEnd(schedules, missed);
}

int RunTraced(const RunnerOptions& options) {
  const SimulationResult result = Simulate({options.from, options.plant, true});
  std::printf("%lu steps, %lu records acknowledged, %lu objects, %lu times the node went down\n",
              result.steps, result.acknowledged_records, result.objects, result.deaths);
  if (!result.violation.empty()) {
    std::printf("seed %lu, at %.3f s: %s\n", options.from, result.at_seconds,
                result.violation.c_str());
  }
  return PrintEnd(1, result.violation.empty() ? 0 : 1);
}

}  // namespace hydrant::simulation
