#include "tests/simulation/process_pool.h"

#include "engine/base/check.h"

#include <absl/strings/str_cat.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <poll.h>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace hydrant::simulation {
namespace {

constexpr std::chrono::seconds kSecondsMax{120};
constexpr int kPollMillis = 1000;
constexpr char kMark[] = "\nresult: ";

// The child's side: standard error comes before the report. CAF tells of exceptions on standard output.
[[noreturn]] void RunChild(const SimulationOptions& options, int pipe) {
  dup2(pipe, STDERR_FILENO);
  dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
  const SimulationResult result = Simulate(options);
  dprintf(pipe, "%s%f %lu %lu %lu %lu %lu %lu \n%s", kMark, result.at_seconds, result.trace_hash,
          result.steps, result.acknowledged_records, result.objects, result.deaths,
          result.uncertain_and_stored, result.violation.c_str());
  _exit(0);  // nothing of the parent's is ended twice
}

bool ParseReport(const std::string& output, SimulationResult& result) {
  const size_t at = output.rfind(kMark);
  if (at == std::string::npos) return false;
  const char* report = output.c_str() + at + sizeof kMark - 1;
  int read = 0;
  const int values =
      std::sscanf(report, "%lf %lu %lu %lu %lu %lu %lu %n", &result.at_seconds, &result.trace_hash,
                  &result.steps, &result.acknowledged_records, &result.objects, &result.deaths,
                  &result.uncertain_and_stored, &read);
  result.violation = report + read;
  return values == 7;
}

}  // namespace

ProcessPool::~ProcessPool() {
  for (auto& [pipe, child] : running_) {
    kill(child.pid, SIGKILL);
    waitpid(child.pid, nullptr, 0);
    close(pipe);
  }
}

void ProcessPool::Start(const SimulationOptions& options) {
  int ends[2];
  HYDRANT_CHECK(pipe(ends) == 0);
  const pid_t pid = fork();
  HYDRANT_CHECK(pid >= 0);
  if (pid == 0) {
    close(ends[0]);
    RunChild(options, ends[1]);
  }
  close(ends[1]);
  running_[ends[0]] = {options.seed, pid, "", std::chrono::steady_clock::now()};
}

SeedReport ProcessPool::Wait() {
  while (true) {
    std::vector<pollfd> pipes;
    for (const auto& [pipe, child] : running_) pipes.push_back({pipe, POLLIN, 0});
    poll(pipes.data(), pipes.size(), kPollMillis);
    for (const pollfd& pipe : pipes) {
      if (pipe.revents != 0 && !ReadFrom(pipe.fd, running_.at(pipe.fd))) return Finish(pipe.fd);
    }
    KillLate();
  }
}

// False at the end.
bool ProcessPool::ReadFrom(int pipe, Child& child) {
  char buffer[4096];
  const ssize_t bytes = read(pipe, buffer, sizeof buffer);
  if (bytes > 0) child.output.append(buffer, static_cast<size_t>(bytes));
  return bytes > 0 || (bytes < 0 && errno == EINTR);
}

SeedReport ProcessPool::Finish(int pipe) {
  auto ended = running_.extract(pipe);
  const Child& child = ended.mapped();
  int status = 0;
  waitpid(child.pid, &status, 0);
  close(pipe);
  SeedReport report{child.seed, {}};
  if (child.killed) {
    report.result.violation =
        absl::StrCat("it takes longer than ", kSecondsMax.count(), " seconds");
  } else if (!ParseReport(child.output, report.result)) {
    const int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    report.result.violation =
        absl::StrCat("the process ended with signal ", signal, ": ", child.output);
  }
  return report;
}

void ProcessPool::KillLate() {
  const auto now = std::chrono::steady_clock::now();
  for (auto& [pipe, child] : running_) {
    if (child.killed || now - child.started < kSecondsMax) continue;
    child.killed = true;
    kill(child.pid, SIGKILL);
  }
}

}  // namespace hydrant::simulation
