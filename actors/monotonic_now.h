// MonotonicNow: an actor's clock, which only goes forward and which tests turn. Not of the calendar.
#pragma once

#include <absl/time/time.h>

namespace hydrant {

template <typename Actor>
absl::Time MonotonicNow(Actor& actor) {
  return absl::UnixEpoch() + absl::FromChrono(actor.clock().now().time_since_epoch());
}

}  // namespace hydrant
