// ReadConfig: a configuration file and overrides to a NodeConfig, with everything wrong told at
// once.
// Owner:   any thread; pure but for the environment and the files that the text names Errors: in
//          the answer, in the order of the file; never a secret, nor what came from outside the
//          file
// Source:  docs/configuration.md
#pragma once

#include "engine/config/config_error.h"
#include "engine/config/node_config.h"
#include "engine/config/value_sources.h"
#include "engine/stream/definition_parser.h"

#include <string>
#include <string_view>
#include <vector>

namespace hydrant {

struct ConfigSource {
  std::string name;                    // of the file, for messages
  std::string text;                    // YAML; empty: defaults
  std::vector<std::string> overrides;  // "log.durability=os", later ones win
  ValueSources values = ValueSources::System();
  StreamSupport support;     // for `streams:`
  bool check_files = false;  // also load the files that the settings name (ValidateFiles)
};

struct ConfigResult {
  NodeConfig config;  // to be used only when there are no errors
  std::vector<ConfigError> errors;
};

ConfigResult ReadConfig(const ConfigSource& source);

}  // namespace hydrant
