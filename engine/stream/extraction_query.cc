#include "engine/stream/extraction_query.h"

#include <algorithm>

namespace hydrant {
namespace {

constexpr std::string_view kSpace = " \t\r\n";
constexpr std::string_view kNameCharacters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";

void SkipSpace(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(kSpace), text.size()));
}

// Of the string that `text` begins with; npos: it has no end, or parts that are computed.
size_t LengthOfString(std::string_view text) {
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') return i + 1;
    if (text[i] == '\\' && ++i < text.size() && text[i] == '(') break;
  }
  return std::string_view::npos;
}

// A key that stands there as it is; empty: another kind of one.
std::string ReadKey(std::string_view entry) {
  SkipSpace(entry);
  if (!entry.starts_with('"')) {
    return std::string(entry.substr(0, entry.find_first_not_of(kNameCharacters)));
  }
  const size_t length = LengthOfString(entry);
  const std::string_view key = entry.substr(1, std::max<size_t>(length, 2) - 2);
  const bool plain = length != std::string_view::npos && key.find('\\') == std::string_view::npos;
  return plain ? std::string(key) : "";
}

// How long the entry is that `text` begins with: up to the comma or brace that ends it. npos: who knows.
size_t LengthOfEntry(std::string_view text) {
  int depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '#') break;  // a comment
    if (c == '"') {
      const size_t length = LengthOfString(text.substr(i));
      if (length == std::string_view::npos) break;
      i += length - 1;
    } else if (depth == 0 && (c == ',' || c == '}')) {
      return i;
    } else if (c == '{' || c == '[' || c == '(') {
      ++depth;
    } else if (c == '}' || c == ']' || c == ')') {
      --depth;
    }
  }
  return std::string_view::npos;
}

}  // namespace

std::vector<std::string> KeysOfQuery(std::string_view query) {
  std::vector<std::string> keys;
  SkipSpace(query);
  if (!query.starts_with('{')) return {};
  while (!query.starts_with('}')) {
    query.remove_prefix(1);
    const size_t length = LengthOfEntry(query);
    if (length == std::string_view::npos) return {};
    std::string key = ReadKey(query.substr(0, length));
    if (!key.empty()) keys.push_back(std::move(key));
    query.remove_prefix(length);
  }
  query.remove_prefix(1);
  SkipSpace(query);
  if (!query.empty()) return {};
  return keys;
}

}  // namespace hydrant
