#include "app/bench_options.h"
#include "app/bench_summary.h"
#include "app/bench_target.h"
#include "app/commands.h"
#include "app/file_limit.h"
#include "app/stop_signal.h"
#include "app/version_command.h"
#include "bench/load/check.h"
#include "bench/load/html_report.h"
#include "bench/load/records.h"
#include "bench/load/result_json.h"

#include <CLI/CLI.hpp>
#include <absl/strings/str_cat.h>
#include <absl/time/clock.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <memory>
#include <optional>

namespace hydrant {
namespace {

// The destination's connections, the result's files, the standard ones.
constexpr uint64_t kFilesBeside = 32;

// A run and what it needs, all made before the clock starts.
struct BenchRun {
  load::LoadPlan plan;
  BenchTarget target;
  std::unique_ptr<load::Destination> destination;  // null: nothing is checked
  absl::Duration check_timeout;
  load::RunId id = load::MakeRunId(Entropy::System());
  load::Records records;
  std::ofstream json;
  std::ofstream html;
};

Status MakeRoom(const load::LoadPlan& plan) {
  const uint64_t files_max = RaiseFileLimit();
  if (plan.connections + kFilesBeside <= files_max) return absl::OkStatus();
  return InvalidArgument(absl::StrCat("--connections ", plan.connections,
                                      ": this process may have ", files_max, " open files, ",
                                      kFilesBeside,
                                      " of them for other things; take fewer "
                                      "connections or raise `ulimit -n`"));
}

Status OpenOutput(const std::string& path, std::ofstream& file) {
  if (path.empty() || path == "-") return absl::OkStatus();
  file.open(path, std::ios::binary);
  return file ? absl::OkStatus() : ErrnoStatus(errno, path);
}

StatusOr<std::unique_ptr<BenchRun>> Prepare(const BenchOptions& options) {
  auto run = std::make_unique<BenchRun>();
  if (options.html == "-") return InvalidArgument("--html -: must be a file");
  ASSIGN_OR_RETURN(run->plan, MakePlan(options));
  RETURN_IF_ERROR(MakeRoom(run->plan));
  ASSIGN_OR_RETURN(run->check_timeout, ReadCheckTimeout(options));
  ASSIGN_OR_RETURN(run->target, FindBenchTarget(options, run->plan));
  ASSIGN_OR_RETURN(run->destination, FindDestination(options));
  ASSIGN_OR_RETURN(run->records, load::MakeRecords(run->plan));
  RETURN_IF_ERROR(OpenOutput(options.json, run->json));
  RETURN_IF_ERROR(OpenOutput(options.html, run->html));
  return run;
}

Status WriteText(const std::string& path, const std::string& text, std::ostream& file) {
  if (path.empty()) return absl::OkStatus();
  file << text << std::flush;
  return file ? absl::OkStatus() : ErrnoStatus(errno, path);
}

// One line of a terminal, written over again and again.
void ShowLine(const Console& console, const std::string& text) {
  if (console.err_terminal) console.err << "\r\033[K" << text << std::flush;
}

load::RunHooks MakeHooks(const BenchTarget& target, const StopSignal& stop,
                         const Console& console) {
  load::RunHooks hooks;
  hooks.stopped = [&stop] { return stop.received() != 0; };
  if (target.signer != nullptr) {
    hooks.sign = [signer = target.signer.get()](const std::string& url, std::string_view body,
                                                HttpHeaders headers) {
      return signer->Sign(url, body, std::move(headers));
    };
  }
  hooks.report = [&console](const load::LoadResult& so_far) {
    ShowLine(console, BenchProgress(so_far));
  };
  return hooks;
}

// The first ^C ends the load, and the second one, whenever it came, the wait for what was
// acknowledged; without a first one during the load, the first ends the wait.
load::CheckResult Check(const BenchRun& run, const load::RequestPool& pool,
                        const load::Ledger& ledger, load::ArrivalWatch& watch,
                        const StopSignal& stop, const Console& console) {
  load::Tally tally(run.plan, pool, run.id, ledger);
  const int signals_before = std::min(stop.count(), 1);
  load::CheckResult check = load::CheckArrivals(
      *run.destination, watch, tally,
      {.timeout = run.check_timeout,
       .stopped = [&stop, signals_before] { return stop.count() > signals_before; },
       .waiting =
           [&console](uint64_t missing) {
             ShowLine(console, "waiting for " + RenderCount(missing) + " records");
           }});
  ShowLine(console, "");
  console.err << CheckSummary(check, run.check_timeout) << std::flush;
  return check;
}

load::RunReport DescribeRun(const BenchOptions& options, const BenchRun& run,
                            const load::RequestPool& pool, const load::LoadResult& result) {
  const load::Endpoint& endpoint = run.target.run.peer.endpoint;
  return {.plan = run.plan,
          .result = result,
          .id = run.id,
          .machine = load::ThisMachine(),
          .endpoint = endpoint.Url(),
          .tls = endpoint.tls,
          .is_signed = run.target.signer != nullptr,
          .records_made = run.records.size(),
          .records_used = pool.records_used(),
          .check_destination = options.check.value_or(""),
          .check_timeout = run.check_timeout,
          .version = Version(),
          .revision = Revision()};
}

Status WriteResults(const BenchOptions& options, BenchRun& run, const load::RunReport& report,
                    const Console& console) {
  const nlohmann::ordered_json result = load::ResultJson(report);
  // What a server or a file system says need not be UTF-8.
  const std::string text =
      result.dump(1, ' ', /*ensure_ascii=*/false, nlohmann::ordered_json::error_handler_t::replace);
  Status written =
      WriteText(options.json, text + "\n", options.json == "-" ? console.out : run.json);
  written.Update(WriteText(options.html, load::HtmlReport(result), run.html));
  return written;
}

int ExitCode(const load::LoadPlan& plan, const load::LoadResult& result,
             const std::optional<load::CheckResult>& check, const StopSignal& stop,
             const Console& console) {
  // Without stamps, what an earlier run sent looks the same.
  if (check && (check->lost() > 0 || (plan.stamped && check->arrived.duplicates > 0))) {
    console.Error("bench: acknowledged records are lost, or doubled without a cause");
    return kExitFailed;
  }
  if (result.records_acknowledged == 0 || result.end == load::RunEnd::kGivenUp) {
    console.Error("bench: no record was acknowledged");
    return kExitFailed;
  }
  return stop.received() == 0 ? kExitOk : kExitBySignal + stop.received();
}

StatusOr<int> Execute(const BenchOptions& options, BenchRun& run, load::RequestPool& pool,
                      const Console& console) {
  constexpr int kSignalsTold = 2;
  StopSignal stop(kSignalsTold);
  // A connection that breaks is counted, also where TLS writes to it.
  std::signal(SIGPIPE, SIG_IGN);
  load::Ledger ledger(run.plan.records_per_request);
  std::optional<load::ArrivalWatch> watch;
  if (run.destination != nullptr) {
    watch.emplace(*run.destination);
    const Status started = watch->Start([&stop] { return stop.received() != 0; });
    if (absl::IsCancelled(started)) return kExitBySignal + stop.received();
    RETURN_IF_ERROR(started);
  }
  const absl::Time started_at = absl::Now();
  ASSIGN_OR_RETURN(const load::LoadResult result,
                   load::RunLoad(run.plan, run.target.run, pool, watch ? &ledger : nullptr,
                                 MakeHooks(run.target, stop, console)));
  ShowLine(console, "");
  console.err << BenchSummary(run.plan, result) << std::flush;
  if (pool.records_used() < run.records.size()) {
    console.err << "sample: the first " << RenderCount(pool.records_used()) << " of its "
                << RenderCount(run.records.size())
                << " lines were sent; more take too much memory\n";
  }
  std::optional<load::CheckResult> check;
  if (watch) check = Check(run, pool, ledger, *watch, stop, console);
  load::RunReport report = DescribeRun(options, run, pool, result);
  report.started_at = started_at;
  if (check) report.check = load::CheckJson(*check);
  RETURN_IF_ERROR(WriteResults(options, run, report, console));
  return ExitCode(run.plan, result, check, stop, console);
}

int Bench(const BenchOptions& options, const Console& console) {
  const StatusOr<std::unique_ptr<BenchRun>> run = Prepare(options);
  if (!run.ok()) {
    console.Error(Message(run.status()));
    return kExitUsage;
  }
  StatusOr<load::RequestPool> pool =
      load::RequestPool::Render((*run)->plan, (*run)->records, (*run)->id);
  if (!pool.ok()) {
    console.Error(Message(pool.status()));
    return kExitUsage;
  }
  const StatusOr<int> code = Execute(options, **run, *pool, console);
  if (code.ok()) return *code;
  console.Error(Message(code.status()));
  return kExitFailed;
}

constexpr char kExamples[] =
    R"(Examples:
  hydrant bench --stream access-logs
  hydrant bench --stream access-logs --sample access.log --connections 64 --bytes 10GB
  hydrant bench --stream access-logs --rate 50000 --duration 5m --warm-up 10s --html report.html
  hydrant bench --stream access-logs --records 1000000 --check s3://logs/web/ --json result.json
  hydrant bench --stream access-logs --endpoint https://firehose.eu-central-1.amazonaws.com --rate 1000

It sends real records: use a stream of its own, and mind what AWS charges. Records are generated
and begin with a stamp that no other record has, or they are the lines of a sample, which --check
stamps, too.
--check reads the destination back and counts what was acknowledged and is not there, or twice.
^C ends the load in order and reports what was done; the second one also ends the wait of --check.

)";

constexpr char kExitCodes[] =
    "\nExit codes: 0 done; 1 nothing was acknowledged, or records are lost or (if stamped) "
    "doubled;\n"
    "2 the command line or the configuration is wrong; 130 interrupted, 143 terminated, 129 hung "
    "up.";

}  // namespace

void AddBenchCommand(CLI::App& app, CommandContext& context) {
  CLI::App* command =
      app.add_subcommand("bench", "Send load to a stream and measure what comes of it");
  auto options = std::make_shared<BenchOptions>();
  AddBenchOptions(*command, *options);
  command->footer(std::string(kExamples) + kCredentialsHelp + kExitCodes);
  command->callback([options, &context] { context.exit_code = Bench(*options, context.console); });
}

}  // namespace hydrant
