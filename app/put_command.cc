#include "app/commands.h"
#include "app/connection.h"
#include "app/post_signer.h"
#include "app/put_sender.h"
#include "app/stop_signal.h"
#include "engine/config/values.h"

#include <CLI/CLI.hpp>
#include <absl/time/clock.h>

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <functional>
#include <memory>
#include <unistd.h>

namespace hydrant {
namespace {

constexpr size_t kRequestBytes = 1 << 20;
constexpr absl::Duration kInputPatience = absl::Milliseconds(200);
constexpr absl::Duration kProgressInterval = absl::Milliseconds(200);

struct PutOptions {
  std::string stream;
  std::string file;
  std::string newline = "keep";
  std::string retry_for = "5m";
  ConnectionChoice connection;
};

// Where to send, and with which key.
struct PutTarget {
  std::string url;
  Connection connection;
};

StatusOr<PutTarget> FindTarget(const PutOptions& options) {
  ASSIGN_OR_RETURN(Connection connection, FindConnection(options.connection));
  std::string url = connection.endpoint + "/streams/" + EscapePathSegment(options.stream) +
                    "/lines?newline=" + options.newline;
  return PutTarget{std::move(url), std::move(connection)};
}

// Rewrites one line of a terminal, a few times a second.
class ProgressLine {
 public:
  explicit ProgressLine(const Console& console) : console_(console) {}

  void Show(const PutProgress& progress) {
    if (!console_.err_terminal) return SayOnce(progress);
    const absl::Time now = absl::Now();
    if (now - shown_ < kProgressInterval) return;
    shown_ = now;
    console_.err << "\r\033[K" << Describe(progress);
    if (!progress.waiting.empty()) console_.err << ", waiting: " << Plain(progress.waiting);
    console_.err << std::flush;
  }
  void Finish(const PutProgress& progress) {
    if (console_.err_terminal) console_.err << "\r\033[K";
    console_.err << "acknowledged: " << Describe(progress);
    if (progress.retries > 0) console_.err << ", " << RenderCount(progress.retries) << " retries";
    console_.err << "\n";
    if (progress.unsure == 0) return;
    console_.err << RenderCount(progress.unsure)
                 << " requests were sent again after their connection broke; some of their "
                    "records may be there twice\n";
  }

 private:
  std::string Describe(const PutProgress& progress) const {
    const double seconds = std::max(1e-3, absl::ToDoubleSeconds(absl::Now() - start_));
    return RenderCount(progress.records) + " records, " +
           RenderBytes(static_cast<double>(progress.bytes)) + ", " +
           RenderBytes(static_cast<double>(progress.bytes) / seconds) + "/s";
  }

  // Off a terminal a wait is told when the first one begins: nobody watches, but a log may be read.
  void SayOnce(const PutProgress& progress) {
    if (progress.waiting.empty() || said_) return;
    said_ = true;
    console_.err << "waiting: " << Plain(progress.waiting) << std::endl;
  }

  const Console& console_;
  bool said_ = false;
  const absl::Time start_ = absl::Now();
  absl::Time shown_ = absl::InfinitePast();
};

// A key goes by HTTP Basic, which streams and needs neither the node's region nor its time; but that has no place for a
// token: a temporary key signs.
class Poster {
 public:
  Poster(const PutTarget& target, std::function<bool()> stopped)
      : url_(target.url),
        signs_(!target.connection.key.session_token.empty()),
        signer_(target.connection),
        session_({.user = signs_ ? "" : target.connection.key.access_key_id,
                  .password = signs_ ? "" : target.connection.key.secret_access_key,
                  .tls = target.connection.tls,
                  .stopped = std::move(stopped)}) {}

  StatusOr<HttpReply> Post(std::string_view body) {
    HttpHeaders headers;
    if (signs_) {
      ASSIGN_OR_RETURN(headers, signer_.Sign(url_, body));
    }
    return session_.Post(url_, body, headers);
  }

