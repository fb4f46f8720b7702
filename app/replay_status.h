// A replay as a node's operation listener tells of it, and in words for people.
// Owner:   pure; any thread
// Errors:  kInvalidArgument: the answer is no such thing
#pragma once

#include "engine/base/status.h"

#include <absl/time/time.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hydrant {

struct ReplayStatus {
  std::string id;
  std::string stream;
  std::string state;
  std::string detail;
  std::string destination;
  uint64_t from = 0;
  uint64_t to = 0;
  uint64_t reached = 0;
  std::string first_arrival;
  std::string last_arrival;
  uint64_t log_bytes = 0;
  uint64_t expected_objects = 0;
  uint64_t rate = 0;  // bytes a second; 0: no bound
  uint64_t delivered_records = 0;
  uint64_t delivered_bytes = 0;
  uint64_t given_up_records = 0;
  uint64_t missed_records = 0;
  std::string last_error;

  bool running() const { return state == "running"; }
};

StatusOr<ReplayStatus> ParseReplay(std::string_view json);
StatusOr<std::vector<ReplayStatus>> ParseReplayList(std::string_view json);

// What --dry-run prints.
std::string RenderPlan(const ReplayStatus& plan);
// One line, without its end, after so long.
std::string RenderProgress(const ReplayStatus& replay, absl::Duration elapsed);
// Of a replay that has ended: what it did, and how to go on where it was stopped. `go_on`: the command; empty: it can't.
std::string RenderEnd(const ReplayStatus& replay, absl::Duration elapsed, std::string_view go_on);
std::string RenderReplays(const std::vector<ReplayStatus>& replays);

}  // namespace hydrant
