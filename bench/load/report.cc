#include "bench/load/report.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
namespace hydrant::load {
namespace {

// Nearest rank of sorted values; 0 when there are none.
double PercentileMs(const std::vector<uint32_t>& sorted_us, double share) {
  if (sorted_us.empty()) return 0;
  const auto rank = static_cast<size_t>(share * static_cast<double>(sorted_us.size() - 1) + 0.5);
  return sorted_us[rank] / 1000.0;
}

}  // namespace

void PrintReport(LoadResult& result) {
  std::sort(result.latency_us.begin(), result.latency_us.end());
  std::printf("{\"requests_acknowledged\":%" PRIu64 ",\"records_acknowledged\":%" PRIu64
              ",\"record_bytes_acknowledged\":%" PRIu64 ",\"requests_refused\":%" PRIu64
              ",\"requests_failed\":%" PRIu64 ",\"connections_broken\":%" PRIu64
              ",\"seconds\":%.3f,\"latency_p50_ms\":%.3f,\"latency_p99_ms\":%.3f,"
              "\"latency_max_ms\":%.3f,\"load_cpu_seconds\":%.3f}\n",
              result.requests_acknowledged, result.records_acknowledged,
              result.record_bytes_acknowledged, result.requests_refused, result.requests_failed,
              result.connections_broken, result.seconds, PercentileMs(result.latency_us, 0.5),
              PercentileMs(result.latency_us, 0.99), PercentileMs(result.latency_us, 1),
              result.cpu_seconds);
}

bool WriteTaken(const LoadResult& result, const char* path) {
  std::FILE* file = std::fopen(path, "w");
  if (file == nullptr) return false;
  for (uint32_t count : result.taken) std::fprintf(file, "%u\n", count);
  return std::fclose(file) == 0;
}

}  // namespace hydrant::load
