#include "engine/config/file_check.h"

#include "engine/io/tls_files.h"

namespace hydrant {

std::vector<ConfigError> ValidateFiles(const NodeConfig& config) {
  std::vector<ConfigError> errors;
  const auto add = [&](const std::optional<TlsFileProblem>& problem) {
    if (!problem) return;
    errors.push_back({.path = problem->setting,
                      .value = problem->file,
                      .rule = problem->rule,
                      .mend = problem->mend});
  };
  if (!config.tls_certificate_file.empty() && !config.tls_private_key_file.empty()) {
    add(CheckTlsFiles(
        {config.tls_certificate_file, config.tls_private_key_file, config.tls_client_ca_file}));
  }
  if (!config.s3.ca_file.empty()) add(CheckCaFile("s3.ca_file", config.s3.ca_file));
  return errors;
}

}  // namespace hydrant
