// Sums: the rounds of each stage as one figure, and the stages of a job as its limit.
// Owner:   any thread
// Units:   CPU seconds per GB (1e9 bytes) of record bytes
// Errors:  SumOf: kNotFound: a job names a stage that was not measured
#pragma once

#include "bench/roofline/cpu_stopwatch.h"
#include "engine/base/status.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hydrant::roofline {

struct Spread {
  double min = 0;
  double median = 0;
  double max = 0;
};
// Of at least one value; between two middle ones the median is their mean.
Spread SpreadOf(std::vector<double> values);

double SecondsPerGb(double seconds, uint64_t bytes);

// What the rounds of a stage came to, in their order.
struct Measured {
  std::string stage;
  std::string about;
  std::vector<CpuTime> per_gb;

  Spread total() const;
  double user() const;  // medians, each by itself: they need not add up to that of the total
  double sys() const;
};

struct Job {
  std::string name;
  std::vector<std::string> stages;
};
// The jobs of the end-to-end figures, with and without a sync of the log.
const std::vector<Job>& Jobs();
// Whether any job holds that stage; the others are there to compare with.
bool IsInJob(std::string_view stage);

// Round by round, so that a disturbed round does not spoil every stage.
StatusOr<Spread> SumOf(const Job& job, std::span<const Measured> measured);

}  // namespace hydrant::roofline
