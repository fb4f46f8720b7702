// JsonAnswer: an answer of the operation listener that is a JSON document.
// Owner:   pure; any thread
#pragma once

#include "engine/io/http_server.h"

#include <nlohmann/json_fwd.hpp>

namespace hydrant {

HttpResponse JsonAnswer(int status, const nlohmann::ordered_json& json);

}  // namespace hydrant
