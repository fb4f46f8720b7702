#include "app/commands.h"
#include "app/connection.h"
#include "app/export_report.h"
#include "app/firehose_client.h"
#include "engine/exchange/cloudformation.h"
#include "engine/exchange/streams_yaml.h"
#include "engine/exchange/terraform.h"
#include "engine/stream/description_import.h"
#include "engine/stream/json_text.h"

#include <CLI/CLI.hpp>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <map>
#include <memory>

namespace hydrant {
namespace {

using Json = nlohmann::json;

constexpr absl::Duration kTimeout = absl::Seconds(30);

struct ExportOptions {
  std::vector<std::string> streams;
  std::string format = "yaml";
  std::string admin;
  ConnectionChoice connection;
};

struct Form {
  std::string_view name;
  Exported (*write)(StreamRequests requests);
  std::string_view secrets;  // what stands for them
  bool for_a_node = false;   // which may not be able to run all of it
};
constexpr Form kForms[] = {
    {"yaml", StreamsYaml, "environment variables", true},
    {"cloudformation", CloudFormationTemplate, "parameters"},
    {"terraform", TerraformDocument, "variables"},
};

// What streams have under `Hydrant`, by their names.
using Settings = std::map<std::string, Json>;

StatusOr<Settings> ReadSettings(const std::string& admin) {
  HttpSession session({.timeout = kTimeout});
  const std::string url = admin + "/settings";
  const StatusOr<HttpReply> reply = session.Get(url);
  if (!reply.ok()) {
    return WithContext(reply.status(), "no answer; --admin names the operation listener");
  }
  const auto answer = ParseJsonText(reply->body);
  const Json* streams = nullptr;
  if (answer && answer->contains("streams")) streams = &(*answer)["streams"];
  if (reply->status != 200 || streams == nullptr || !streams->is_object()) {
    return Unavailable(url + " answered " + std::to_string(reply->status) +
                       "; --admin must name the operation listener (`admin` of the configuration)");
  }
  Settings settings;
  for (const auto& [name, value] : streams->items()) settings[name] = value;
  return settings;
}

// One stream as the request that makes it.
StatusOr<ImportedStream> ReadStream(FirehoseClient& client, const std::string& name,
                                    const Settings& settings) {
  ASSIGN_OR_RETURN(const Json description, client.Describe(name));
  ASSIGN_OR_RETURN(ImportedStream stream, ImportDescription(description));
  ASSIGN_OR_RETURN(const Json tags, client.ListTags(name));
  if (!tags.empty()) stream.request["Tags"] = tags;
  const auto own = settings.find(name);
  if (own != settings.end() && !own->second.empty()) stream.request["Hydrant"] = own->second;
  return stream;
}

struct Gathered {
  StreamRequests requests;
  std::vector<std::string> remarks;
};

StatusOr<Gathered> Gather(FirehoseClient& client, const ExportOptions& options,
                          const Settings& settings) {
  std::vector<std::string> names;
  // Each once: no two streams of a document share a name.
  for (const std::string& name : options.streams) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  if (names.empty()) {
    ASSIGN_OR_RETURN(names, client.ListStreams());
  }
  Gathered gathered;
  for (const std::string& name : names) {
    StatusOr<ImportedStream> stream = ReadStream(client, name, settings);
    if (absl::IsNotFound(stream.status()) && options.streams.empty()) {
      gathered.remarks.push_back(name + ": deleted meanwhile, and left out");
      continue;
    }
    if (!stream.ok()) return WithContext(stream.status(), name);
    gathered.requests.push_back(std::move(stream->request));
    for (const std::string& remark : stream->remarks) {
      gathered.remarks.push_back(absl::StrCat(name, ": ", remark));
    }
  }
  return gathered;
}

// Without an operation listener there are none: a node that is named by --endpoint may have one or not.
StatusOr<Settings> SettingsFor(const std::string& admin, std::vector<std::string>& remarks) {
  if (!admin.empty()) return ReadSettings(admin);
  remarks.push_back(
      "what streams have under `Hydrant` is not asked for, as it is no part of the Firehose API; "
      "--admin names a node's operation listener");
  return Settings();
}

int Fail(const Console& console, const Status& status, int code) {
  console.Error("export: " + std::string(Message(status)));
  return code;
}

int Export(const ExportOptions& options, const Console& console) {
  const StatusOr<Connection> connection = FindConnection(options.connection);
  if (!connection.ok()) return Fail(console, connection.status(), kExitUsage);
  std::string admin = options.admin;
  if (options.connection.endpoint.empty() || !admin.empty()) {
    const StatusOr<std::string> url = AdminUrl(admin, options.connection.config);
    if (!url.ok()) return Fail(console, url.status(), kExitUsage);
    admin = *url;
  }
  std::vector<std::string> remarks;
  const StatusOr<Settings> settings = SettingsFor(admin, remarks);
  if (!settings.ok()) return Fail(console, settings.status(), kExitFailed);
  FirehoseClient client(MakeFirehoseHooks(*connection));
  StatusOr<Gathered> gathered = Gather(client, options, *settings);
  if (!gathered.ok()) return Fail(console, gathered.status(), kExitFailed);
  const Form& form = *std::find_if(std::begin(kForms), std::end(kForms),
                                   [&](const Form& known) { return known.name == options.format; });
  remarks.insert(remarks.end(), gathered->remarks.begin(), gathered->remarks.end());
  if (form.for_a_node) {
    const std::vector<std::string> missing = MissingFor(gathered->requests);
    remarks.insert(remarks.end(), missing.begin(), missing.end());
  }
  Exported exported = form.write(std::move(gathered->requests));
  exported.remarks.insert(exported.remarks.begin(), remarks.begin(), remarks.end());
  console.out << exported.text;
  TellOfExport(exported, form.secrets, console);
  return kExitOk;
}

}  // namespace

void AddExportCommand(CLI::App& app, CommandContext& context) {
  CLI::App* command = app.add_subcommand(
      "export", "Write streams as hydrant.yaml, CloudFormation or Terraform has them");
  auto options = std::make_shared<ExportOptions>();
  command->add_option("STREAM", options->streams, "Names of streams (default: all)");
  command->add_option("--format", options->format, "What to write")
      ->check(CLI::IsMember({"yaml", "cloudformation", "terraform"}))
      ->capture_default_str();
  AddAdminOption(*command, options->admin);
  AddConnectionOptions(*command, options->connection);
  command->footer(
      "Examples:\n"
      "  hydrant export > streams.yaml\n"
      "  hydrant export access-logs --format cloudformation > streams.json\n"
      "  hydrant export --format terraform --endpoint https://firehose.eu-central-1.amazonaws.com "
      "> streams.tf.json\n\n"
      "Streams are asked for as any client asks: by the Firehose API, of a node or of AWS (whose\n"
      "region is AWS_REGION). What they have under `Hydrant` comes from the operation listener.\n"
      "Secrets are not written: environment variables (yaml), parameters (cloudformation) or\n"
      "variables (terraform) stand for them. Standard error lists these, and what a format can't\n"
      "say.\n\n" +
      std::string(kCredentialsHelp) +
      "\n"
      "Exit codes: 0 written; 1 no usable answer, or no such stream; 2 the command line or the\n"
      "configuration is wrong.");
  command->callback([options, &context] { context.exit_code = Export(*options, context.console); });
}

}  // namespace hydrant
