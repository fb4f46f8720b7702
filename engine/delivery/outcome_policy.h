// Decide: what becomes of a chunk after an attempt. Pure.
// Owner:   any thread
// Units:   record indices within the chunk
#pragma once

#include "engine/base/clock.h"
#include "engine/delivery/outcome.h"
#include "engine/delivery/retry_policy.h"

#include <absl/time/time.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace hydrant {

// So often may a component crash on a chunk, then the chunk is quarantined.
inline constexpr int kCrashesMax = 3;

// What the chunk has been through, the attempt at hand counted in.
struct AttemptHistory {
  int failures = 0;                                   // attempts that failed, crashes among them
  int crashes = 0;                                    // attempts that the component crashed on
  absl::Duration failing_for = absl::ZeroDuration();  // since the first of them
};

// Records [begin, end). Lists of them are sorted, disjoint and not adjacent.
struct RecordRange {
  uint32_t begin = 0;
  uint32_t end = 0;
  bool operator==(const RecordRange&) const = default;
};

// Records that will not be delivered, for one reason; it makes a Failure of the ledger.
struct GivenUp {
  std::vector<RecordRange> records;
  std::string error_code;
  std::string error_message;
  std::vector<std::pair<std::string, std::string>> details;
};

struct ChunkDecision {
  enum class Kind {
    kDelivered,  // all of it
    kRetry,      // the whole chunk again, after `delay`
    kSplit,      // `left` again, after `delay`; `given_up` never; the rest is delivered
  };
  Kind kind = Kind::kDelivered;
  absl::Duration delay = absl::ZeroDuration();
  std::vector<RecordRange> left;
  std::vector<GivenUp> given_up;  // by their first records
  // Given up because the component crashes on it, not because the destination refuses it.
  bool quarantined = false;
};

// A rejection is final; so is a failure after the policy's duration. A crash does not count as the
// destination's failure: it is tried again until the third. An outcome that tells of a record that the chunk lacks,
// or twice of one, is wrong: nothing of it is believed, and the chunk is tried again.
ChunkDecision Decide(const RetryPolicy& policy, const DeliveryOutcome& outcome,
                     const AttemptHistory& history, uint32_t record_count, Entropy& entropy);

}  // namespace hydrant
