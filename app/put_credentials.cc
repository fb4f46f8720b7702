#include "app/put_credentials.h"

#include "app/http_session.h"

namespace hydrant {
namespace {

AccessKey PairOf(const Environment& environment, const std::string& prefix) {
  return {environment(prefix + "ACCESS_KEY_ID").value_or(""),
          environment(prefix + "SECRET_ACCESS_KEY").value_or(""),
          environment(prefix + "SESSION_TOKEN").value_or("")};
}

}  // namespace

StatusOr<AccessKey> FindPutCredentials(const std::string& access_key_id,
                                       const std::vector<AccessKey>& configured,
                                       const std::string& endpoint,
                                       const Environment& environment) {
  AccessKey own = PairOf(environment, "HYDRANT_");
  if (!access_key_id.empty()) own.access_key_id = access_key_id;
  if (!own.access_key_id.empty()) {
    if (!own.secret_access_key.empty()) return own;
    return InvalidArgument("access key \"" + own.access_key_id +
                           "\" lacks its secret; set HYDRANT_SECRET_ACCESS_KEY");
  }
  for (const AccessKey& key : configured) {
    if (key.session_token.empty()) return key;  // HTTP Basic has no place for a token
  }
  AccessKey aws = PairOf(environment, "AWS_");
  const bool whole = !aws.access_key_id.empty() && !aws.secret_access_key.empty();
  if (whole && (endpoint.starts_with("https://") || IsLocalUrl(endpoint))) return aws;
  return AccessKey();
}

}  // namespace hydrant
