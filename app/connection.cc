#include "app/connection.h"

#include "app/client_credentials.h"
#include "engine/config/value_sources.h"

#include <CLI/CLI.hpp>

#include <vector>

namespace hydrant {

void AddConnectionOptions(CLI::App& command, ConnectionChoice& choice) {
  command.add_option("--endpoint", choice.endpoint,
                     "URL of the node (default: `listen` of the configuration)");
  command.add_option("--access-key", choice.access_key_id,
                     "Id of the access key; its secret is the configuration's or\n"
                     "$HYDRANT_SECRET_ACCESS_KEY (default: $HYDRANT_ACCESS_KEY_ID)");
  command.add_option("--ca-file", choice.tls.ca_file, "Authorities that may vouch for the node");
  CLI::Option* certificate =
      command.add_option("--client-cert", choice.tls.client_certificate_file,
                         "Certificate to show to a node that asks for one (PEM)");
  CLI::Option* key =
      command.add_option("--client-key", choice.tls.client_key_file, "Its private key (PEM)");
  certificate->needs(key);
  key->needs(certificate);
  AddConfigOptions(command, choice.config);
}

std::string RegionOfEndpoint(std::string_view endpoint) {
  const size_t scheme = endpoint.find("://");
  std::string_view host = endpoint.substr(scheme == endpoint.npos ? 0 : scheme + 3);
  host = host.substr(0, host.find_first_of(":/"));
  const size_t service = host.find('.');
  const size_t domain = host.find(".amazonaws.com");
  const bool aws = host.starts_with("firehose") && domain != host.npos && service < domain;
  return aws ? std::string(host.substr(service + 1, domain - service - 1)) : "";
}

StatusOr<Connection> FindConnection(const ConnectionChoice& choice) {
  const Environment environment = ValueSources::System().environment;
  Connection connection;
  connection.endpoint = choice.endpoint;
  connection.tls = choice.tls;
  std::vector<AccessKey> configured;
  if (choice.endpoint.empty() || !choice.config.file.empty()) {
    ASSIGN_OR_RETURN(const ChosenConfig chosen, LoadChosenConfig(choice.config));
    if (choice.endpoint.empty()) {
      connection.endpoint =
          LocalUrl(chosen.config.listen, !chosen.config.tls_certificate_file.empty());
    }
    connection.region = chosen.config.region;
    configured = chosen.config.credentials;
  } else {
    for (const char* name : {"AWS_DEFAULT_REGION", "AWS_REGION"}) {
      connection.region = environment(name).value_or(connection.region);
    }
  }
  while (connection.endpoint.ends_with('/')) connection.endpoint.pop_back();
  // AWS takes no signature for another region than that of its endpoint.
  const std::string region = RegionOfEndpoint(connection.endpoint);
  if (!region.empty()) connection.region = region;
  ASSIGN_OR_RETURN(connection.key, FindCredentials(choice.access_key_id, configured,
                                                   connection.endpoint, environment));
  return connection;
}

}  // namespace hydrant
