// DeliveryOutcome: what one attempt came to, as the sink read the destination's answer.
// Owner:   plain data
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hydrant {

enum class OutcomeKind {
  kDelivered,  // the destination has it
  kRetry,      // not now: try the same chunk again (after `retry_after`, if given)
  kReject,     // never: the destination will not take these records as they are
  kCrashed,    // the component failed on this chunk; said by who runs it, never by a sink
};

// What a retry or reject means for the operator.
enum class Severity {
  kTransient,  // passes by itself: 5xx, throttling, time-outs, resets
  kOperator,  // will not pass until someone acts (NoSuchBucket, AccessDenied, bad credentials); still retried, slowly
};

// What became of one record that was not delivered: kRetry or kReject.
struct RecordOutcome {
  uint32_t index = 0;  // record within the chunk
  OutcomeKind kind = OutcomeKind::kDelivered;
  std::string error_code;
  std::string error_message;
  // The destination's own fields of the record's error document, in order: {"esIndexName", "logs"}.
  std::vector<std::pair<std::string, std::string>> details = {};
};

struct DeliveryOutcome {
  OutcomeKind kind = OutcomeKind::kRetry;
  Severity severity = Severity::kTransient;
  // AWS's delivery error code where it has one ("S3.AccessDenied"). No secrets.
  std::string error_code;
  std::string error_message;
  std::optional<absl::Duration> retry_after;
  // Only where the protocol tells per record: those that were not delivered, each once. When there are
  // any, all others were, and `kind` only says how the destination is as a whole.
  std::vector<RecordOutcome> records;
  // Not delivered as far as we know, and the destination may have it all the same: the answer to what was
  // sent never came.
  bool ambiguous = false;
  // The destination asks for less (429, 503): there are too many attempts at once.
  bool throttled = false;

  static DeliveryOutcome Delivered() {
    DeliveryOutcome outcome;
    outcome.kind = OutcomeKind::kDelivered;
    return outcome;
  }
  static DeliveryOutcome Retry(std::string code, std::string message,
                               Severity severity = Severity::kTransient) {
    return {OutcomeKind::kRetry, severity, std::move(code), std::move(message), {}, {}};
  }
  static DeliveryOutcome Reject(std::string code, std::string message) {
    return {OutcomeKind::kReject, Severity::kOperator, std::move(code), std::move(message), {}, {}};
  }
  // What it had sent before it failed is unknown.
  static DeliveryOutcome Crashed(std::string what) {
    return {OutcomeKind::kCrashed,
            Severity::kTransient,
            "Hydrant.ComponentCrashed",
            std::move(what),
            {},
            {},
            /*ambiguous=*/true};
  }
};

}  // namespace hydrant
