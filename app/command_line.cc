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
  hydrant bench --stream load-test --rate 50000 --html report.html
  hydrant streams --watch
  hydrant replay access-logs --from "1h ago" --dry-run
  hydrant export > streams.yaml

Exit codes: 0 done; 1 failed at run time; 2 the command line or the configuration is wrong.)";

// What is wrong with the first unknown option of the command that was called, or nothing.
std::string UnknownOption(const CLI::App& app) {
  for (const CLI::App* command : app.get_subcommands()) {
    for (const std::string& extra : command->remaining()) {
      if (!extra.starts_with('-')) continue;
      const std::string written = extra.substr(0, extra.find('='));
      std::vector<std::string> known;
      for (const CLI::Option* option : command->get_options()) {
        for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
      }
      const std::string_view nearest =
          NearestName(written, std::vector<std::string_view>(known.begin(), known.end()));
      return "\"" + Plain(written) + "\" is no option of \"hydrant " + command->get_name() + "\"" +
             (nearest.empty() ? "" : "; did you mean \"" + std::string(nearest) + "\"?");
    }
  }
  return "";
}

// A sentence for a person of what CLI11 could not parse.
std::string Explain(const CLI::App& app, std::string_view first_word,
                    const CLI::ParseError& error) {
  std::string text = UnknownCommand(app, first_word);
  if (text.empty() && dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    text = UnknownOption(app);
  }
  return text.empty() ? error.what() : text;
}

// "put ", once a command is known.
std::string CommandName(const CLI::App& app) {
  const std::vector<CLI::App*> commands = app.get_subcommands();
  return commands.empty() ? "" : commands.front()->get_name() + " ";
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
    context.console.Error(Explain(app, argv[1], error) + "\nRun \"hydrant " + CommandName(app) +
                          "--help\" for what there is.");
    return kExitUsage;
  }
  return context.exit_code;
}

// A list on a full disk is not a list.
int Written(const Console& console, int code) {
  if (console.out.flush()) return code;
  console.Error("standard output could not be written");
  return kExitFailed;
}

}  // namespace

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

int RunCommandLine(int argc, const char* const* argv, const Console& console) {
  CommandContext context{console};
  try {
    CLI::App app("hydrant: an open, self-hosted Amazon Data Firehose.", "hydrant");
    app.require_subcommand(1);
    app.footer(kFooter);
    AddRunCommand(app, context);
    AddValidateCommand(app, context);
    AddPutCommand(app, context);
    AddBenchCommand(app, context);
    AddStreamsCommand(app, context);
    AddHistoryCommand(app, context);
    AddReplayCommand(app, context);
    AddExportCommand(app, context);
    AddImportCommand(app, context);
    AddVersionCommand(app, context);
    AddDocsCommand(app, context);
    AddHelpCommand(app, context);
    return Written(console, Parse(app, argc, argv, context));
  } catch (const std::exception& error) {
    console.Error(std::string("unexpected failure: ") + error.what());
    return kExitFailed;
  }
}

}  // namespace hydrant
