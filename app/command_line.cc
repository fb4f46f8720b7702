#include "app/commands.h"
#include "engine/config/nearest_name.h"

#include <CLI/CLI.hpp>

#include <vector>

namespace hydrant {
namespace {

constexpr char kFooter[] =
    R"(Examples:
  hydrant run --config hydrant.yaml
  hydrant validate --config hydrant.yaml
  tail -F access.log | hydrant put access-logs
  hydrant streams --watch

Exit codes: 0 done; 1 failed at run time; 2 the command line or the configuration is wrong.)";

// What is wrong with the first word where a command is expected, or nothing.
std::string UnknownCommand(const CLI::App& app, std::string_view word) {
  if (word.starts_with('-'))
    return "\"" + Plain(word) + "\" is no option here; a command comes first";
  std::vector<std::string_view> names;
  for (const CLI::App* command : app.get_subcommands({})) {
    if (command->get_name() == word) return "";
    names.push_back(command->get_name());
  }
  const std::string_view nearest = NearestName(word, names);
  return "\"" + Plain(word) + "\" is not a command" +
         (nearest.empty() ? "" : "; did you mean \"hydrant " + std::string(nearest) + "\"?");
}

int Parse(CLI::App& app, int argc, const char* const* argv, CommandContext& context) {
  if (argc < 2) {
    context.console.err << app.help();
    return kExitUsage;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return app.exit(help, context.console.out, context.console.err);
  } catch (const CLI::ParseError& error) {
    const std::string unknown = UnknownCommand(app, argv[1]);
    context.console.Error((unknown.empty() ? error.what() : unknown) +
                          "\nRun \"hydrant --help\" for what there is.");
    return kExitUsage;
  }
  return context.exit_code;
}

}  // namespace

int RunCommandLine(int argc, const char* const* argv, const Console& console) {
  CommandContext context{console};
  try {
    CLI::App app("hydrant: an open, self-hosted Amazon Data Firehose.", "hydrant");
    app.require_subcommand(1);
    app.footer(kFooter);
    AddRunCommand(app, context);
    AddValidateCommand(app, context);
    AddPutCommand(app, context);
    AddStreamsCommand(app, context);
    AddVersionCommand(app, context);
    AddDocsCommand(app, context);
    return Parse(app, argc, argv, context);
  } catch (const std::exception& error) {
    console.Error(std::string("unexpected failure: ") + error.what());
    return kExitFailed;
  }
}

}  // namespace hydrant
