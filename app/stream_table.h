// The list of streams as a node's operation listener gives it, and as a table for people.
// Owner:   pure; any thread
// Errors:  kInvalidArgument: the answer is not such a list
#pragma once

#include "engine/base/status.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hydrant {

struct StreamRow {
  std::string name;
  std::string state;
  std::string destination;
  uint64_t backlog_records = 0;
  uint64_t backlog_bytes = 0;
  double lag_seconds = 0;
  double records_in_per_second = 0;
  double records_out_per_second = 0;
  uint64_t delivery_workers = 0;
  // Whatever else there is to say, a line each: why it does not run, where its records go instead, its backup.
  std::vector<std::string> notes;
  bool failing = false;
};

StatusOr<std::vector<StreamRow>> ParseStreamList(std::string_view json);

// Notes stand below their stream's line. Destinations are cut so that lines have at most `columns`, as far as that
// suffices; SIZE_MAX: nothing is cut.
std::string RenderStreamTable(const std::vector<StreamRow>& rows, bool colour, size_t columns);

}  // namespace hydrant
