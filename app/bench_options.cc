#include "app/bench_options.h"

#include "engine/config/values.h"

#include <CLI/CLI.hpp>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>

#include <algorithm>

namespace hydrant {
namespace {

constexpr size_t kStreamNameMax = 64;
constexpr double kRecordsPerRequest = 500;
constexpr uint64_t kCheckedRecordsMax = 1'000'000'000;
constexpr uint64_t kCheckedRequestsMax = 50'000'000;

bool IsStreamName(const std::string& name) {
  constexpr std::string_view kAllowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
  return !name.empty() && name.size() <= kStreamNameMax &&
         name.find_first_not_of(kAllowed) == name.npos;
}

// What `parse` makes of an option's text; its errors name the option.
template <class Parse>
auto Read(const char* option, const std::string& text, Parse parse) -> decltype(parse(text)) {
  auto value = parse(text);
  if (value.ok()) return value;
  return InvalidArgument(absl::StrCat(option, " ", text, ": ", value.status().message()));
}

StatusOr<double> ParseRate(const std::string& text) {
  double rate = 0;
  if (!absl::SimpleAtod(text, &rate) || !(rate > 0)) {
    return InvalidArgument("must be a number of records a second, more than 0");
  }
  return rate;
}

StatusOr<uint64_t> ParseCount(const std::string& text) {
  ASSIGN_OR_RETURN(const int64_t count, ParseInteger(text));
  if (count < 1) return InvalidArgument("must be at least 1");
  return static_cast<uint64_t>(count);
}

Status ReadEnd(const BenchOptions& options, load::LoadPlan& plan) {
  if (!options.bytes.empty()) {
    ASSIGN_OR_RETURN(plan.bytes_max, Read("--bytes", options.bytes, ParseSize));
  }
  if (!options.records.empty()) {
    ASSIGN_OR_RETURN(plan.records_max, Read("--records", options.records, ParseCount));
  }
  const bool by_volume = !options.bytes.empty() || !options.records.empty();
  if (!options.duration.empty()) {
    ASSIGN_OR_RETURN(plan.duration, Read("--duration", options.duration, ParseDuration));
  } else if (by_volume) {
    plan.duration = absl::InfiniteDuration();
  }
  ASSIGN_OR_RETURN(plan.warm_up, Read("--warm-up", options.warm_up, ParseDuration));
  return absl::OkStatus();
}

void AddLoadOptions(CLI::App& command, BenchOptions& options) {
  command.add_option("--stream", options.stream, "Name of the stream")->required();
  command
      .add_option("--streams", options.streams,
                  "With more than 1: to the streams NAME-1 to NAME-N in turns")
      ->capture_default_str();
  command
      .add_option("--operation", options.operation,
                  "What is called; lines: POST /streams/NAME/lines, hydrant's own")
      ->check(CLI::IsMember({"PutRecordBatch", "PutRecord", "lines"}))
      ->capture_default_str();
  command
      .add_option("--connections", options.connections,
                  "How many, each with one request under way at a time")
      ->capture_default_str();
  command.add_option("--records-per-request", options.records_per_request,
                     "Records in each (default: 500, with --rate the tenth of a second's; a\n"
                     "PutRecord has one)");
  command
      .add_option("--record-size", options.record_size, "Of generated records, newline included")
      ->capture_default_str();
  CLI::Option* sample = command.add_option(
      "--sample", options.sample, "File whose lines are the records, instead of generated ones");
  CLI::Option* stamp =
      command.add_flag("--stamp", options.stamp,
                       "Put a stamp of 9 bytes before each line of the sample, so that no two\n"
                       "records are equal (as --check does); generated ones have it anyway");
  stamp->needs(sample);
  command.add_flag("--no-stamp", options.no_stamp, "Send the sample as it is, also with --check")
      ->needs(sample)
      ->excludes(stamp);
  command.add_option("--rate", options.rate,
                     "Records a second, due on a schedule whether or not earlier ones were\n"
                     "answered (open loop); without it each connection sends when its answer\n"
                     "came (closed loop)");
  command.add_option("--compression", options.compression, "Of request bodies (lines only)")
      ->check(CLI::IsMember({"none", "gzip"}))
      ->capture_default_str();
}

void AddEndOptions(CLI::App& command, BenchOptions& options) {
  command.add_option("--duration", options.duration,
                     "How long, after the warm-up (default: 30s, without end when --bytes or\n"
                     "--records is given); the bound that is reached first ends the run");
  command.add_option("--bytes", options.bytes, "How many bytes of records");
  command.add_option("--records", options.records, "How many records");
  command.add_option("--warm-up", options.warm_up, "What goes first and is not measured")
      ->capture_default_str();
}

void AddCheckOptions(CLI::App& command, BenchOptions& options) {
  CLI::Option* check = command.add_option(
      "--check", options.check,
      "s3://BUCKET/PREFIX or a directory: read back what the stream delivers\n"
      "there, and tell what is lost or doubled and how long it took; a run ends\n"
      "after 1e9 records or 5e7 requests then");
  command
      .add_option("--check-endpoint", options.check_endpoint,
                  "URL of that S3 server (default: `s3` of the configuration, else AWS)")
      ->needs(check);
  command
      .add_option("--check-timeout", options.check_timeout,
                  "How long to wait there for what was acknowledged last")
      ->capture_default_str()
      ->needs(check);
}

// Ten requests a second are due at least, so that a low rate comes evenly.
uint32_t RecordsPerRequest(const BenchOptions& options, const load::LoadPlan& plan) {
  if (plan.operation == load::Operation::kPutRecord) return 1;
  if (options.records_per_request) return *options.records_per_request;
  if (plan.records_per_second == 0) return kRecordsPerRequest;
  return static_cast<uint32_t>(std::clamp(plan.records_per_second / 10, 1.0, kRecordsPerRequest));
}

// The check keeps a byte for each record and 20 for each request.
Status BoundChecked(load::LoadPlan& plan) {
  const uint64_t checked_max =
      std::min(kCheckedRecordsMax, kCheckedRequestsMax * plan.records_per_request);
  if (plan.records_max != load::kUnbounded && plan.records_max > checked_max) {
    return InvalidArgument(absl::StrCat("--records ", plan.records_max, ": --check keeps track of ",
                                        checked_max, " at most; leave it out, or take fewer"));
  }
  plan.records_max = std::min(plan.records_max, checked_max);
  return absl::OkStatus();
}

}  // namespace

void AddBenchOptions(CLI::App& command, BenchOptions& options) {
  AddLoadOptions(command, options);
  AddEndOptions(command, options);
  AddCheckOptions(command, options);
  command.add_option("--json", options.json, "File for the full result; \"-\": standard output");
  command.add_option("--html", options.html, "File for a report with plots");
  AddConnectionOptions(command, options.connection);
}

StatusOr<load::LoadPlan> MakePlan(const BenchOptions& options) {
  load::LoadPlan plan;
  if (options.streams < 1 || options.streams > load::kStreamsMax) {
    return InvalidArgument(
        absl::StrCat("--streams ", options.streams, ": must be 1 to ", load::kStreamsMax));
  }
  plan.streams = load::StreamNames(options.stream, options.streams);
  if (!plan.streams.empty() && !IsStreamName(plan.streams.back())) {
    return InvalidArgument("--stream " + options.stream +
                           ": a name has 1 to 64 of A-Z a-z 0-9 _ . - (with --streams the number "
                           "counts too)");
  }
  plan.operation = options.operation == "PutRecord" ? load::Operation::kPutRecord
                   : options.operation == "lines"   ? load::Operation::kLines
                                                    : load::Operation::kPutRecordBatch;
  plan.connections = options.connections;
  plan.sample_path = options.sample;
  plan.gzip = options.compression == "gzip";
  plan.stamped = options.sample.empty()
                     ? !plan.gzip
                     : options.stamp || (options.check && !options.no_stamp && !plan.gzip);
  ASSIGN_OR_RETURN(plan.record_bytes, Read("--record-size", options.record_size, ParseSize));
  if (!options.rate.empty()) {
    ASSIGN_OR_RETURN(plan.records_per_second, Read("--rate", options.rate, ParseRate));
  }
  plan.records_per_request = RecordsPerRequest(options, plan);
  RETURN_IF_ERROR(ReadEnd(options, plan));
  RETURN_IF_ERROR(load::CheckPlan(plan));
  if (options.check && plan.stamped) {
    RETURN_IF_ERROR(BoundChecked(plan));
  }
  return plan;
}

StatusOr<absl::Duration> ReadCheckTimeout(const BenchOptions& options) {
  return Read("--check-timeout", options.check_timeout, ParseDuration);
}

}  // namespace hydrant
