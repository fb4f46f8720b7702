#include "app/bench_options.h"
#include "app/commands.h"
#include "app/post_signer.h"
#include "app/stop_signal.h"
#include "app/version_command.h"
#include "bench/load/records.h"
#include "bench/load/request_pool.h"
#include "bench/load/result_json.h"
#include "bench/load/runner.h"
#include "engine/codec/base64.h"

#include <CLI/CLI.hpp>
#include <absl/strings/str_format.h>
#include <absl/time/clock.h>

#include <fstream>
#include <memory>

namespace hydrant {
namespace {

constexpr double kNsPerMs = 1e6;

struct Target {
  load::RunTarget run;
  std::unique_ptr<PostSigner> signer;  // null: requests are not signed
};

// As `hydrant put` has it: plain lines take a key by HTTP Basic, which has no place for a temporary
// one's token; everything else is signed.
StatusOr<Target> FindTarget(const BenchOptions& options, const load::LoadPlan& plan) {
  ASSIGN_OR_RETURN(const Connection connection, FindConnection(options.connection));
  Target target;
  load::Peer& peer = target.run.peer;
  ASSIGN_OR_RETURN(peer.endpoint, load::ParseEndpoint(connection.endpoint));
  ASSIGN_OR_RETURN(peer.addresses, load::FindAddresses(peer.endpoint));
  if (peer.endpoint.tls) {
    ASSIGN_OR_RETURN(peer.tls, load::MakeTlsContext({connection.tls.ca_file,
                                                     connection.tls.client_certificate_file,
                                                     connection.tls.client_key_file}));
  }
  if (connection.key.access_key_id.empty()) return target;
  if (plan.operation == load::Operation::kLines && connection.key.session_token.empty()) {
    target.run.authorization = "Basic " + EncodeBase64(connection.key.access_key_id + ":" +
                                                       connection.key.secret_access_key);
    return target;
  }
  target.signer = std::make_unique<PostSigner>(connection);
  return target;
}

std::string DescribeRate(const load::LoadResult& result) {
  const double seconds = result.measured_seconds;
  if (seconds <= 0) return "";
  return absl::StrFormat(
      ", %s records/s, %s/s",
      RenderCount(static_cast<uint64_t>(static_cast<double>(result.measured_records) / seconds)),
      RenderBytes(static_cast<double>(result.measured_bytes) / seconds));
}

std::string DescribeTroubles(const load::LoadResult& result) {
  std::string text;
  const auto add = [&text](uint64_t count, const char* what) {
    if (count > 0) text += ", " + RenderCount(count) + " " + what;
  };
  add(result.requests_refused, "refused");
  add(result.requests_rejected, "rejected");
  add(result.requests_uncertain, "uncertain");
  add(result.requests_retried, "retried");
  add(result.requests_failed, "failed");
  add(result.requests_unsent, "never sent");
  return text.empty() ? "" : "; requests: " + text.substr(2);
}

std::string Describe(const load::LoadResult& result) {
  return RenderCount(result.records_acknowledged) + " records, " +
         RenderBytes(static_cast<double>(result.record_bytes_acknowledged)) +
         DescribeRate(result) + DescribeTroubles(result);
}

std::string DescribeLatency(const char* what, const load::Histogram& times) {
  const auto ms = [&times](double percent) {
    return static_cast<double>(times.PercentileNs(percent)) / kNsPerMs;
  };
  return absl::StrFormat("%s p50 %.2f, p90 %.2f, p99 %.2f, p99.9 %.2f, max %.2f ms\n", what, ms(50),
                         ms(90), ms(99), ms(99.9), static_cast<double>(times.max_ns()) / kNsPerMs);
}

void PrintSummary(const load::LoadPlan& plan, const load::LoadResult& result,
                  const Console& console) {
  if (console.err_terminal) console.err << "\r\033[K";
  console.err << "acknowledged: " << Describe(result) << "\n";
  if (result.service_time.count() > 0) {
    console.err << DescribeLatency("request to answer:", result.service_time);
    const bool open = plan.records_per_second > 0;
    if (open || result.requests_retried > 0) {
      console.err << DescribeLatency(open ? "due to answer:    " : "with retries:     ",
                                     result.response_time);
    }
  }
  if (!result.first_error.empty()) {
    console.err << "first error: " << Plain(result.first_error) << "\n";
  }
}

Status WriteText(const std::string& path, const std::string& text, const Console& console) {
  if (path == "-") {
    console.out << text;
    return absl::OkStatus();
  }
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.flush();
  if (!file) return ErrnoStatus(errno, path);
  return absl::OkStatus();
}

load::RunHooks MakeHooks(const Target& target, const StopSignal& stop, const Console& console) {
  load::RunHooks hooks;
  hooks.stopped = [&stop] { return stop.received() != 0; };
  if (target.signer != nullptr) {
    hooks.sign = [signer = target.signer.get()](const std::string& url, std::string_view body,
                                                HttpHeaders headers) {
      return signer->Sign(url, body, std::move(headers));
    };
  }
  if (console.err_terminal) {
    hooks.report = [&console](const load::LoadResult& so_far) {
      console.err << "\r\033[K" << Describe(so_far) << std::flush;
    };
  }
  return hooks;
}

int Run(const BenchOptions& options, const load::LoadPlan& plan, const Target& target,
        load::RequestPool& pool, const Console& console) {
  StopSignal stop;
  const absl::Time started_at = absl::Now();
  const load::LoadResult result =
      load::RunLoad(plan, target.run, pool, nullptr, MakeHooks(target, stop, console));
  PrintSummary(plan, result, console);
  if (!options.json.empty()) {
    const load::RunReport report{plan,         result,     load::ThisMachine(),
                                 target.run.peer.endpoint.Url(), Version(), Revision(),
                                 started_at,   nullptr};
    const std::string text = load::ResultJson(report).dump(1) + "\n";
    if (const Status written = WriteText(options.json, text, console); !written.ok()) {
      console.Error(Message(written));
      return kExitFailed;
    }
  }
  if (result.records_acknowledged > 0) return kExitOk;
  console.Error("bench " + options.stream + ": no record was acknowledged");
  return kExitFailed;
}

int Bench(const BenchOptions& options, const Console& console) {
  const auto wrong = [&console](const Status& status, int code) {
    console.Error(Message(status));
    return code;
  };
  const StatusOr<load::LoadPlan> plan = MakePlan(options);
  if (!plan.ok()) return wrong(plan.status(), kExitUsage);
  const StatusOr<Target> target = FindTarget(options, *plan);
  if (!target.ok()) return wrong(target.status(), kExitUsage);
  const StatusOr<load::Records> records = load::MakeRecords(*plan);
  if (!records.ok()) return wrong(records.status(), kExitUsage);
  const load::RunId run_id = load::MakeRunId(Entropy::System());
  StatusOr<load::RequestPool> pool = load::RequestPool::Render(*plan, *records, run_id);
  if (!pool.ok()) return wrong(pool.status(), kExitUsage);
  return Run(options, *plan, *target, *pool, console);
}

}  // namespace

void AddBenchCommand(CLI::App& app, CommandContext& context) {
  CLI::App* command =
      app.add_subcommand("bench", "Send load to a stream and measure what comes of it");
  auto options = std::make_shared<BenchOptions>();
  AddBenchOptions(*command, *options);
  command->footer(
      "Examples:\n"
      "  hydrant bench --stream access-logs\n"
      "  hydrant bench --stream access-logs --rate 50000 --duration 5m --json result.json\n\n" +
      std::string(kCredentialsHelp) +
      "\n"
      "Exit codes: 0 done; 1 nothing was acknowledged;\n"
      "2 the command line or the configuration is wrong.");
  command->callback([options, &context] { context.exit_code = Bench(*options, context.console); });
}

}  // namespace hydrant
