#include "bench/roofline/report.h"

#include "app/git_revision.h"

#include <absl/strings/str_format.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <sys/utsname.h>
#include <thread>

namespace hydrant::roofline {
namespace {

std::string CpuModel() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

nlohmann::ordered_json Machine() {
  utsname system{};
  uname(&system);
  return {
    {"cpu", CpuModel()}, {"cores", std::thread::hardware_concurrency()}, {"kernel", system.release},
#if defined(__clang__)
    {
      "compiler", std::string("clang ") + __clang_version__
    }
  };
#else
    {
      "compiler", std::string("g++ ") + __VERSION__
    }
  };
#endif
}

double Rounded(double value) { return std::round(value * 1e4) / 1e4; }

}  // namespace

StatusOr<std::string> RenderTable(std::span<const Measured> measured) {
  std::string table = absl::StrFormat("%-20s %8s %8s %8s %8s %8s\n", "CPU seconds per GB", "median",
                                      "user", "sys", "min", "max");
  for (const bool in_job : {true, false}) {
    for (const Measured& each : measured) {
      if (IsInJob(each.stage) != in_job) continue;
      const Spread total = each.total();
      absl::StrAppendFormat(&table, "%-20s %8.3f %8.3f %8.3f %8.3f %8.3f  %s\n", each.stage,
                            total.median, each.user(), each.sys(), total.min, total.max,
                            each.about);
    }
    if (in_job) table += "only to compare with:\n";
  }
  table += "sums:\n";
  for (const Job& job : Jobs()) {
    ASSIGN_OR_RETURN(const Spread sum, SumOf(job, measured));
    absl::StrAppendFormat(&table, "%-29s %8.3f %26.3f %8.3f\n", job.name, sum.median, sum.min,
                          sum.max);
  }
  return table;
}

StatusOr<nlohmann::ordered_json> RenderJson(const Work& work, std::span<const Measured> measured) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const Measured& each : measured) {
    const Spread total = each.total();
    rows.push_back({{"stage", each.stage},
                    {"about", each.about},
                    {"in_a_sum", IsInJob(each.stage)},
                    {"cpu_s_per_gb", Rounded(total.median)},
                    {"user_s_per_gb", Rounded(each.user())},
                    {"sys_s_per_gb", Rounded(each.sys())},
                    {"min_s_per_gb", Rounded(total.min)},
                    {"max_s_per_gb", Rounded(total.max)}});
  }
  nlohmann::ordered_json sums = nlohmann::ordered_json::object();
  nlohmann::ordered_json jobs = nlohmann::ordered_json::array();
  for (const Job& job : Jobs()) {
    ASSIGN_OR_RETURN(const Spread sum, SumOf(job, measured));
    sums[job.name] = Rounded(sum.median);
    jobs.push_back({{"job", job.name},
                    {"cpu_s_per_gb", Rounded(sum.median)},
                    {"min_s_per_gb", Rounded(sum.min)},
                    {"max_s_per_gb", Rounded(sum.max)},
                    {"stages", job.stages}});
  }
  uint64_t gzip_bytes = 0;
  for (const std::string& object : work.gzip_objects) gzip_bytes += object.size();
  return nlohmann::ordered_json{
      {"kind", "roofline"},
      {"machine", Machine()},
      {"commit", HYDRANT_GIT_REVISION},
      {"settings",
       {{"record_bytes", work.payload.size()},
        {"records", work.record_count},
        {"requests", work.requests.size()},
        {"gzip_bytes", gzip_bytes},
        {"rounds", measured.empty() ? 0 : measured.front().per_gb.size()}}},
      {"rows", rows},
      {"sums", sums},
      {"jobs", jobs}};
}

}  // namespace hydrant::roofline
