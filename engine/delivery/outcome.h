// DeliveryOutcome: what one attempt came to, as the sink read the destination's answer.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hydrant {

enum class OutcomeKind {
  kDelivered,  // the destination has it
  kRetry,      // not now: try the same chunk again (after `retry_after`, if given)
  kReject,     // never: the destination will not take these records as they are
};

// What a retry or reject means for the operator.
enum class Severity {
  kTransient,  // passes by itself: 5xx, throttling, time-outs, resets
  kOperator,  // will not pass until someone acts (NoSuchBucket, AccessDenied, bad credentials); still retried, slowly
};

struct RecordOutcome {
  uint32_t index = 0;  // record within the chunk
  OutcomeKind kind = OutcomeKind::kDelivered;
  std::string error_code;
  std::string error_message;
};

struct DeliveryOutcome {
  OutcomeKind kind = OutcomeKind::kRetry;
  Severity severity = Severity::kTransient;
  // AWS's delivery error code where it has one ("S3.AccessDenied"). No secrets.
  std::string error_code;
  std::string error_message;
  std::optional<absl::Duration> retry_after;
  // Only where the protocol tells per record, and then only for records that were not delivered.
  std::vector<RecordOutcome> records;

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
};

}  // namespace hydrant
