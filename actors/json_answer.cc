#include "actors/json_answer.h"

#include <nlohmann/json.hpp>

namespace hydrant {

HttpResponse JsonAnswer(int status, const nlohmann::ordered_json& json) {
  HttpResponse response;
  response.status = status;
  response.content_type = "application/json";
  // Names and messages may come from outside: invalid UTF-8 is replaced, not thrown.
  response.body =
      json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
  return response;
}

}  // namespace hydrant
