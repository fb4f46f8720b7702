// ObjectName: the last part of a delivered object's key, after its evaluated prefix.
// Owner:   any thread
// Source:  developer guide, "s3-prefixes" (suffix) and "basic-deliver" (object name format)
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace hydrant {

// Who sends an object.
struct ObjectOrigin {
  std::string stream;
  uint64_t version = 1;
  std::string replay = {};  // its id; empty: live records
};

// `<stream>-<version>-<yyyy>-<MM>-<dd>-<HH>-<mm>-<ss>-<uuid><extension>`; with `replay-<id>-` before
// the time when a replay sends it. `oldest` is the arrival of the oldest record in the object;
// `extension` begins with its dot, or is empty.
std::string ObjectName(const ObjectOrigin& origin, absl::Time oldest,
                       const absl::TimeZone& time_zone, std::string_view uuid,
                       std::string_view extension);

}  // namespace hydrant
