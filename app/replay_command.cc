#include "app/commands.h"
#include "app/config_choice.h"
#include "app/http_session.h"
#include "app/replay_status.h"
#include "app/stop_signal.h"
#include "engine/stream/replay_spec.h"

#include <CLI/CLI.hpp>
#include <absl/time/clock.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>
#include <utility>

namespace hydrant {
namespace {

constexpr absl::Duration kTimeout = absl::Seconds(15);
constexpr absl::Duration kPoll = absl::Milliseconds(500);
constexpr absl::Duration kLineInterval = absl::Seconds(5);  // off a terminal
// Attempts under way have half a minute.
constexpr absl::Duration kStopWaitMax = absl::Seconds(40);
constexpr int kSilentPollsMax = 5;

struct ReplayOptions {
  std::string stream;
  std::string from, to, destination, rate;
  bool dry_run = false;
  bool detach = false;
  bool list = false;
  std::string stop;
  std::string admin;
  ConfigChoice config;
};

std::string RequestOf(const ReplayOptions& options) {
  nlohmann::json request = {{"from", options.from}};
  if (!options.to.empty()) request["to"] = options.to;
  if (!options.destination.empty()) request["destination"] = options.destination;
  if (!options.rate.empty()) request["rate"] = options.rate;
  if (options.dry_run) request["dry_run"] = true;
  return request.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// A wrong request is the caller's to mend.
StatusOr<std::string> BodyOf(StatusOr<HttpReply> reply) {
  if (!reply.ok()) {
    return WithContext(reply.status(), "no answer; is a node running there? --admin names another");
  }
  if (reply->status / 100 == 2) return std::move(reply->body);
  std::string why = Plain(ParseReplayError(reply->body));
  if (why.empty()) {
    why = "the node answered " + std::to_string(reply->status) +
          "; --admin must name the operation listener (`admin` of the configuration)";
  }
  if (reply->status == 400) return InvalidArgument(why);
  return Unavailable(why);
}

int Fail(const Console& console, const Status& status) {
  console.Error("replay: " + std::string(Message(status)));
  return absl::IsInvalidArgument(status) ? kExitUsage : kExitFailed;
}

// The one replay that this command has started, to its end.
class Follower {
 public:
  Follower(HttpSession& session, std::string url, ReplayStatus replay, const Console& console)
      : session_(session), url_(std::move(url)), replay_(std::move(replay)), console_(console) {}

  int Follow() {
    const StopSignal signal;
    while (replay_.running()) {
      if (signal.received() != 0 && stop_by_ == absl::InfiniteFuture()) Stop();
      if (absl::Now() > stop_by_) break;
      Show();
      if (stop_by_ == absl::InfiniteFuture()) {
        signal.Sleep(kPoll);
      } else {
        absl::SleepFor(kPoll);
      }
      if (Status looked = Look(); !looked.ok() && ++silent_polls_ > kSilentPollsMax) {
        return Gone(looked);
      }
    }
    EndLine();
    if (replay_.running()) return Fail(console_, Unavailable("it has not stopped yet"));
    console_.out << RenderEnd(replay_, absl::Now() - started_);
    if (signal.received() != 0) return kExitBySignal + signal.received();
    return replay_.state == "done" ? kExitOk : kExitFailed;
  }

 private:
  Status Look() {
    ASSIGN_OR_RETURN(const std::string body, BodyOf(session_.Get(url_)));
    ASSIGN_OR_RETURN(std::vector<ReplayStatus> replays, ParseReplayList(body));
    for (ReplayStatus& found : replays) {
      if (found.id != replay_.id) continue;
      replay_ = std::move(found);
      silent_polls_ = 0;
      return absl::OkStatus();
    }
    return NotFound("the node knows nothing of the replay (any more)");
  }

  void Stop() {
    EndLine();
    console_.err << "stopping the replay; attempts under way end first\n";
    stop_by_ = absl::Now() + kStopWaitMax;
    const StatusOr<std::string> body = BodyOf(session_.Delete(url_ + "/" + replay_.id));
    if (!body.ok()) console_.Error("replay: " + std::string(Message(body.status())));
  }

  void Show() {
    const absl::Time now = absl::Now();
    const std::string line = RenderProgress(replay_, now - started_);
    if (console_.err_terminal) {
      console_.err << "\r\033[K" << line << std::flush;
      open_line_ = true;
    } else if (now - shown_ >= kLineInterval) {
      console_.err << line << std::endl;
      shown_ = now;
    }
  }

  void EndLine() {
    if (std::exchange(open_line_, false)) console_.err << "\r\033[K";
  }

  // A replay ends with its node.
  int Gone(const Status& why) {
    EndLine();
    replay_.state = "stopped";
    replay_.detail = "the node does not answer, and a replay ends with its node";
    console_.out << RenderEnd(replay_, absl::Now() - started_);
    return Fail(console_, Unavailable(Message(why)));
  }

  HttpSession& session_;
  const std::string url_;
  ReplayStatus replay_;
  const Console& console_;
  const absl::Time started_ = absl::Now();
  absl::Time shown_ = started_;
  absl::Time stop_by_ = absl::InfiniteFuture();
  int silent_polls_ = 0;
  bool open_line_ = false;
};

int Start(HttpSession& session, const std::string& url, const ReplayOptions& options,
          const Console& console) {
  const std::string request = RequestOf(options);
  if (Status wrong = ParseReplaySpec(request, absl::Now()).status(); !wrong.ok()) {
    return Fail(console, wrong);
  }
  const StatusOr<std::string> body = BodyOf(session.Post(url, request));
  if (!body.ok()) return Fail(console, body.status());
  const StatusOr<ReplayStatus> replay = ParseReplay(*body);
  if (!replay.ok()) return Fail(console, Unavailable(Message(replay.status())));
  if (options.dry_run) {
    console.out << RenderPlan(*replay);
    return kExitOk;
  }
  if (options.detach) {
    console.out << replay->id << "\n";
    return kExitOk;
  }
  return Follower(session, url, *replay, console).Follow();
}

int List(HttpSession& session, const std::string& url, const Console& console) {
  const StatusOr<std::string> body = BodyOf(session.Get(url));
  if (!body.ok()) return Fail(console, body.status());
  const StatusOr<std::vector<ReplayStatus>> replays = ParseReplayList(*body);
  if (!replays.ok()) return Fail(console, Unavailable(Message(replays.status())));
  console.out << RenderReplays(*replays);
  return kExitOk;
}

int Stop(HttpSession& session, const std::string& url, const std::string& id,
         const Console& console) {
  const StatusOr<std::string> body = BodyOf(session.Delete(url + "/" + EscapePathSegment(id)));
  if (!body.ok()) return Fail(console, body.status());
  const StatusOr<ReplayStatus> replay = ParseReplay(*body);
  if (!replay.ok()) return Fail(console, Unavailable(Message(replay.status())));
  console.out << "replay " << Plain(replay->id)
              << (replay->running() ? " stops when its attempts under way have ended\n"
                                    : " is " + Plain(replay->state) + " already\n");
  return kExitOk;
}

int RunReplay(const ReplayOptions& options, const Console& console) {
  const StatusOr<std::string> admin = AdminUrl(options.admin, options.config);
  if (!admin.ok()) {
    console.Error(Message(admin.status()));
    return kExitUsage;
  }
  const std::string url = *admin + "/streams/" + EscapePathSegment(options.stream) + "/replays";
  HttpSession session({.content_type = "application/json", .timeout = kTimeout});
  if (options.list) return List(session, url, console);
  if (!options.stop.empty()) return Stop(session, url, options.stop, console);
  if (options.from.empty()) {
    return Fail(console,
                InvalidArgument("--from is missing: a position (1200), a time "
                                "(2026-11-21T09:30:00Z), how long ago (10m) or \"oldest\""));
  }
  return Start(session, url, options, console);
}

constexpr char kFooter[] =
    R"(Examples:
  hydrant replay orders --from "1h ago" --dry-run
  hydrant replay orders --from 2026-11-21T09:30:00Z --to 2026-11-21T10:00:00Z
  hydrant replay orders --from 120000 --to 130000 --destination failover-1
  hydrant replay orders --from oldest --rate 0 --detach
  hydrant replay orders --list

What the log still holds of the range goes through the stream once more, beside live traffic: records that
were delivered are delivered again. Objects have `replay-` and the replay's id in their names. --to is the
first that is not sent (default: what arrives from now on). A replay ends with its node and when its
stream is changed; it is said how far it got. ^C stops it.
Exit codes: 0 all was sent; 1 stopped, failed or refused by the node; 2 the command line, the configuration
or the range is wrong; 130 stopped by ^C.)";

}  // namespace

void AddReplayCommand(CLI::App& app, CommandContext& context) {
  CLI::App* command = app.add_subcommand("replay", "Send again what a stream's log still holds");
  auto options = std::make_shared<ReplayOptions>();
  command->add_option("stream", options->stream, "The stream")->required();
  command->add_option("--from", options->from,
                      "First record: a position, a time, how long ago, or \"oldest\"");
  command->add_option("--to", options->to,
                      "Behind the last record, likewise (default: all there is)");
  command->add_option(
      "--destination", options->destination,
      "failover-1, …, backup, or as `hydrant streams` shows it (default: the stream's own)");
  command->add_option("--rate", options->rate,
                      "At most so much a second; 0: no bound (default: 20 MiB)");
  CLI::Option* dry_run =
      command->add_flag("--dry-run", options->dry_run, "Only say what would be sent");
  command->add_flag("--detach", options->detach, "Print the replay's id and leave it to the node")
      ->excludes(dry_run);
  CLI::Option* list = command->add_flag("--list", options->list, "The stream's replays instead");
  command->add_option("--stop", options->stop, "Stop the replay of this id instead")
      ->excludes(list);
  AddAdminOption(*command, options->admin);
  AddConfigOptions(*command, options->config);
  command->footer(kFooter);
  command->callback(
      [options, &context] { context.exit_code = RunReplay(*options, context.console); });
}

}  // namespace hydrant
