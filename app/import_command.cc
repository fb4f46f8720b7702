#include "app/commands.h"
#include "app/connection.h"
#include "app/export_report.h"
#include "app/import_apply.h"
#include "app/import_input.h"
#include "engine/config/value_sources.h"
#include "engine/exchange/export_names.h"
#include "engine/exchange/streams_yaml.h"

#include <CLI/CLI.hpp>
#include <absl/strings/str_cat.h>

#include <memory>
#include <set>

namespace hydrant {
namespace {

struct ImportOptions {
  std::vector<std::string> files;
  std::string format = "yaml";
  bool apply = false;
  ConnectionChoice connection;
};

// The requests of all files, and what they don't say.
struct Input {
  StreamRequests requests;
  std::vector<std::string> remarks;
};

StatusOr<Input> ReadInput(const std::vector<std::string>& files) {
  Input input;
  std::set<std::string> names;
  for (const std::string& file : files) {
    ASSIGN_OR_RETURN(const std::string text, ReadImportFile(file));
    const std::string source = file == "-" ? "standard input" : file;
    ASSIGN_OR_RETURN(std::vector<ImportedStream> streams, ReadDescriptions(text, source));
    for (ImportedStream& stream : streams) {
      const std::string name = StreamName(stream.request);
      if (!names.insert(name).second) {
        return InvalidArgument(absl::StrCat(source, ": the stream ", name,
                                            " is described twice; leave one of the two out"));
      }
      for (const std::string& remark : stream.remarks) {
        input.remarks.push_back(absl::StrCat(name, ": ", remark));
      }
      input.requests.push_back(std::move(stream.request));
    }
  }
  return input;
}

int Fail(const Console& console, const Status& status, int code) {
  console.Error("import: " + std::string(Message(status)));
  return code;
}

int Write(Input input, const ImportOptions& options, const Console& console) {
  const bool yaml = options.format == "yaml";
  if (yaml) {
    const std::vector<std::string> missing = MissingFor(input.requests);
    input.remarks.insert(input.remarks.end(), missing.begin(), missing.end());
  }
  Exported exported =
      yaml ? StreamsYaml(std::move(input.requests)) : StreamsJson(std::move(input.requests));
  input.remarks.push_back("tags are no part of descriptions: add them as Tags");
  exported.remarks.insert(exported.remarks.begin(), input.remarks.begin(), input.remarks.end());
  console.out << exported.text;
  TellOfExport(exported, yaml ? "environment variables" : "values in place of ${NAME}", console);
  return kExitOk;
}

int Apply(Input input, const ImportOptions& options, const Console& console) {
  const StatusOr<Connection> connection = FindConnection(options.connection);
  if (!connection.ok()) return Fail(console, connection.status(), kExitUsage);
  for (const std::string& remark : input.remarks) console.err << "note: " << Plain(remark) << "\n";
  FirehoseClient client(MakeFirehoseHooks(*connection));
  const StatusOr<ImportOutcome> outcome =
      ApplyImport(std::move(input.requests), client, ValueSources::System().environment,
                  [&](const std::string& line) { console.out << Plain(line) << std::endl; });
  if (!outcome.ok()) {
    const bool usage = absl::IsInvalidArgument(outcome.status());
    return Fail(console, outcome.status(), usage ? kExitUsage : kExitFailed);
  }
  return outcome->different + outcome->refused + outcome->failing == 0 ? kExitOk : kExitFailed;
}

int Import(const ImportOptions& options, const Console& console) {
  const std::vector<std::string> standard_input = {"-"};
  StatusOr<Input> input = ReadInput(options.files.empty() ? standard_input : options.files);
  if (!input.ok()) return Fail(console, input.status(), kExitFailed);
  return options.apply ? Apply(*std::move(input), options, console)
                       : Write(*std::move(input), options, console);
}

}  // namespace

void AddImportCommand(CLI::App& app, CommandContext& context) {
  CLI::App* command =
      app.add_subcommand("import", "Make definitions of what describe-delivery-stream printed");
  auto options = std::make_shared<ImportOptions>();
  command->add_option("FILE", options->files, "Files to read, - for standard input (the default)");
  command
      ->add_option("--format", options->format,
                   "What to write: streams of hydrant.yaml, or requests of CreateDeliveryStream")
      ->check(CLI::IsMember({"yaml", "create"}))
      ->capture_default_str();
  command->add_flag("--apply", options->apply, "Create the streams at a node instead");
  AddConnectionOptions(*command, options->connection);
  command->footer(
      "Examples:\n"
      "  aws firehose describe-delivery-stream --delivery-stream-name logs | hydrant import\n"
      "  hydrant import logs.json orders.json > streams.yaml\n"
      "  ORDERS_PASSWORD=... hydrant import orders.json --apply --endpoint http://10.0.0.5:4573\n\n"
      "Descriptions hold no secrets: ${NAME} stands for each, and standard error lists them. With\n"
      "--apply they are taken from environment variables of these names; when one is missing\n"
      "nothing is created. A stream that is there already is compared and never touched.\n\n" +
      std::string(kCredentialsHelp) +
      "\n"
      "Exit codes: 0 written, or all streams are as described; 1 a file could not be used, or a\n"
      "stream differs, is refused or can't run; 2 the command line, the configuration or a secret "
      "is "
      "missing or wrong.");
  command->callback([options, &context] { context.exit_code = Import(*options, context.console); });
}

}  // namespace hydrant
