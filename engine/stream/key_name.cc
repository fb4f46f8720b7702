#include "engine/stream/key_name.h"

#include "engine/base/status.h"

#include <absl/strings/str_format.h>

namespace hydrant {

std::string ObjectName(std::string_view stream, uint64_t version, absl::Time oldest,
                       const absl::TimeZone& time_zone, std::string_view uuid,
                       std::string_view extension) {
  const absl::CivilSecond at = absl::ToCivilSecond(oldest, time_zone);
  return absl::StrFormat("%s-%d-%04d-%02d-%02d-%02d-%02d-%02d-%s%s", ToAbsl(stream), version,
                         at.year(), at.month(), at.day(), at.hour(), at.minute(), at.second(),
                         ToAbsl(uuid), ToAbsl(extension));
}

}  // namespace hydrant
