// ReplayGuard: remembers the latest signatures, so that a request that was captured can't be sent again.
// AWS has no such check for Firehose, and two equal requests of one second may have one signature (clients that
// sign no id of their own: curl), so it is off unless a number is configured.
// Owner:   any thread
// Units:   at most `signatures_max` signatures, about 70 bytes each; the oldest are forgotten first
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/synchronization/mutex.h>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace hydrant::aws {

class ReplayGuard {
 public:
  // 0: nothing is remembered, everything is new.
  explicit ReplayGuard(size_t signatures_max) : signatures_max_(signatures_max) {}

  // False when `signature` (verified, hex) was seen before.
  bool IsNew(std::string_view signature);
  // It is new again.
  void Forget(std::string_view signature);

 private:
  // Half of a signature's bits: nobody can make two that are valid and agree in them.
  using Mark = std::pair<uint64_t, uint64_t>;

  static Mark MarkOf(std::string_view signature);

  const size_t signatures_max_;
  absl::Mutex mutex_;
  // With the number that it came as: one that was forgotten and came again has two places in the ring.
  absl::flat_hash_map<Mark, uint64_t> seen_ ABSL_GUARDED_BY(mutex_);
  std::vector<Mark> order_ ABSL_GUARDED_BY(mutex_);  // a ring, once it is full
  uint64_t count_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace hydrant::aws
