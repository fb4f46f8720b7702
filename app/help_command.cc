#include "app/commands.h"

#include <CLI/CLI.hpp>

#include <memory>

namespace hydrant {

void AddHelpCommand(CLI::App& app, CommandContext& context) {
  CLI::App* command = app.add_subcommand("help", "What there is, or what a command does");
  auto name = std::make_shared<std::string>();
  command->add_option("command", *name, "The command to explain: hydrant help run");
  command->footer("Examples:\n  hydrant help\n  hydrant help run");
  command->callback([&app, name, &context] {
    const std::string unknown = name->empty() ? "" : UnknownCommand(app, *name);
    if (unknown.empty()) {
      const CLI::App* explained = name->empty() ? &app : app.get_subcommand(*name);
      // Not App::help, which would explain the command that was called: this one.
      const std::string title = app.get_name() + (name->empty() ? "" : " " + *name);
      context.console.out << app.get_formatter()->make_help(explained, title,
                                                            CLI::AppFormatMode::Normal);
      return;
    }
    context.console.Error(unknown);
    context.exit_code = kExitUsage;
  });
}

}  // namespace hydrant
