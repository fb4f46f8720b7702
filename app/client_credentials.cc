#include "app/client_credentials.h"

#include "app/http_session.h"

#include <algorithm>
#include <iterator>

namespace hydrant {
namespace {

constexpr std::string_view kKeyErrors[] = {"MissingAuthenticationTokenException",
                                           "MissingAuthenticationToken",
                                           "UnrecognizedClientException", "InvalidClientTokenId"};

AccessKey KeyOf(const Environment& environment, const std::string& prefix) {
  return {environment(prefix + "ACCESS_KEY_ID").value_or(""),
          environment(prefix + "SECRET_ACCESS_KEY").value_or(""),
          environment(prefix + "SESSION_TOKEN").value_or("")};
}

}  // namespace

StatusOr<AccessKey> FindCredentials(const std::string& access_key_id,
                                    const std::vector<AccessKey>& configured,
                                    const std::string& endpoint, const Environment& environment) {
  AccessKey own = KeyOf(environment, "HYDRANT_");
  if (!access_key_id.empty()) own.access_key_id = access_key_id;
  if (!access_key_id.empty() || own.secret_access_key.empty()) {
    const auto known =
        std::find_if(configured.begin(), configured.end(),
                     [&](const AccessKey& key) { return key.access_key_id == own.access_key_id; });
    if (known != configured.end()) return *known;
  }
  if (!own.access_key_id.empty()) {
    if (!own.secret_access_key.empty()) return own;
    return InvalidArgument("access key \"" + own.access_key_id +
                           "\" lacks its secret; set HYDRANT_SECRET_ACCESS_KEY, or name a "
                           "configuration that has the key (--config)");
  }
  if (!configured.empty()) return configured.front();
  AccessKey aws = KeyOf(environment, "AWS_");
  const bool whole = !aws.access_key_id.empty() && !aws.secret_access_key.empty();
  if (whole && (endpoint.starts_with("https://") || IsLocalUrl(endpoint))) return aws;
  return AccessKey();
}

std::string KeyHint(std::string_view type, std::string_view message) {
  // An invalid signature may also be one of another region, too old or used before.
  const bool wrong_secret = message.find("does not match the signature") != message.npos;
  if (!wrong_secret &&
      std::find(std::begin(kKeyErrors), std::end(kKeyErrors), type) == std::end(kKeyErrors)) {
    return "";
  }
  return "; set HYDRANT_ACCESS_KEY_ID and HYDRANT_SECRET_ACCESS_KEY to a key of its credentials, "
         "and HYDRANT_SESSION_TOKEN if that is temporary";
}

}  // namespace hydrant
