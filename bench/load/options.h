// LoadOptions: what hydrant-load is told on its command line.
// Owner:   plain data
// Units:   record bytes, seconds
// Errors:  ParseOptions prints what is wrong to standard error and returns false
#pragma once

#include <cstdint>
#include <string>

namespace hydrant::load {

enum class Mode { kBatch, kRecord, kLines };  // PutRecordBatch, PutRecord, POST /streams/NAME/lines

struct LoadOptions {
  std::string host = "127.0.0.1";
  uint16_t port = 4573;
  std::string stream;
  std::string sample_path;  // its lines are the records, newline included
  Mode mode = Mode::kBatch;
  uint32_t connections = 8;
  uint32_t records_per_request = 500;
  uint64_t record_bytes_max =
      0;  // stop after this many acknowledged record bytes; 0: by time alone
  double seconds_max = 60;
  std::string taken_path;  // where to write how often each request was acknowledged; empty: nowhere
};

extern const char kUsage[];
bool ParseOptions(int argc, char** argv, LoadOptions& options);

}  // namespace hydrant::load
