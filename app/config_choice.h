// LoadChosenConfig: the configuration that a command line means, read and checked.
// Owner:   main thread
// Errors:  kInvalidArgument with everything that is wrong, a line each
#pragma once

#include "engine/base/status.h"
#include "engine/config/node_config.h"

#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace hydrant {

struct ConfigChoice {
  std::string file;  // --config; empty: ./hydrant.yaml where there is one, else the defaults
  std::vector<std::string> overrides;  // --set
};

// Adds --config and --set.
void AddConfigOptions(CLI::App& command, ConfigChoice& choice);

struct ChosenConfig {
  NodeConfig config;
  std::string origin;  // "hydrant.yaml", "built-in defaults"
};

// kWithFiles: also what the settings name outside the configuration must be usable by this process:
// for those who will use it, or want to know.
enum class ConfigCheck { kSettings, kWithFiles };
StatusOr<ChosenConfig> LoadChosenConfig(const ConfigChoice& choice,
                                        ConfigCheck check = ConfigCheck::kSettings);

// "http://127.0.0.1:4573": how a client on this machine reaches a listener ("0.0.0.0:4573").
std::string LocalUrl(const std::string& address, bool tls);

// Adds --admin: the URL of a node's operation listener.
void AddAdminOption(CLI::App& command, std::string& url);
// Where that listens, without a '/' at its end: as `given`, or as the configuration has it.
StatusOr<std::string> AdminUrl(std::string given, const ConfigChoice& choice);
// What a node's operation listener says is wrong with a request; "": the answer is not that listener's.
std::string AdminErrorOf(std::string_view body);

}  // namespace hydrant
