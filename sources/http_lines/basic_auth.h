// BasicAuth: HTTP Basic with an access key id as the user and its secret as the password, for curl
// and log shippers that cannot sign.
// Owner:   any thread
// Source:  RFC 7617
#pragma once

#include "engine/config/node_config.h"

#include <string>
#include <string_view>
#include <vector>

namespace hydrant::http_lines {

class BasicAuth {
 public:
  explicit BasicAuth(const std::vector<AccessKey>& keys);
  // Whether the value of an Authorization header uses this scheme at all.
  static bool Offered(std::string_view authorization);
  // The id of the key that it names with its secret; empty: of none. Takes the same time whichever part
  // of a key is wrong.
  std::string KeyOf(std::string_view authorization) const;

 private:
  struct Key {
    std::string id;
    std::string digest;  // SHA-256 of "id:secret"
  };
  std::vector<Key> keys_;
};

}  // namespace hydrant::http_lines
