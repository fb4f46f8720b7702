#include "app/bench_target.h"

#include "engine/codec/base64.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace hydrant {
namespace {

constexpr std::string_view kS3Scheme = "s3://";
constexpr std::string_view kFileScheme = "file://";

// The `s3` settings that count: the configuration's when it is read, as for the endpoint.
StatusOr<NodeConfig> DestinationConfig(const BenchOptions& options) {
  NodeConfig config;
  const ConnectionChoice& connection = options.connection;
  if (connection.endpoint.empty() || !connection.config.file.empty()) {
    ASSIGN_OR_RETURN(ChosenConfig chosen, LoadChosenConfig(connection.config));
    config = std::move(chosen.config);
  } else {
    for (const char* name : {"AWS_DEFAULT_REGION", "AWS_REGION"}) {
      if (const char* region = std::getenv(name)) config.region = region;
    }
  }
  if (!options.check_endpoint.empty()) config.s3.endpoint = options.check_endpoint;
  return config;
}

}  // namespace

// As `hydrant put` has it: plain lines take a key by HTTP Basic, which has no place for a temporary
// one's token; everything else is signed.
StatusOr<BenchTarget> FindBenchTarget(const BenchOptions& options, const load::LoadPlan& plan) {
  ASSIGN_OR_RETURN(const Connection connection, FindConnection(options.connection));
  BenchTarget target;
  load::Peer& peer = target.run.peer;
  ASSIGN_OR_RETURN(peer.endpoint, load::ParseEndpoint(connection.endpoint));
  ASSIGN_OR_RETURN(peer.addresses, load::FindAddresses(peer.endpoint));
  if (peer.endpoint.tls) {
    ASSIGN_OR_RETURN(peer.tls, load::MakeTlsContext({connection.tls.ca_file,
                                                     connection.tls.client_certificate_file,
                                                     connection.tls.client_key_file}));
  }
  const AccessKey& key = connection.key;
  if (key.access_key_id.empty()) return target;
  if (plan.operation == load::Operation::kLines && key.session_token.empty()) {
    target.run.authorization =
        "Basic " + EncodeBase64(key.access_key_id + ":" + key.secret_access_key);
  } else {
    target.signer = std::make_unique<PostSigner>(connection);
  }
  return target;
}

StatusOr<std::unique_ptr<load::Destination>> FindDestination(const BenchOptions& options) {
  if (!options.check) return std::unique_ptr<load::Destination>();
  const std::string& where = *options.check;
  const bool on_s3 = where.starts_with(kS3Scheme);
  if (where.empty() || where == kS3Scheme || (!on_s3 && where.find("://") != where.npos)) {
    return InvalidArgument("--check \"" + where + "\": must be s3://BUCKET/PREFIX or a directory");
  }
  if (!on_s3) return load::MakeDirectoryDestination(where);
  ASSIGN_OR_RETURN(const NodeConfig config, DestinationConfig(options));
  if (config.s3.endpoint.starts_with(kFileScheme)) {
    const std::string path = where.substr(kS3Scheme.size());
    const size_t slash = std::min(path.find('/'), path.size());
    return load::MakeDirectoryDestination(
        config.s3.endpoint.substr(kFileScheme.size()) + "/" + path.substr(0, slash),
        path.substr(std::min(slash + 1, path.size())));
  }
  return load::MakeS3Destination(where, config);
}

}  // namespace hydrant
