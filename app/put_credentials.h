// FindPutCredentials: the access key of commands that talk to a node: what `hydrant put` sends as user and password of
// HTTP Basic, and others sign with.
// Owner:   any thread
#pragma once

#include "engine/base/status.h"
#include "engine/config/node_config.h"

#include <functional>
#include <optional>
#include <string>

namespace hydrant {

using Environment = std::function<std::optional<std::string>(const std::string& name)>;

// In this order: `access_key_id` (from the command line) with HYDRANT_SECRET_ACCESS_KEY; the pair
// of HYDRANT_ variables; the first of `configured`; the pair of AWS_ variables, which go only over
// TLS or to this machine. An empty key id: none. kInvalidArgument: an id without its secret.
StatusOr<AccessKey> FindPutCredentials(const std::string& access_key_id,
                                       const std::vector<AccessKey>& configured,
                                       const std::string& endpoint, const Environment& environment);

}  // namespace hydrant
