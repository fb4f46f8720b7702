#include "engine/stream/api_error.h"

#include <nlohmann/json.hpp>

namespace hydrant {

ApiError ApiError::StreamNotFound(std::string_view name, std::string_view account) {
  std::string message = "Firehose ";
  message.append(name).append(" under account ").append(account).append(" not found.");
  return {"ResourceNotFoundException", std::move(message), 400};
}

std::string RenderApiError(const ApiError& error) {
  const nlohmann::ordered_json body = {{"__type", error.type}, {"message", error.message}};
  // A message may repeat bytes of a request that are no UTF-8.
  return body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace hydrant
