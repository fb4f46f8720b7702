// What `hydrant bench` talks to: the endpoint that it loads, and the destination that it looks into.
// Owner:   main thread
// Errors:  kInvalidArgument: an option, the configuration or a file of TLS is wrong; kUnavailable: a
//          name that nobody knows
#pragma once

#include "app/bench_options.h"
#include "app/post_signer.h"
#include "bench/load/destination.h"
#include "bench/load/runner.h"
#include "engine/base/status.h"

#include <memory>

namespace hydrant {

struct BenchTarget {
  load::RunTarget run;
  std::unique_ptr<PostSigner> signer;  // null: requests are not signed
};

StatusOr<BenchTarget> FindBenchTarget(const BenchOptions& options, const load::LoadPlan& plan);

// Null: nothing is to be checked.
StatusOr<std::unique_ptr<load::Destination>> FindDestination(const BenchOptions& options);

}  // namespace hydrant
