// FollowReplay: starts a replay and stays with it to its end.
// Owner:   main thread; blocks. A first signal stops the replay, after a second one its end is not waited for
// Errors:  those of ReplayNode
#pragma once

#include "app/console.h"
#include "app/replay_request.h"
#include "engine/base/status.h"

#include <string>

namespace hydrant {

// `admin`: the URL of the node's operation listener. Returns the process's exit code.
StatusOr<int> FollowReplay(const ReplayOptions& options, const std::string& admin,
                           const Console& console);

}  // namespace hydrant
