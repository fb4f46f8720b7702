#include "bench/load/load_plan.h"

#include "bench/load/stamp.h"

#include <absl/strings/str_cat.h>

namespace hydrant::load {
namespace {

constexpr uint32_t kConnectionsMax = 10'000;
constexpr uint32_t kBatchRecordsMax = 500;
constexpr uint32_t kLinesMax = 262'144;  // that a body of lines is taken whole or not at all
constexpr uint64_t kRequestBytesMax = 4 << 20;
constexpr absl::Duration kDurationMax = absl::Hours(24);
constexpr double kRateMax = 1e9;

Status CheckRequestShape(const LoadPlan& plan) {
  const uint32_t records_max = plan.operation == Operation::kPutRecord        ? 1
                               : plan.operation == Operation::kPutRecordBatch ? kBatchRecordsMax
                                                                              : kLinesMax;
  if (plan.records_per_request < 1 || plan.records_per_request > records_max) {
    return InvalidArgument(absl::StrCat("--records-per-request ", plan.records_per_request, ": ",
                                        ToAbsl(OperationName(plan.operation)), " takes 1 to ",
                                        records_max));
  }
  if (!plan.sample_path.empty()) return absl::OkStatus();
  const uint64_t record_bytes_min = kStampBytes + 1;
  if (plan.record_bytes < record_bytes_min || plan.record_bytes > kRecordBytesMax) {
    return InvalidArgument(absl::StrCat(
        "--record-size ", plan.record_bytes, ": a record has ", record_bytes_min,
        " bytes (a stamp that makes it unlike all others, and a newline) to ", kRecordBytesMax));
  }
  if (plan.record_bytes * plan.records_per_request > kRequestBytesMax) {
    return InvalidArgument(absl::StrCat("--records-per-request ", plan.records_per_request,
                                        " of --record-size ", plan.record_bytes,
                                        " are more than the 4 MiB of a request; at most ",
                                        kRequestBytesMax / plan.record_bytes, " of them fit"));
  }
  return absl::OkStatus();
}

Status CheckEnd(const LoadPlan& plan) {
  if (plan.duration <= absl::ZeroDuration()) {
    return InvalidArgument("--duration: must be more than nothing");
  }
  const bool by_volume = plan.bytes_max != kUnbounded || plan.records_max != kUnbounded;
  const bool endless = plan.duration == absl::InfiniteDuration();
  if (endless ? !by_volume : plan.duration > kDurationMax) {
    return InvalidArgument("--duration: at most 24h");
  }
  if (plan.bytes_max == 0 || plan.records_max == 0) {
    return InvalidArgument("--bytes and --records: must be more than nothing");
  }
  if (plan.warm_up < absl::ZeroDuration() || plan.warm_up > kDurationMax) {
    return InvalidArgument("--warm-up: must be 0s to 24h");
  }
  return absl::OkStatus();
}

}  // namespace

std::string_view OperationName(Operation operation) {
  switch (operation) {
    case Operation::kPutRecordBatch:
      return "PutRecordBatch";
    case Operation::kPutRecord:
      return "PutRecord";
    case Operation::kLines:
      return "lines";
  }
  return "";
}

std::vector<std::string> StreamNames(const std::string& name, uint32_t count) {
  if (count == 1) return {name};
  std::vector<std::string> names;
  for (uint32_t number = 1; number <= count; ++number) {
    names.push_back(absl::StrCat(name, "-", number));
  }
  return names;
}

Status CheckPlan(const LoadPlan& plan) {
  if (plan.streams.empty() || plan.streams.size() > kStreamsMax) {
    return InvalidArgument(
        absl::StrCat("--streams ", plan.streams.size(), ": must be 1 to ", kStreamsMax));
  }
  if (plan.connections < 1 || plan.connections > kConnectionsMax) {
    return InvalidArgument(
        absl::StrCat("--connections ", plan.connections, ": must be 1 to ", kConnectionsMax));
  }
  RETURN_IF_ERROR(CheckRequestShape(plan));
  const double rate = plan.records_per_second;
  if (rate != 0 && !(rate >= kRateMin && rate <= kRateMax)) {
    return InvalidArgument(absl::StrCat("--rate ", rate, ": must be ", kRateMin, " to ", kRateMax,
                                        " records a second"));
  }
  if (plan.gzip && plan.operation != Operation::kLines) {
    return InvalidArgument(
        "--compression gzip: Firehose's operations take no compressed bodies, and its SDKs send "
        "none; use --operation lines, or leave it out");
  }
  if (plan.gzip && plan.stamped) {
    return InvalidArgument(
        "--stamp: what is compressed beforehand can't be stamped; leave out "
        "--stamp or --compression");
  }
  return CheckEnd(plan);
}

}  // namespace hydrant::load
