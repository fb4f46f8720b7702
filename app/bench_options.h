// BenchOptions: the command line of `hydrant bench`, and the plan that it means.
// Owner:   main thread
// Errors:  MakePlan, ReadCheckTimeout: kInvalidArgument names the option, the value, the rule and what to do
#pragma once

#include "app/connection.h"
#include "bench/load/load_plan.h"
#include "engine/base/status.h"

#include <cstdint>
#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace hydrant {

struct BenchOptions {
  std::string stream;
  uint32_t streams = 1;
  std::string operation = "PutRecordBatch";
  uint32_t connections = 8;
  std::optional<uint32_t> records_per_request;  // none: as many as fit to the rate
  std::string record_size = "500";
  std::string sample;
  bool stamp = false;
  bool no_stamp = false;
  std::string rate;
  std::string compression = "none";
  std::string duration;
  std::string bytes;
  std::string records;
  std::string warm_up = "0s";
  std::optional<std::string> check;
  std::string check_endpoint;
  std::string check_timeout = "2m";
  std::string json;
  std::string html;
  ConnectionChoice connection;
};

void AddBenchOptions(CLI::App& command, BenchOptions& options);

StatusOr<load::LoadPlan> MakePlan(const BenchOptions& options);
StatusOr<absl::Duration> ReadCheckTimeout(const BenchOptions& options);

}  // namespace hydrant
