#include "app/commands.h"
#include "app/config_choice.h"

#include <CLI/CLI.hpp>

#include <memory>

namespace hydrant {
namespace {

int Validate(const ConfigChoice& choice, const Console& console) {
  const StatusOr<ChosenConfig> chosen = LoadChosenConfig(choice, ConfigCheck::kWithFiles);
  if (!chosen.ok()) {
    console.err << Message(chosen.status()) << "\n";
    return kExitFailed;
  }
  console.out << chosen->origin << ": right, with " << chosen->config.streams.size()
              << (chosen->config.streams.size() == 1 ? " stream\n" : " streams\n");
  return kExitOk;
}

}  // namespace

void AddValidateCommand(CLI::App& app, CommandContext& context) {
  CLI::App* command =
      app.add_subcommand("validate", "Tell everything that is wrong with a configuration");
  auto choice = std::make_shared<ConfigChoice>();
  AddConfigOptions(*command, *choice);
  command->footer(
      "Examples:\n"
      "  hydrant validate --config hydrant.yaml\n"
      "  hydrant validate --config hydrant.yaml --set memory=\"512 MiB\"\n\n"
      "Certificates and keys are loaded, as \"hydrant run\" would. Nothing is started, nothing is\n"
      "changed, no destination is asked. Exit codes: 0 right; 1 wrong, with one line\n"
      "for each error: FILE:LINE:COLUMN: SETTING: \"VALUE\" RULE; HOW TO MEND IT.");
  command->callback([choice, &context] { context.exit_code = Validate(*choice, context.console); });
}

}  // namespace hydrant
