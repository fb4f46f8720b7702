// What `hydrant bench` says to people: a line while it runs, a few when it is done.
// Owner:   any thread
#pragma once

#include "bench/load/check.h"
#include "bench/load/load_plan.h"
#include "bench/load/recorder.h"

#include <absl/time/time.h>

#include <string>

namespace hydrant {

// "12,000 records, 6.0 MB, 6,000 records/s, 3.0 MB/s; requests: 3 refused"
std::string BenchProgress(const load::LoadResult& result);

// Lines, each with its end.
std::string BenchSummary(const load::LoadPlan& plan, const load::LoadResult& result);
std::string CheckSummary(const load::CheckResult& check, absl::Duration timeout);

}  // namespace hydrant
