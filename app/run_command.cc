#include "app/commands.h"
#include "app/config_choice.h"
#include "app/run_node.h"
#include "engine/base/logging.h"
#include "engine/config/option_docs.h"

#include <CLI/CLI.hpp>

#include <memory>

namespace hydrant {
namespace {

int Run(const ConfigChoice& choice, const Console& console) {
  const StatusOr<ChosenConfig> chosen = LoadChosenConfig(choice, ConfigCheck::kWithFiles);
  if (!chosen.ok()) {
    console.err << Message(chosen.status()) << "\n";
    console.Error("not started: the configuration is wrong (hydrant validate checks it)");
    return kExitUsage;
  }
  ConfigureLogging(chosen->config.log_level, chosen->config.log_format);
  LogInfo("configuration read", {{"from", chosen->origin}});
  return RunNode(chosen->config);
}

}  // namespace

void AddRunCommand(CLI::App& app, CommandContext& context) {
  CLI::App* command = app.add_subcommand("run", "Run a node until SIGTERM or SIGINT");
  auto choice = std::make_shared<ConfigChoice>();
  AddConfigOptions(*command, *choice);
  command->footer(
      "Examples:\n"
      "  hydrant run\n"
      "  hydrant run --config hydrant.yaml --set log.durability=os\n"
      "  hydrant run --set s3.endpoint=file:///srv/buckets --set data_dir=/var/lib/hydrant\n\n"
      "SIGTERM or SIGINT drains: intake stops, what is buffered is delivered within\n"
      "drain_timeout, the rest stays in the record log. A second one ends at once.\n\n"
      "Settings, name by name (docs/configuration.md says more):\n" +
      RenderOptionsHelp());
  command->callback([choice, &context] { context.exit_code = Run(*choice, context.console); });
}

}  // namespace hydrant
