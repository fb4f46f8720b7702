#include "engine/stream/key_name.h"

#include "engine/base/status.h"

#include <absl/strings/str_format.h>

namespace hydrant {

std::string ObjectName(const ObjectOrigin& origin, absl::Time oldest,
                       const absl::TimeZone& time_zone, std::string_view uuid,
                       std::string_view extension) {
  const std::string mark = origin.replay.empty() ? "" : "replay-" + origin.replay + "-";
  const absl::CivilSecond at = absl::ToCivilSecond(oldest, time_zone);
  return absl::StrFormat("%s-%d-%s%04d-%02d-%02d-%02d-%02d-%02d-%s%s", origin.stream,
                         origin.version, mark, at.year(), at.month(), at.day(), at.hour(),
                         at.minute(), at.second(), ToAbsl(uuid), ToAbsl(extension));
}

}  // namespace hydrant
