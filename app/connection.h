// FindConnection: which node a command talks to, and with which access key.
// Owner:   main thread
// Errors:  kInvalidArgument: the configuration is wrong, or a key lacks its secret
#pragma once

#include "app/config_choice.h"
#include "app/http_session.h"
#include "engine/base/status.h"
#include "engine/config/node_config.h"

#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace hydrant {

struct ConnectionChoice {
  std::string endpoint;
  std::string access_key_id;
  TlsFiles tls;
  ConfigChoice config;
};

// Adds --endpoint, --access-key, --ca-file, --client-cert, --client-key, --config and --set.
void AddConnectionOptions(CLI::App& command, ConnectionChoice& choice);

// Of --help of these commands.
inline constexpr char kCredentialsHelp[] =
    "The access key is that of --access-key, else of HYDRANT_ACCESS_KEY_ID,\n"
    "HYDRANT_SECRET_ACCESS_KEY and, if it is temporary, HYDRANT_SESSION_TOKEN, else the first of\n"
    "the configuration, else of AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN\n"
    "(over https or to this machine only). With --endpoint the configuration is read only when\n"
    "--config names it. What is signed is signed for the region of\n"
    "an endpoint of AWS, else for the configuration's, else for AWS_REGION.\n";

struct Connection {
  std::string endpoint;  // without a '/' at its end
  AccessKey key;         // an empty id: none
  TlsFiles tls;
  // Of signatures: the endpoint's if it is AWS's; else the configuration's when it is read, else AWS_REGION or AWS_DEFAULT_REGION.
  std::string region = "us-east-1";
};
// "eu-central-1" of https://firehose.eu-central-1.amazonaws.com; "" of another service's.
std::string RegionOfEndpoint(std::string_view endpoint);

StatusOr<Connection> FindConnection(const ConnectionChoice& choice);

}  // namespace hydrant
