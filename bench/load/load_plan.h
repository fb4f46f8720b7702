// LoadPlan: what a load run does, as numbers.
// Owner:   plain data
// Units:   bytes of records (before base64), records a second
// Errors:  CheckPlan: kInvalidArgument names the option, the value, the rule and what to do
// Source:  limits of requests: Amazon Data Firehose API Reference, PutRecordBatch and PutRecord;
//          those of lines: sources/http_lines/README.md
#pragma once

#include "engine/base/status.h"

#include <absl/time/time.h>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace hydrant::load {

enum class Operation { kPutRecordBatch, kPutRecord, kLines };
std::string_view OperationName(Operation operation);

inline constexpr uint64_t kRecordBytesMax = 1'024'000;
inline constexpr uint32_t kStreamsMax = 10'000;
inline constexpr double kRateMin = 0.001;  // records a second
inline constexpr uint64_t kUnbounded = std::numeric_limits<uint64_t>::max();

struct LoadPlan {
  std::vector<std::string> streams;
  Operation operation = Operation::kPutRecordBatch;
  uint32_t connections = 8;
  uint32_t records_per_request = 500;
  uint64_t record_bytes = 500;    // of generated records, newline included
  std::string sample_path;        // its lines are the records; empty: they are generated
  bool stamped = true;            // each record begins with a stamp that no other one has
  bool gzip = false;              // bodies
  double records_per_second = 0;  // open loop; 0: closed
  // The first that is reached ends the run.
  absl::Duration duration = absl::Seconds(30);  // after the warm-up
  uint64_t bytes_max = kUnbounded;
  uint64_t records_max = kUnbounded;
  absl::Duration warm_up;
};

// Names of `count` streams: NAME itself, or NAME-1 … NAME-count.
std::vector<std::string> StreamNames(const std::string& name, uint32_t count);

Status CheckPlan(const LoadPlan& plan);

}  // namespace hydrant::load