 private:
  const std::string url_;
  const bool signs_;
  PostSigner signer_;
  HttpSession session_;
};

int PutFrom(int fd, const PutTarget& target, const PutOptions& options, absl::Duration retry_for,
            const Console& console) {
  StopSignal stop;
  const auto stopped = [&stop] { return stop.received() != 0; };
  Poster poster(target, stopped);
  ProgressLine line(console);
  PutHooks hooks{.post = [&](std::string_view body) { return poster.Post(body); },
                 .sleep = [&](absl::Duration pause) { stop.Sleep(pause); },
                 .report = [&](const PutProgress& progress) { line.Show(progress); },
                 .entropy = &Entropy::System(),
                 .stopped = stopped,
                 .patience = retry_for};
  LineReader reader(fd, kRequestBytes, LineBytesMax(options.newline == "keep"), kInputPatience,
                    stopped);
  PutProgress progress;
  const Status sent = SendLines(reader, hooks, progress);
  line.Finish(progress);
  if (sent.ok() && !stopped()) return kExitOk;
  const std::string why = sent.ok() ? "interrupted; every line that was read is acknowledged"
                                    : std::string(Message(sent));
  console.Error("put " + options.stream + ": " + why);
  return stopped() ? kExitBySignal + stop.received() : kExitFailed;
}

int Put(const PutOptions& options, const Console& console) {
  const StatusOr<PutTarget> target = FindTarget(options);
  const StatusOr<absl::Duration> retry_for = ParseDuration(options.retry_for);
  if (!target.ok() || !retry_for.ok()) {
    console.Error(target.ok() ? "--retry-for " + std::string(Message(retry_for.status()))
                              : std::string(Message(target.status())));
    return kExitUsage;
  }
  if (options.file.empty()) {
    return PutFrom(STDIN_FILENO, *target, options, *retry_for, console);
  }
  const int fd = open(options.file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    console.Error(Message(ErrnoStatus(errno, options.file)));
    return kExitFailed;
  }
  const int code = PutFrom(fd, *target, options, *retry_for, console);
  close(fd);
  return code;
}

}  // namespace

void AddPutCommand(CLI::App& app, CommandContext& context) {
  CLI::App* command = app.add_subcommand("put", "Send lines to a stream, each as a record");
  auto options = std::make_shared<PutOptions>();
  command->add_option("STREAM", options->stream, "Name of the stream")->required();
  command->add_option("--file", options->file, "File to send (default: standard input)");
  command->add_option("--newline", options->newline, "Whether a record keeps its newline")
      ->check(CLI::IsMember({"keep", "strip"}))
      ->capture_default_str();
  command
      ->add_option("--retry-for", options->retry_for,
                   "How long to wait for a node that is not there, or takes no more")
      ->capture_default_str();
  AddConnectionOptions(*command, options->connection);
  command->footer(
      "Examples:\n"
      "  tail -F /var/log/nginx/access.log | hydrant put access-logs\n"
      "  hydrant put access-logs --file access.log --newline strip\n"
      "  hydrant put access-logs --endpoint https://hydrant.example.com:4573 < access.log\n\n"
      "Lines go in requests of about 1 MiB; input that pauses is sent at once. Each request is\n"
      "acknowledged when its records are durable. Empty lines are no records: they are dropped,\n"
      "also with --newline keep. ^C, SIGTERM or SIGHUP ends it in order: what was read is sent\n"
      "once, and standard error says what was acknowledged.\n\n" +
      std::string(kCredentialsHelp) +
      "\n"
      "Exit codes: 0 all acknowledged; 1 not all (standard error says how many);\n"
      "2 the command line or the configuration is wrong; 130 interrupted, 143 terminated, 129 hung "
      "up.");
  command->callback([options, &context] { context.exit_code = Put(*options, context.console); });
}

}  // namespace hydrant
