#include "engine/base/bounded_text.h"

#include <nlohmann/json.hpp>
#include <simdjson.h>

namespace hydrant {

std::string BoundedText(std::string_view text, size_t bytes_max) {
  if (text.size() > bytes_max) {
    // Back to the first byte of the character that does not fit.
    size_t end = bytes_max;
    const size_t least = bytes_max < 4 ? 0 : bytes_max - 4;
    while (end > least && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    text = text.substr(0, end);
  }
  if (simdjson::validate_utf8(text.data(), text.size())) return std::string(text);
  using nlohmann::json;
  const std::string quoted =
      json(std::string(text)).dump(-1, ' ', false, json::error_handler_t::replace);
  return json::parse(quoted).get<std::string>();
}

}  // namespace hydrant
