// Records: what is sent, made or read before the clock starts.
// Owner:   immutable once made; any thread
// Units:   bytes; a record is a line, newline included
// Errors:  MakeRecords: kInvalidArgument names what is wrong with the sample; others: it can't be
//          read
#pragma once

#include "bench/load/load_plan.h"
#include "engine/base/status.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hydrant::load {

class Records {
 public:
  size_t size() const { return ends_.size(); }
  std::string_view at(size_t index) const;
  void Add(std::string_view record);

 private:
  std::string text_;
  std::vector<size_t> ends_;
};

// The sample's lines; or generated ones, which compress about as well as logs do. When the plan
// says so, each has room for a stamp at its front.
StatusOr<Records> MakeRecords(const LoadPlan& plan);

}  // namespace hydrant::load
