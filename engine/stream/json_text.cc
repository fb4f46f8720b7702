#include "engine/stream/json_text.h"

namespace hydrant {
namespace {

// Firehose's own shapes are 8 levels deep; what is deeper only costs stack.
constexpr int kDepthMax = 64;

}  // namespace

std::optional<nlohmann::json> ParseJsonText(std::string_view text) {
  bool too_deep = false;
  const auto watch_depth = [&](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
    too_deep = too_deep || depth > kDepthMax;
    return !too_deep;
  };
  auto value = nlohmann::json::parse(text, watch_depth, /*allow_exceptions=*/false);
  if (too_deep || value.is_discarded()) return std::nullopt;
  return value;
}

}  // namespace hydrant
