// ParseJsonText: JSON from outside, with a bound on its depth.
// Owner:   any thread
// Errors:  nothing where the text is no JSON, no UTF-8, or nested deeper than 64 levels
#pragma once

#include <nlohmann/json.hpp>

#include <optional>
#include <string_view>

namespace hydrant {

std::optional<nlohmann::json> ParseJsonText(std::string_view text);

}  // namespace hydrant
