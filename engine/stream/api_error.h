// ApiError: an error as the Firehose API says it.
// Source:  firehose 2015-08-04 service model (exceptions); AWS JSON 1.1 protocol
//          ("__type", "message")
#pragma once

#include "engine/base/status.h"

#include <string>
#include <string_view>
#include <variant>

namespace hydrant {

struct ApiError {
  std::string type;  // "ResourceNotFoundException"
  std::string message;
  int http_status = 400;

  static ApiError Validation(std::string message) {
    return {"ValidationException", std::move(message), 400};
  }
  static ApiError Serialization(std::string message) {
    return {"SerializationException", std::move(message), 400};
  }
  static ApiError InvalidArgument(std::string message) {
    return {"InvalidArgumentException", std::move(message), 400};
  }
  static ApiError StreamNotFound(std::string_view name, std::string_view account);
  static ApiError SlowDown() { return {"ServiceUnavailableException", "Slow down.", 503}; }
  static ApiError InternalFailure(std::string message) {
    return {"InternalFailure", std::move(message), 500};
  }
};

// A reply's JSON text, or the error.
using ApiReply = std::variant<std::string, ApiError>;

// {"__type":"…","message":"…"}
std::string RenderApiError(const ApiError& error);

}  // namespace hydrant
