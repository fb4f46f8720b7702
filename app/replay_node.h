// ReplayNode: the replays of one stream, asked of a node's operation listener.
// Owner:   not thread-safe: caller serializes; blocks
// Errors:  kInvalidArgument: the request is wrong; kNotFound: the node has no such stream or replay; any other: no
//          usable answer, or refused
#pragma once

#include "app/http_session.h"
#include "app/replay_status.h"
#include "engine/base/status.h"

#include <functional>
#include <string>
#include <vector>

namespace hydrant {

class ReplayNode {
 public:
  // `admin`: its listener's URL. Once `stopped` says so, a request under way gets two seconds; null: never.
  ReplayNode(const std::string& admin, const std::string& stream,
             std::function<bool()> stopped = nullptr);

  // `request`: a ReplaySpec. Of a dry run, the plan.
  StatusOr<ReplayStatus> Start(const std::string& request);
  StatusOr<std::vector<ReplayStatus>> List();
  StatusOr<ReplayStatus> Stop(const std::string& id);

 private:
  const std::string url_;
  HttpSession session_;
};

}  // namespace hydrant
