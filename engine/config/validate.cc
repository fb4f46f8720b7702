#include "engine/config/validate.h"

#include "engine/config/values.h"
#include "engine/io/listen_address.h"

#include <set>

namespace hydrant {
namespace {

class Checker {
 public:
  explicit Checker(const NodeConfig& config) : config_(config) {}

  std::vector<ConfigError> Run() {
    CheckAuth();
    CheckListener("listen", config_.listen);
    CheckListener("admin", config_.admin);
    CheckSameAddress();
    CheckTls();
    CheckClientCa();
    CheckS3Keys();
    CheckLog();
    return std::move(errors_);
  }

 private:
  void Fail(std::string path, std::string value, std::string rule, std::string mend) {
    errors_.push_back({.path = std::move(path),
                       .value = std::move(value),
                       .rule = std::move(rule),
                       .mend = std::move(mend)});
  }

  void CheckAuth() {
    if (config_.auth == AuthMode::kSigV4 && config_.credentials.empty()) {
      Fail("auth", "sigv4", "needs access keys to check signatures against",
           "add at least one entry to credentials");
    }
    std::set<std::string_view> ids;
    for (size_t i = 0; i < config_.credentials.size(); ++i) {
      if (config_.auth == AuthMode::kNone && !config_.credentials[i].policy.empty()) {
        Fail("credentials[" + std::to_string(i) + "].policy", "",
             "binds nobody while auth is none: no request is asked for its key",
             "set auth: sigv4, or leave the policy out");
      }
      const std::string& id = config_.credentials[i].access_key_id;
      if (id.empty() || ids.insert(id).second) continue;
      Fail("credentials[" + std::to_string(i) + "].access_key_id", id,
           "is the name of another entry too", "give each access key its own name");
    }
  }

  void CheckListener(const std::string& path, const std::string& address) {
    if (IsLoopback(address)) return;
    if (!config_.credentials.empty() || config_.auth == AuthMode::kNone) return;
    Fail(path, address, "is open to other machines, and no credentials are configured",
         "add credentials, listen on 127.0.0.1, or say auth: none");
  }

  void CheckSameAddress() {
    const auto listen = ParseListenAddress(config_.listen);
    const auto admin = ParseListenAddress(config_.admin);
    if (!listen.ok() || !admin.ok() || listen->second != admin->second || listen->second == 0) {
      return;
    }
    const auto any = [](const std::string& host) { return host == "0.0.0.0" || host == "::"; };
    if (listen->first != admin->first && !any(listen->first) && !any(admin->first)) return;
    Fail("admin", config_.admin, "must not take the same address and port as listen",
         "give one of them another port");
  }

  void CheckTls() {
    const bool certificate = !config_.tls_certificate_file.empty();
    const bool key = !config_.tls_private_key_file.empty();
    if (certificate && !key) {
      Fail("tls.certificate_file", config_.tls_certificate_file, "needs a private key",
           "set tls.private_key_file too");
    }
    if (key && !certificate) {
      Fail("tls.private_key_file", config_.tls_private_key_file, "needs a certificate",
           "set tls.certificate_file too");
    }
  }

  void CheckClientCa() {
    if (config_.tls_client_ca_file.empty() || !config_.tls_certificate_file.empty()) return;
    Fail("tls.client_ca_file", config_.tls_client_ca_file, "needs TLS",
         "set tls.certificate_file and tls.private_key_file too");
  }

  void CheckS3Keys() {
    const S3EndpointConfig& s3 = config_.s3;
    if (!s3.access_key_id.empty() && s3.secret_access_key.empty()) {
      Fail("s3.access_key_id", "", "needs a secret", "set s3.secret_access_key too");
    }
    if (!s3.secret_access_key.empty() && s3.access_key_id.empty()) {
      Fail("s3.secret_access_key", "(secret)", "needs the name of its key",
           "set s3.access_key_id too");
    }
    if (!s3.session_token.empty() && (s3.access_key_id.empty() || s3.secret_access_key.empty())) {
      Fail("s3.session_token", "(secret)", "needs the key that it belongs to",
           "set s3.access_key_id and s3.secret_access_key too");
    }
  }

  void CheckLog() {
    if (config_.log.quota_bytes < 2 * config_.log.segment_bytes) {
      Fail("log.quota", RenderSize(config_.log.quota_bytes),
           "must be at least twice log.segment_size (" + RenderSize(config_.log.segment_bytes) +
               "), or no finished segment could be trimmed in time",
           "raise log.quota or lower log.segment_size");
    }
  }

  const NodeConfig& config_;
  std::vector<ConfigError> errors_;
};

}  // namespace

std::vector<ConfigError> ValidateNode(const NodeConfig& config) { return Checker(config).Run(); }

}  // namespace hydrant
