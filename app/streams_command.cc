#include "app/commands.h"
#include "app/config_choice.h"
#include "app/http_session.h"
#include "app/stream_table.h"

#include <CLI/CLI.hpp>
#include <absl/time/clock.h>

#include <memory>

namespace hydrant {
namespace {

constexpr absl::Duration kWatchInterval = absl::Seconds(2);
constexpr absl::Duration kTimeout = absl::Seconds(10);

struct StreamsOptions {
  std::string admin;
  bool json = false;
  bool watch = false;
  ConfigChoice config;
};

StatusOr<std::string> Fetch(HttpSession& session, const std::string& url) {
  StatusOr<HttpReply> reply = session.Get(url);
  if (!reply.ok()) {
    return WithContext(reply.status(),
                       "no answer; is a node running there? \"hydrant run\" starts "
                       "one, --admin names another");
  }
  if (reply->status != 200) {
    return Unavailable(url + " answered " + std::to_string(reply->status) +
                       "; --admin must name the operation listener (`admin` of the configuration)");
  }
  return std::move(reply->body);
}

Status ShowOnce(HttpSession& session, const std::string& url, const StreamsOptions& options,
                const Console& console) {
  ASSIGN_OR_RETURN(const std::string body, Fetch(session, url));
  ASSIGN_OR_RETURN(const std::vector<StreamRow> rows, ParseStreamList(body));
  const bool redraw = options.watch && !options.json && console.out_terminal;
  if (redraw) console.out << "\033[H\033[2J";
  if (options.json) {
    console.out << body << (body.ends_with('\n') ? "" : "\n");
  } else {
    console.out << RenderStreamTable(rows, console.colour && console.out_terminal,
                                     console.OutColumns());
  }
  console.out.flush();
  return absl::OkStatus();
}

int Streams(const StreamsOptions& options, const Console& console) {
  const StatusOr<std::string> admin = AdminUrl(options.admin, options.config);
  if (!admin.ok()) {
    console.Error(Message(admin.status()));
    return kExitUsage;
  }
  const std::string url = *admin + "/streams";
  HttpSession session({.timeout = kTimeout});
  while (true) {
    const Status shown = ShowOnce(session, url, options, console);
    if (!shown.ok()) {
      console.Error("streams: " + std::string(Message(shown)));
      return kExitFailed;
    }
    // A reader that went away (`| head`) ends the watch.
    if (!options.watch || !console.out.good()) return kExitOk;
    absl::SleepFor(kWatchInterval);
  }
}

}  // namespace

void AddStreamsCommand(CLI::App& app, CommandContext& context) {
  CLI::App* command = app.add_subcommand("streams", "List streams with state, lag and rates");
  auto options = std::make_shared<StreamsOptions>();
  AddAdminOption(*command, options->admin);
  command->add_flag("--json", options->json, "The node's answer as it is");
  command->add_flag("--watch", options->watch, "Again every two seconds, until interrupted");
  AddConfigOptions(*command, options->config);
  command->footer(
      "Examples:\n"
      "  hydrant streams\n"
      "  hydrant streams --watch\n"
      "  hydrant streams --admin http://10.0.0.5:4574 --json | jq .streams[].lag_seconds\n\n"
      "LAG is the age of the oldest record not yet delivered, BACKLOG how many wait.\n"
      "Exit codes: 0 listed; 1 no usable answer; 2 the command line or the configuration is "
      "wrong.");
  command->callback(
      [options, &context] { context.exit_code = Streams(*options, context.console); });
}

}  // namespace hydrant
