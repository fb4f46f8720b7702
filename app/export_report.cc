#include "app/export_report.h"

#include "engine/build_support.h"
#include "engine/exchange/export_names.h"
#include "engine/stream/definition_parser.h"

#include <algorithm>

namespace hydrant {

void TellOfExport(const Exported& exported, std::string_view how, const Console& console) {
  for (const std::string& remark : exported.remarks) {
    console.err << "note: " << Plain(remark) << "\n";
  }
  if (exported.secrets.empty()) return;
  size_t width = 0;
  for (const SecretToFill& secret : exported.secrets) width = std::max(width, secret.name.size());
  console.err << "Secrets that nobody shows, to be given as " << how << ":\n";
  for (const SecretToFill& secret : exported.secrets) {
    console.err << "  " << secret.name << std::string(width - secret.name.size() + 2, ' ')
                << Plain(secret.stream) << ": " << Plain(secret.path)
                << (secret.optional ? " (if it has one; else remove the line)" : "") << "\n";
  }
}

std::vector<std::string> MissingFor(const StreamRequests& requests) {
  const NodeConfig config;
  ParseOptions options;
  options.support = BuiltInSupport();
  options.config = &config;
  std::vector<std::string> remarks;
  for (const nlohmann::ordered_json& ordered : requests) {
    const nlohmann::json request = ordered;
    for (const DefinitionProblem& problem : CheckDefinitionRules(request, ModelCheck(), options)) {
      if (!problem.missing) continue;
      remarks.push_back(
          StreamName(ordered) + ": " + problem.text +
          "; with this entry in its configuration a node of this build does not start");
    }
  }
  return remarks;
}

}  // namespace hydrant
