// Node: a whole hydrant in one object: listeners, streams, runtimes. What the command line runs, and what a
// program embeds.
// Owner:   one thread starts, drains and ends it
// Errors:  Start: kFailedPrecondition: the data directory is in use or of a newer version; kPermissionDenied,
//          kResourceExhausted: the data directory can't be written; kUnavailable: a port is in use;
//          kInvalidArgument: a stream of the configuration is wrong
#pragma once

#include "engine/base/status.h"
#include "engine/config/node_config.h"

#include <absl/time/time.h>

#include <cstdint>
#include <memory>
#include <string>

namespace hydrant {

class Node {
 public:
  // Opens what is in the data directory, starts its streams, then listens.
  static StatusOr<std::unique_ptr<Node>> Start(const NodeConfig& config);
  // Stops at once; what is not delivered stays in the log.
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  uint16_t port() const;
  uint16_t admin_port() const;
  size_t stream_count() const;

  // Reads the TLS files again. They are looked at once a second anyway.
  void ReloadTls();
  // Takes no more records, answers the requests under way, delivers what is in the logs. Returns when
  // nothing is left (true) or `timeout` is over (false).
  bool Drain(absl::Duration timeout);

 private:
  struct Impl;
  explicit Node(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace hydrant
