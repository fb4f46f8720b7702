#include "app/commands.h"
#include "app/replay_follower.h"
#include "app/replay_node.h"
#include "app/replay_request.h"

#include <CLI/CLI.hpp>
#include <absl/time/clock.h>

#include <memory>

namespace hydrant {
namespace {

// A wrong request is the caller's to mend.
int Fail(const Console& console, const Status& status) {
  console.Error("replay: " + Plain(Message(status)));
  return absl::IsInvalidArgument(status) ? kExitUsage : kExitFailed;
}

StatusOr<int> Start(const ReplayOptions& options, const std::string& admin,
                    const Console& console) {
  if (!options.dry_run && !options.detach) return FollowReplay(options, admin, console);
  ReplayNode node(admin, options.stream);
  ASSIGN_OR_RETURN(const ReplayStatus replay, node.Start(ReplayRequest(options)));
  console.out << (options.dry_run ? RenderPlan(replay) : Plain(replay.id) + "\n");
  return kExitOk;
}

StatusOr<int> List(const ReplayOptions& options, const std::string& admin, const Console& console) {
  ASSIGN_OR_RETURN(const std::vector<ReplayStatus> replays,
                   ReplayNode(admin, options.stream).List());
  console.out << RenderReplays(replays);
  return kExitOk;
}

StatusOr<int> Stop(const ReplayOptions& options, const std::string& admin, const Console& console) {
  ASSIGN_OR_RETURN(const ReplayStatus replay, ReplayNode(admin, options.stream).Stop(options.stop));
  console.out << "replay " << Plain(replay.id)
              << (replay.running() ? " stops when its attempts under way have ended\n"
                                   : " is " + Plain(replay.state) + " already\n");
  return kExitOk;
}

int RunReplay(const ReplayOptions& options, const Console& console) {
  if (Status wrong = CheckReplayOptions(options, absl::Now()); !wrong.ok()) {
    return Fail(console, wrong);
  }
  const StatusOr<std::string> admin = AdminUrl(options.admin, options.config);
  if (!admin.ok()) {
    console.Error(Message(admin.status()));
    return kExitUsage;
  }
  auto run = options.list ? List : options.stop.empty() ? Start : Stop;
  const StatusOr<int> code = run(options, *admin, console);
  return code.ok() ? *code : Fail(console, code.status());
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
stream is changed; it is said how far it got. ^C stops it; a second ^C does not wait for its end.
--rate holds on average: what is read at once, up to 1 MiB or a whole larger put, goes out at once.
Exit codes: 0 all was sent; 1 stopped, failed or refused by the node; 2 the command line or the configuration
is wrong, or the log has no such range; 130 interrupted by ^C (143 SIGTERM, 129 SIGHUP).)";

}  // namespace

void AddReplayCommand(CLI::App& app, CommandContext& context) {
  CLI::App* command = app.add_subcommand("replay", "Send again what a stream's log still holds");
  auto options = std::make_shared<ReplayOptions>();
  const CLI::Validator not_empty(
      [](const std::string& value) { return value.empty() ? "must not be empty" : ""; }, "");
  auto add_option = [&](const char* name, std::string& value, const char* help) {
    return command->add_option(name, value, help)->check(not_empty);
  };
  command->add_option("stream", options->stream, "The stream")->required();
  add_option("--from", options->from,
             "First record: a position, a time, how long ago, or \"oldest\"");
  add_option("--to", options->to, "Behind the last record, likewise (default: all there is)");
  add_option("--destination", options->destination,
             "failover-1, …, backup, or as `hydrant streams` shows it (default: the stream's own)");
  add_option("--rate", options->rate,
             "At most so much a second, in bursts of up to 1 MiB; 0: no bound (default: 20 MiB)");
  CLI::Option* dry_run =
      command->add_flag("--dry-run", options->dry_run, "Only say what would be sent");
  command->add_flag("--detach", options->detach, "Print the replay's id and leave it to the node")
      ->excludes(dry_run);
  command->add_flag("--list", options->list, "The stream's replays instead");
  add_option("--stop", options->stop, "Stop the replay of this id instead");
  AddAdminOption(*command, options->admin);
  AddConfigOptions(*command, options->config);
  command->footer(kFooter);
  command->callback(
      [options, &context] { context.exit_code = RunReplay(*options, context.console); });
}

}  // namespace hydrant
