// ResultJson: a run as JSON: what was asked for, where it ran, what came of it.
// Owner:   any thread
// Units:   in the members' names
#pragma once

#include "bench/load/check.h"
#include "bench/load/load_plan.h"
#include "bench/load/machine.h"
#include "bench/load/recorder.h"
#include "bench/load/stamp.h"

#include <absl/time/time.h>
#include <nlohmann/json.hpp>

#include <string>

namespace hydrant::load {

struct RunReport {
  const LoadPlan& plan;
  const LoadResult& result;
  RunId id{};
  Machine machine;
  std::string endpoint;
  bool tls = false;
  bool is_signed = false;
  size_t records_made = 0;  // of the sample, or generated
  size_t records_used = 0;  // those of them that are in any request
  std::string check_destination;
  absl::Duration check_timeout;
  std::string version;
  std::string revision;
  absl::Time started_at;
  nlohmann::ordered_json check;  // CheckJson; null: nothing was checked
};

nlohmann::ordered_json ResultJson(const RunReport& report);

nlohmann::ordered_json CheckJson(const CheckResult& check);

// {"p50_ms": …, "p90_ms": …, …, "histogram": [[highest value in ms, how many], …]}
nlohmann::ordered_json LatencyJson(const Histogram& histogram);

}  // namespace hydrant::load
