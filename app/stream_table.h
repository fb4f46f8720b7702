// The list of streams as a node's operation listener gives it, and as a table for people.
// Owner:   pure; any thread
// Errors:  kInvalidArgument: the answer is not such a list
#pragma once

#include "engine/base/status.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hydrant {

struct StreamRow {
  std::string name;
  std::string state;
  std::string detail;
  std::string destination;
  uint64_t backlog_records = 0;
  uint64_t backlog_bytes = 0;
  double lag_seconds = 0;
  double records_in_per_second = 0;
  double records_out_per_second = 0;
  uint64_t delivered_records = 0;
  std::string last_error;
};

StatusOr<std::vector<StreamRow>> ParseStreamList(std::string_view json);

std::string RenderStreamTable(const std::vector<StreamRow>& rows, bool colour);

}  // namespace hydrant
