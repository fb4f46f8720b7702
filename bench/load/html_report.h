// HtmlReport: a result (ResultJson) as one page that needs nothing else: figures, plots as SVG, options.
// Owner:   any thread
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace hydrant::load {

std::string HtmlReport(const nlohmann::ordered_json& result);

// `text` with nothing that HTML or an attribute would take for its own.
std::string EscapeHtml(std::string_view text);

}  // namespace hydrant::load
