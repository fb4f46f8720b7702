// FindConnection: which node a command talks to, and with which access key.
// Owner:   main thread
// Errors:  kInvalidArgument: the configuration is wrong, or a key lacks its secret
#pragma once

#include "app/config_choice.h"
#include "engine/base/status.h"
#include "engine/config/node_config.h"

#include <string>

namespace CLI {
class App;
}

namespace hydrant {

struct ConnectionChoice {
  std::string endpoint;
  std::string access_key_id;
  std::string ca_file;
  ConfigChoice config;
};

// Adds --endpoint, --access-key, --ca-file, --config and --set.
void AddConnectionOptions(CLI::App& command, ConnectionChoice& choice);

struct Connection {
  std::string endpoint;  // without a '/' at its end
  AccessKey key;         // an empty id: none
  // Of signatures: the node's when the configuration is asked, else AWS_REGION or AWS_DEFAULT_REGION.
  std::string region = "us-east-1";
};
StatusOr<Connection> FindConnection(const ConnectionChoice& choice);

}  // namespace hydrant
