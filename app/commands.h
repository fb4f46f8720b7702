// The commands of `hydrant`, one file each: each adds its options to the command line and, when it
// is called, leaves the process's exit code in the context.
// Owner:   main thread
#pragma once

#include "app/console.h"

#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace hydrant {

struct CommandContext {
  Console console;
  int exit_code = kExitOk;
};

void AddRunCommand(CLI::App& app, CommandContext& context);
void AddValidateCommand(CLI::App& app, CommandContext& context);
void AddPutCommand(CLI::App& app, CommandContext& context);
void AddBenchCommand(CLI::App& app, CommandContext& context);
void AddStreamsCommand(CLI::App& app, CommandContext& context);
void AddHistoryCommand(CLI::App& app, CommandContext& context);
void AddReplayCommand(CLI::App& app, CommandContext& context);
void AddExportCommand(CLI::App& app, CommandContext& context);
void AddImportCommand(CLI::App& app, CommandContext& context);
void AddVersionCommand(CLI::App& app, CommandContext& context);
void AddHelpCommand(CLI::App& app, CommandContext& context);
void AddDocsCommand(CLI::App& app, CommandContext& context);

// What is wrong with a word where a command is expected, or nothing.
std::string UnknownCommand(const CLI::App& app, std::string_view word);

// The whole command line: parses, runs the command, returns the exit code.
int RunCommandLine(int argc, const char* const* argv, const Console& console);

}  // namespace hydrant
