// What an S3 server's answer means for a chunk: delivered, or retry with a reason. S3 never
// rejects: data that cannot be stored is held. Pure.
// Owner:   any thread
// Source:  Amazon S3 API Reference, "Error responses"; developer guide,
//          "monitoring-with-cloudwatch-logs" (delivery error codes)
#pragma once

#include "engine/base/status.h"
#include "engine/delivery/outcome.h"
#include "engine/io/http_client.h"

#include <absl/time/time.h>

#include <optional>
#include <string>
#include <string_view>

namespace hydrant::s3 {

struct S3Answer {
  int status = 0;
  std::string code;     // of the error document: "AccessDenied"; empty without one
  std::string message;  // likewise
  std::string region;   // where the bucket is, if the server says so
  std::optional<absl::Duration> retry_after;
};

// Reads what the outcome depends on. An error document is looked for in every answer, since
// CompleteMultipartUpload may fail behind a status of 200.
S3Answer ReadAnswer(const HttpClientResponse& response, absl::Time now);

// Text of the first element `name` in an XML document; nothing when it is missing, holds elements,
// is longer than 1 KiB or has characters that are no text. Never trusts the document.
std::optional<std::string> ExtractXmlText(std::string_view document, std::string_view name);

// `renewable_credentials`: expired ones are fetched anew, so that the next attempt may pass.
DeliveryOutcome ClassifyAnswer(const S3Answer& answer, bool renewable_credentials);
// For requests without an answer: ambiguous, unless nothing of it was sent.
DeliveryOutcome ClassifyTransport(const Status& status);

// Whether the answer says that the credentials are bad or at their end.
bool BlamesCredentials(const S3Answer& answer);

}  // namespace hydrant::s3
