// hydrant history: who changed a stream's definition, when, and what of it.
#include "app/commands.h"
#include "app/config_choice.h"
#include "app/http_session.h"

#include <CLI/CLI.hpp>
#include <absl/strings/str_format.h>
#include <absl/strings/str_join.h>
#include <nlohmann/json.hpp>

#include <memory>

namespace hydrant {
namespace {

using Json = nlohmann::json;

constexpr absl::Duration kTimeout = absl::Seconds(10);

struct HistoryOptions {
  std::string stream;
  std::string admin;
  bool json = false;
  ConfigChoice config;
};

// A line a change; what it changed stands at the end, where it may be long.
StatusOr<std::string> RenderHistory(const std::string& body) try {
  std::string text = absl::StrFormat("%7s  %-24s  %-30s  %-20s  %-22s  %s\n", "VERSION", "TIME",
                                     "OPERATION", "WHO", "FROM", "CHANGED");
  const Json changes = Json::parse(body).at("changes");
  for (const Json& change : changes) {
    const auto of = [&](const char* member) {
      const std::string value = change.at(member).get<std::string>();
      return value.empty() ? "-" : value;
    };
    const auto members = change.at("members").get<std::vector<std::string>>();
    text += absl::StrFormat("%7d  %-24s  %-30s  %-20s  %-22s  %s\n",
                            change.at("version").get<uint64_t>(), of("time"), of("operation"),
                            of("who"), of("from"), absl::StrJoin(members, ", "));
  }
  return text;
} catch (const Json::exception& error) {
  return InvalidArgument(std::string("the answer is no history: ") + error.what());
}

StatusOr<std::string> Fetch(const HistoryOptions& options, const std::string& admin) {
  HttpSession session({.timeout = kTimeout});
  const std::string url = admin + "/streams/" + EscapePathSegment(options.stream) + "/history";
  StatusOr<HttpReply> reply = session.Get(url);
  if (!reply.ok()) {
    return WithContext(reply.status(), "no answer; is a node running there? --admin names another");
  }
  if (reply->status == 404 && !AdminErrorOf(reply->body).empty()) {
    return NotFound("no stream " + options.stream +
                    " at that node; \"hydrant streams\" lists those it has");
  }
  if (reply->status != 200) {
    return Unavailable(url + " answered " + std::to_string(reply->status) +
                       "; --admin must name the operation listener (`admin` of the configuration)");
  }
  return std::move(reply->body);
}

int History(const HistoryOptions& options, const Console& console) {
  const StatusOr<std::string> admin = AdminUrl(options.admin, options.config);
  if (!admin.ok()) {
    console.Error(Message(admin.status()));
    return kExitUsage;
  }
  StatusOr<std::string> shown = Fetch(options, *admin);
  if (shown.ok() && !options.json) shown = RenderHistory(*shown);
  if (!shown.ok()) {
    console.Error("history: " + std::string(Message(shown.status())));
    return kExitFailed;
  }
  console.out << *shown << (shown->ends_with('\n') ? "" : "\n");
  return kExitOk;
}

}  // namespace

void AddHistoryCommand(CLI::App& app, CommandContext& context) {
  CLI::App* command = app.add_subcommand("history", "Who changed a stream, when, and what of it");
  auto options = std::make_shared<HistoryOptions>();
  command->add_option("STREAM", options->stream, "The stream")->required();
  AddAdminOption(*command, options->admin);
  command->add_flag("--json", options->json, "The node's answer as it is");
  AddConfigOptions(*command, options->config);
  command->footer(
      "Examples:\n"
      "  hydrant history orders\n"
      "  hydrant history orders --json | jq '.changes[-1].members'\n\n"
      "The latest change comes last; the last 50 are kept. WHO is an access key id, FROM an "
      "address\n"
      "or the configuration file, CHANGED the members that differ; values are never shown.\n"
      "Exit codes: 0 listed; 1 no usable answer, or no such stream; 2 the command line or the\n"
      "configuration is wrong.");
  command->callback(
      [options, &context] { context.exit_code = History(*options, context.console); });
}

}  // namespace hydrant
