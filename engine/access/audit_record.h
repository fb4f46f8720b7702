// RenderAuditRecord: one call of the control plane as CloudTrail records it: one line of JSON.
// Owner:   pure; any thread
// Units:   what a request said is left out where it is larger than kAuditRequestBytesMax
// Source:  AWS CloudTrail User Guide, "CloudTrail record contents for management events"; Firehose developer guide,
//          "monitoring-using-cloudtrail": members in lower camel case
#pragma once

#include "engine/stream/api_error.h"

#include <absl/time/time.h>

#include <string>
#include <string_view>

namespace hydrant {

inline constexpr size_t kAuditRequestBytesMax = 100 * 1024;

struct AuditEvent {
  absl::Time time;
  std::string_view region;
  std::string_view account_id;
  std::string_view access_key_id;  // empty: requests are not authenticated
  std::string_view user_arn;
  std::string_view remote;  // address and port
  std::string_view user_agent;
  std::string_view operation;
  std::string_view request;  // JSON, as it came
  const ApiReply* reply;
  std::string_view request_id;
  std::string_view event_id;
};

// Without a line end. What is sensitive by the model's table is left out of the request, and so is what the model
// does not know, but for our key `Hydrant`.
std::string RenderAuditRecord(const AuditEvent& event);

}  // namespace hydrant
