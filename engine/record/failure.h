// Failure: why records will not reach their destination, as their error documents tell it.
// Owner:   immutable once made
// Source:  developer guide, "basic-deliver", "data-transformation", "s3-prefixes"
#pragma once

#include "engine/record/position.h"

#include <absl/time/time.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace hydrant {

struct Failure {
  PositionRanges positions;  // of the records it is about
  // Error output type: "processing-failed", "splunk-failed", …; a part of the error object's key.
  std::string type;
  std::string error_code;
  std::string error_message;
  uint32_t attempts = 0;
  absl::Time ended;  // the last attempt
  // What the records looked like when they failed: as they came in, or after the transforms.
  bool transformed = true;
  // The destination's own fields of a document, in order: {"esIndexName", "logs"}.
  std::vector<std::pair<std::string, std::string>> details = {};
  bool operator==(const Failure&) const = default;
};

}  // namespace hydrant
