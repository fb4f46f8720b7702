// Records: what is sent, made or read before the clock starts.
// Owner:   immutable once made; any thread
// Units:   bytes; a record is a line, newline included; its stamp, when there is one, goes before it
//          and is not part of what is kept
// Errors:  MakeRecords: kInvalidArgument names what is wrong with the sample; others: it can't be
//          read
#pragma once

#include "bench/load/load_plan.h"
#include "engine/base/status.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace hydrant::load {

class Records {
 public:
  Records() = default;
  // The lines of `text` that are `kept`, which are asked for without their ends.
  Records(std::string text, bool (*kept)(std::string_view line));

  size_t size() const { return starts_.size(); }
  std::string_view at(size_t index) const;

 private:
  std::string text_;  // ends with a newline
  std::vector<size_t> starts_;
};

// The sample's lines; or generated ones, which look like logs and compress about as well.
StatusOr<Records> MakeRecords(const LoadPlan& plan);

}  // namespace hydrant::load
