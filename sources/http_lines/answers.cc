#include "sources/http_lines/answers.h"

#include <nlohmann/json.hpp>

namespace hydrant::http_lines {
namespace {

HttpResponse Json(int status, const nlohmann::ordered_json& json) {
  HttpResponse response;
  response.status = status;
  response.content_type = "application/json";
  // Messages may quote what the client sent, which need not be UTF-8.
  response.body = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  response.body.push_back('\n');
  return response;
}

}  // namespace

HttpResponse Accepted(uint64_t records, uint64_t bytes) {
  return Json(200, {{"records", records}, {"bytes", bytes}});
}

HttpResponse Refused(const ApiError& error, uint64_t durable_records) {
  HttpResponse response =
      Json(error.http_status, {{"error", {{"type", error.type}, {"message", error.message}}},
                               {"records", durable_records}});
  if (error.http_status == 503) response.headers.emplace_back("Retry-After", "1");
  if (error.http_status == 405) response.headers.emplace_back("Allow", "POST");
  if (error.http_status == 415) {
    response.headers.emplace_back("Accept-Encoding", "gzip, zstd, identity");
  }
  if (error.http_status == 401) {
    response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"hydrant\"");
  }
  return response;
}

ApiError ToApiError(const Status& status) {
  const std::string message(Message(status));
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
      return ApiError::InvalidArgument(message);
    case absl::StatusCode::kUnauthenticated:
      return ApiError{"InvalidSignatureException", message, 403};
    case absl::StatusCode::kOutOfRange:
      return ApiError{"RequestTooLargeException", message, 413};
    case absl::StatusCode::kResourceExhausted:
      return ApiError::SlowDown();
    case absl::StatusCode::kNotFound:
      return ApiError{"ResourceNotFoundException", "The stream is being deleted.", 404};
    case absl::StatusCode::kDeadlineExceeded:
      return ApiError{"RequestTimeoutException", message, 408};
    case absl::StatusCode::kUnavailable:
      return ApiError{"ServiceUnavailableException", message, 503};
    default:
      return ApiError::InternalFailure("The request could not be handled.");
  }
}

}  // namespace hydrant::http_lines
