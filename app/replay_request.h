// ReplayOptions: what a command line of `hydrant replay` asks for: checked, as the node is asked, and as a command
// that people can run.
// Owner:   pure; any thread
// Errors:  kInvalidArgument: names field, value and rule
#pragma once

#include "app/config_choice.h"
#include "app/replay_status.h"
#include "engine/base/status.h"

#include <absl/time/time.h>

#include <string>

namespace hydrant {

struct ReplayOptions {
  std::string stream;
  std::string from, to, destination, rate;
  bool dry_run = false;
  bool detach = false;
  bool list = false;
  std::string stop;  // a replay's id
  std::string admin;
  ConfigChoice config;
};

Status CheckReplayOptions(const ReplayOptions& options, absl::Time now);

// What the node is sent to start it.
std::string ReplayRequest(const ReplayOptions& options);

// Quoted for a shell, with what leads to the same node. `admin`: where that listens; it stands in for --set, which may
// hold a secret.
std::string GoOnCommand(const ReplayOptions& options, const std::string& admin,
                        const ReplayStatus& replay);
std::string StopCommand(const ReplayOptions& options, const std::string& admin,
                        const std::string& id);

}  // namespace hydrant
