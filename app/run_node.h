// RunNode: a node from start to signal: what `hydrant run` does once the configuration is right.
// Owner:   the main thread, logging configured; signals are blocked in every thread started by it
#pragma once

#include "engine/config/node_config.h"

namespace hydrant {

// SIGTERM and SIGINT drain: no more records are taken, what is buffered is delivered within
// `drain_timeout`, the rest stays in the log. A second one ends the process at once, losing nothing
// acknowledged. Returns the exit code: 0 after a drain, 1 when the node could not start.
int RunNode(const NodeConfig& config);

}  // namespace hydrant
