#include "bench/load/options.h"

#include <cstdio>
#include <cstdlib>
#include <getopt.h>
#include <string_view>

namespace hydrant::load {

const char kUsage[] =
    "Usage: hydrant-load --stream NAME --sample FILE [options]\n"
    "Sends the lines of FILE to a stream over and over, one request in flight a connection, and "
    "prints\n"
    "one line of JSON: what was acknowledged, refused and broken, latency, and its own CPU time.\n"
    "  --host ADDRESS      127.0.0.1\n"
    "  --port N            4573\n"
    "  --mode MODE         batch (PutRecordBatch, the default), record (PutRecord) or lines (plain "
    "ingest)\n"
    "  --connections N     8\n"
    "  --batch N           500 records a request (batch and lines)\n"
    "  --bytes N           stop after N acknowledged record bytes\n"
    "  --seconds N         stop after N seconds, 60\n"
    "  --taken FILE        write how often each request of the sample was acknowledged\n";

namespace {

enum Option {
  kHost = 1,
  kPort,
  kStream,
  kSample,
  kMode,
  kConnections,
  kBatch,
  kBytes,
  kSeconds,
  kTaken
};

constexpr option kOptions[] = {
    {"host", required_argument, nullptr, kHost},
    {"port", required_argument, nullptr, kPort},
    {"stream", required_argument, nullptr, kStream},
    {"sample", required_argument, nullptr, kSample},
    {"mode", required_argument, nullptr, kMode},
    {"connections", required_argument, nullptr, kConnections},
    {"batch", required_argument, nullptr, kBatch},
    {"bytes", required_argument, nullptr, kBytes},
    {"seconds", required_argument, nullptr, kSeconds},
    {"taken", required_argument, nullptr, kTaken},
    {nullptr, 0, nullptr, 0},
};

bool ParseMode(std::string_view text, Mode& mode) {
  if (text == "batch") return mode = Mode::kBatch, true;
  if (text == "record") return mode = Mode::kRecord, true;
  if (text == "lines") return mode = Mode::kLines, true;
  return false;
}

bool SetOption(int key, const char* text, LoadOptions& options) {
  const uint64_t number = std::strtoull(text, nullptr, 10);
  switch (key) {
    case kHost:
      options.host = text;
      return true;
    case kPort:
      options.port = static_cast<uint16_t>(number);
      return number > 0 && number <= 65535;
    case kStream:
      options.stream = text;
      return true;
    case kSample:
      options.sample_path = text;
      return true;
    case kMode:
      return ParseMode(text, options.mode);
    case kConnections:
      options.connections = static_cast<uint32_t>(number);
      return number > 0 && number <= 10000;
    case kBatch:
      options.records_per_request = static_cast<uint32_t>(number);
      return number > 0 && number <= 100000;
    case kBytes:
      options.record_bytes_max = number;
      return number > 0;
    case kSeconds:
      options.seconds_max = std::strtod(text, nullptr);
      return options.seconds_max > 0;
    case kTaken:
      options.taken_path = text;
      return true;
    default:
      return false;
  }
}

}  // namespace

bool ParseOptions(int argc, char** argv, LoadOptions& options) {
  int key;
  int index = 0;
  while ((key = getopt_long(argc, argv, "", kOptions, &index)) != -1) {
    if (key == '?') return false;
    if (!SetOption(key, optarg, options)) {
      std::fprintf(stderr, "hydrant-load: --%s: '%s' is not possible\n", kOptions[index].name,
                   optarg);
      return false;
    }
  }
  if (options.stream.empty() || options.sample_path.empty() || optind != argc) {
    std::fputs("hydrant-load: --stream and --sample are needed, and nothing else\n", stderr);
    return false;
  }
  return true;
}

}  // namespace hydrant::load
