// FindCredentials: the access key of commands that talk to a node: they sign with it, or send it by HTTP Basic.
// Owner:   any thread
// Errors:  kInvalidArgument: an id without its secret
#pragma once

#include "engine/base/status.h"
#include "engine/config/node_config.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hydrant {

using Environment = std::function<std::optional<std::string>(const std::string& name)>;

// In this order: `access_key_id` (from the command line) as `configured` has it, else with
// HYDRANT_SECRET_ACCESS_KEY; the key of the HYDRANT_ variables, as `configured` has it when they lack the secret; the
// first of `configured`; that of the AWS_ variables, which goes only over TLS or to this machine. An empty key id:
// none. Of a temporary key the variables hold its SESSION_TOKEN, too.
StatusOr<AccessKey> FindCredentials(const std::string& access_key_id,
                                    const std::vector<AccessKey>& configured,
                                    const std::string& endpoint, const Environment& environment);

// What to add to a refusal of that type (an API error's) and message: "" when it is not about the key or its secret.
std::string KeyHint(std::string_view type, std::string_view message);

}  // namespace hydrant
