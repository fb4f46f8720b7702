#include "app/commands.h"
#include "engine/config/option_docs.h"

#include <CLI/CLI.hpp>

#include <memory>

namespace hydrant {

void AddDocsCommand(CLI::App& app, CommandContext& context) {
  CLI::App* command =
      app.add_subcommand("docs", "Print the reference of all settings (Markdown or JSON Schema)");
  auto schema = std::make_shared<bool>(false);
  command->add_flag("--schema", *schema,
                    "JSON Schema of hydrant.yaml, for editors that check and complete");
  command->footer(
      "Examples:\n"
      "  hydrant docs > docs/configuration.md\n"
      "  hydrant docs --schema > hydrant.schema.json");
  command->callback([schema, &context] {
    context.console.out << (*schema ? RenderOptionsSchema() : RenderOptionsPage());
  });
}

}  // namespace hydrant
