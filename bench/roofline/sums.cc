#include "bench/roofline/sums.h"

#include "engine/base/check.h"

#include <algorithm>

namespace hydrant::roofline {
namespace {

// Everything up to the durable record; what follows depends on the destination.
std::vector<std::string> WithSource(bool lines, bool sync, const std::vector<std::string>& rest) {
  std::vector<std::string> stages;
  if (lines) {
    stages = {"receive-lines", "newlines", "answer-lines"};
  } else {
    stages = {"receive-batch", "json", "base64", "answer-batch"};
  }
  stages.insert(stages.end(), {"checksum", sync ? "log-write-sync" : "log-write"});
  stages.insert(stages.end(), rest.begin(), rest.end());
  return stages;
}

std::vector<Job> MakeJobs() {
  const std::vector<std::string> gzip = {"gzip", "crc32c-gzip", "sha256-gzip", "send-gzip"};
  const std::vector<std::string> plain = {"crc32c-plain", "send-plain"};
  const std::vector<std::string> signed_plain = {"crc32c-plain", "sha256-plain", "send-plain"};
  std::vector<Job> jobs;
  for (const bool sync : {true, false}) {
    const std::string suffix = sync ? "-fsync" : "-os";
    jobs.push_back({"batch-gzip" + suffix, WithSource(false, sync, gzip)});
    jobs.push_back({"lines-gzip" + suffix, WithSource(true, sync, gzip)});
    jobs.push_back({"batch-uncompressed" + suffix, WithSource(false, sync, plain)});
    jobs.push_back({"batch-uncompressed-sha256" + suffix, WithSource(false, sync, signed_plain)});
  }
  return jobs;
}

template <typename Get>
std::vector<double> Column(const std::vector<CpuTime>& times, const Get& get) {
  std::vector<double> values;
  for (const CpuTime& time : times) values.push_back(get(time));
  return values;
}

}  // namespace

Spread SpreadOf(std::vector<double> values) {
  HYDRANT_CHECK(!values.empty());
  std::sort(values.begin(), values.end());
  const size_t half = values.size() / 2;
  const double median =
      values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
  return {values.front(), median, values.back()};
}

double SecondsPerGb(double seconds, uint64_t bytes) {
  HYDRANT_CHECK(bytes > 0);
  return seconds * 1e9 / static_cast<double>(bytes);
}

Spread Measured::total() const {
  return SpreadOf(Column(per_gb, [](const CpuTime& time) { return time.total_s(); }));
}
double Measured::user() const {
  return SpreadOf(Column(per_gb, [](const CpuTime& time) { return time.user_s; })).median;
}
double Measured::sys() const {
  return SpreadOf(Column(per_gb, [](const CpuTime& time) { return time.sys_s; })).median;
}

const std::vector<Job>& Jobs() {
  static const std::vector<Job> jobs = MakeJobs();
  return jobs;
}

bool IsInJob(std::string_view stage) {
  return std::any_of(Jobs().begin(), Jobs().end(), [stage](const Job& job) {
    return std::find(job.stages.begin(), job.stages.end(), stage) != job.stages.end();
  });
}

StatusOr<Spread> SumOf(const Job& job, std::span<const Measured> measured) {
  std::vector<double> rounds;
  for (const std::string& name : job.stages) {
    const auto found = std::find_if(measured.begin(), measured.end(),
                                    [&name](const Measured& each) { return each.stage == name; });
    if (found == measured.end()) return NotFound(job.name + ": there is no stage " + name);
    rounds.resize(std::max(rounds.size(), found->per_gb.size()));
    HYDRANT_CHECK(rounds.size() == found->per_gb.size());
    for (size_t i = 0; i < rounds.size(); ++i) rounds[i] += found->per_gb[i].total_s();
  }
  return SpreadOf(std::move(rounds));
}

}  // namespace hydrant::roofline
