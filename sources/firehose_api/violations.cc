#include "sources/firehose_api/violations.h"

#include <algorithm>

namespace hydrant::firehose_api {
namespace {

constexpr size_t kExcerptBytesMax = 256;
constexpr size_t kStreamNameCharactersMax = 64;

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.' || c == '-';
}

}  // namespace

void Violations::Add(std::string_view value, std::string_view path, std::string_view constraint) {
  if (told_.size() == kToldMax) return;
  std::string& text = told_.emplace_back("Value ");
  text.append(value).append(" at '").append(path);
  text.append("' failed to satisfy constraint: Member must ").append(constraint);
}

void Violations::Append(const Violations& others) {
  for (const std::string& text : others.told_) {
    if (told_.size() < kToldMax) told_.push_back(text);
  }
}

ApiError Violations::ToError() const {
  std::string message = std::to_string(told_.size());
  message.append(told_.size() == 1 ? " validation error" : " validation errors");
  message.append(" detected: ");
  for (size_t i = 0; i < told_.size(); ++i) message.append(i == 0 ? "" : "; ").append(told_[i]);
  return ApiError::Validation(std::move(message));
}

std::string Excerpt(std::string_view text) {
  if (text.size() <= kExcerptBytesMax) return std::string(text);
  size_t end = kExcerptBytesMax;
  while (end > 0 && IsContinuation(text[end])) --end;
  return std::string(text.substr(0, end)).append("...");
}

void CheckStreamName(std::string_view name, Violations& violations) {
  constexpr std::string_view kPath = "deliveryStreamName";
  const std::string value = "'" + Excerpt(name) + "'";
  if (name.empty() || !std::all_of(name.begin(), name.end(), IsNameCharacter)) {
    violations.Add(value, kPath, "satisfy regular expression pattern: [a-zA-Z0-9_.-]+");
  }
  const auto characters = static_cast<size_t>(
      std::count_if(name.begin(), name.end(), [](char c) { return !IsContinuation(c); }));
  if (characters == 0) {
    violations.Add(value, kPath, "have length greater than or equal to 1");
  } else if (characters > kStreamNameCharactersMax) {
    violations.Add(value, kPath, "have length less than or equal to 64");
  }
}

}  // namespace hydrant::firehose_api
