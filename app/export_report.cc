#include "app/export_report.h"

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

}  // namespace hydrant
