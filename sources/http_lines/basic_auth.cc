#include "sources/http_lines/basic_auth.h"

#include "engine/base/status.h"

#include <absl/strings/escaping.h>
#include <absl/strings/match.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>

namespace hydrant::http_lines {
namespace {

constexpr std::string_view kScheme = "Basic ";

// Of equal length for any input, so that a comparison tells nothing about lengths.
std::string Digest(std::string_view text) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

}  // namespace

BasicAuth::BasicAuth(const std::vector<AccessKey>& keys) {
  for (const AccessKey& key : keys) {
    // A temporary key is one with its token, for which Basic has no place.
    if (!key.session_token.empty()) continue;
    keys_.push_back({key.access_key_id, Digest(key.access_key_id + ":" + key.secret_access_key)});
  }
}

bool BasicAuth::Offered(std::string_view authorization) {
  return absl::StartsWithIgnoreCase(ToAbsl(authorization), ToAbsl(kScheme));
}

std::string BasicAuth::KeyOf(std::string_view authorization) const {
  std::string given;
  if (!Offered(authorization) ||
      !absl::Base64Unescape(ToAbsl(authorization.substr(kScheme.size())), &given)) {
    return {};
  }
  const std::string digest = Digest(given);
  std::string found;
  for (const Key& key : keys_) {
    if (CRYPTO_memcmp(digest.data(), key.digest.data(), digest.size()) == 0) found = key.id;
  }
  return found;
}

}  // namespace hydrant::http_lines
