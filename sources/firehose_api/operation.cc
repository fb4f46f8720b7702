#include "sources/firehose_api/operation.h"

#include "engine/base/status.h"

#include <absl/strings/match.h>

#include <algorithm>

namespace hydrant::firehose_api {
namespace {

constexpr std::string_view kTargetPrefix = "Firehose_20150804.";

HttpResponse NoOperationAnswer() {
  return {.status = 403,
          .content_type = "text/xml",
          .body =
              "<AccessDeniedException>\n  <Message>Unable to determine service/operation name "
              "to be authorized</Message>\n</AccessDeniedException>\n"};
}

HttpResponse UnknownContentTypeAnswer() {
  return {.status = 404, .content_type = "text/xml", .body = "<UnknownOperationException/>\n"};
}

// Parameters such as a charset do not matter.
bool IsAwsJson(std::string_view content_type) {
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  return absl::EqualsIgnoreCase(ToAbsl(type), ToAbsl(kContentType)) ||
         absl::EqualsIgnoreCase(ToAbsl(type), "application/x-amz-json-1.0");
}

}  // namespace

std::variant<Operation, ApiError, HttpResponse> ReadOperation(const HttpRequestHead& head) {
  if (head.method != "POST") return NoOperationAnswer();
  const std::string_view target = head.Header("x-amz-target");
  if (!IsAwsJson(head.Header("content-type"))) {
    if (target.find('.') == std::string_view::npos) return NoOperationAnswer();
    return UnknownContentTypeAnswer();
  }
  if (target.starts_with(kTargetPrefix)) {
    const auto found =
        std::find(kOperations.begin(), kOperations.end(), target.substr(kTargetPrefix.size()));
    if (found != kOperations.end()) return static_cast<Operation>(found - kOperations.begin());
  }
  return ApiError{"UnknownOperationException", "", 400};
}

}  // namespace hydrant::firehose_api
