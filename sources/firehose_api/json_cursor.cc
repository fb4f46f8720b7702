#include "sources/firehose_api/json_cursor.h"

#include <simdjson.h>

namespace hydrant::firehose_api {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

void AppendUtf8(unsigned code_point, std::string& out) {
  const auto byte = [&](unsigned value) { out.push_back(static_cast<char>(value)); };
  if (code_point < 0x80) {
    byte(code_point);
  } else if (code_point < 0x800) {
    byte(0xc0 | code_point >> 6);
    byte(0x80 | (code_point & 0x3f));
  } else if (code_point < 0x10000) {
    byte(0xe0 | code_point >> 12);
    byte(0x80 | (code_point >> 6 & 0x3f));
    byte(0x80 | (code_point & 0x3f));
  } else {
    byte(0xf0 | code_point >> 18);
    byte(0x80 | (code_point >> 12 & 0x3f));
    byte(0x80 | (code_point >> 6 & 0x3f));
    byte(0x80 | (code_point & 0x3f));
  }
}

}  // namespace

bool JsonCursor::ReadString(std::string& scratch, std::string_view& text) {
  if (Peek() != '"') return false;
  const char* run = ++at_;
  bool escaped = false;
  bool ascii = true;
  for (;; ++at_) {
    if (at_ == end_) return Malformed();
    const auto c = static_cast<unsigned char>(*at_);
    if (c == '"') break;
    if (c < 0x20) return Malformed();
    if (c >= 0x80) ascii = false;
    if (c != '\\') continue;
    if (!escaped) scratch.clear();
    escaped = true;
    scratch.append(run, at_);
    ++at_;
    if (!AppendEscape(scratch)) return Malformed();
    run = at_ + 1;
  }
  text = {run, static_cast<size_t>(at_ - run)};
  ++at_;
  if (escaped) text = scratch.append(text);
  // What escapes add is well-formed by itself, and cannot complete a broken sequence.
  return ascii || simdjson::validate_utf8(text.data(), text.size()) || Malformed();
}

bool JsonCursor::AppendEscape(std::string& out) {
  if (at_ == end_) return false;
  switch (*at_) {
    case '"':
    case '\\':
    case '/':
      out.push_back(*at_);
      return true;
    case 'b':
      out.push_back('\b');
      return true;
    case 'f':
      out.push_back('\f');
      return true;
    case 'n':
      out.push_back('\n');
      return true;
    case 'r':
      out.push_back('\r');
      return true;
    case 't':
      out.push_back('\t');
      return true;
    case 'u':
      break;
    default:
      return false;
  }
  unsigned code = 0;
  if (!ReadHex4(code) || (code >= 0xdc00 && code < 0xe000)) return false;
  if (code >= 0xd800 && code < 0xdc00) {
    unsigned low = 0;
    if (end_ - at_ < 3 || at_[1] != '\\' || at_[2] != 'u') return false;
    at_ += 2;
    if (!ReadHex4(low) || low < 0xdc00 || low >= 0xe000) return false;
    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
  }
  AppendUtf8(code, out);
  return true;
}

// The four digits behind the 'u' at at_; leaves at_ on the last of them.
bool JsonCursor::ReadHex4(unsigned& value) {
  if (end_ - at_ < 5) return false;
  value = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = *++at_;
    const char lower = static_cast<char>(c | 0x20);
    if (IsDigit(c)) {
      value = value << 4 | static_cast<unsigned>(c - '0');
    } else if (lower >= 'a' && lower <= 'f') {
      value = value << 4 | static_cast<unsigned>(lower - 'a' + 10);
    } else {
      return false;
    }
  }
  return true;
}

bool JsonCursor::TakeLiteral(std::string_view literal) {
  if (std::string_view(at_, static_cast<size_t>(end_ - at_)).starts_with(literal)) {
    at_ += literal.size();
    return true;
  }
  return Malformed();
}

bool JsonCursor::TakeDigits() {
  if (at_ == end_ || !IsDigit(*at_)) return Malformed();
  while (at_ != end_ && IsDigit(*at_)) ++at_;
  return true;
}

bool JsonCursor::TakeNumber() {
  if (*at_ == '-') ++at_;
  if (at_ != end_ && *at_ == '0') {
    ++at_;
  } else if (!TakeDigits()) {
    return false;
  }
  if (at_ != end_ && *at_ == '.') {
    ++at_;
    if (!TakeDigits()) return false;
  }
  if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
    ++at_;
    if (at_ != end_ && (*at_ == '+' || *at_ == '-')) ++at_;
    if (!TakeDigits()) return false;
  }
  return true;
}

bool JsonCursor::SkipValueAt(int depth) {
  switch (Peek()) {
    case '{':
      return SkipObject(depth + 1);
    case '[':
      return SkipArray(depth + 1);
    case '"': {
      std::string_view text;
      return ReadString(skipped_, text);
    }
    case 't':
      return TakeLiteral("true");
    case 'f':
      return TakeLiteral("false");
    case 'n':
      return TakeLiteral("null");
    default:
      if (at_ == end_ || (*at_ != '-' && !IsDigit(*at_))) return Malformed();
      return TakeNumber();
  }
}

bool JsonCursor::SkipObject(int depth) {
  if (depth > kDepthMax || !Take('{')) return Malformed();
  if (Take('}')) return true;
  do {
    std::string_view name;
    if (!ReadString(skipped_, name) || !Take(':')) return Malformed();
    if (!SkipValueAt(depth)) return false;
  } while (Take(','));
  return Expect('}');
}

bool JsonCursor::SkipArray(int depth) {
  if (depth > kDepthMax || !Take('[')) return Malformed();
  if (Take(']')) return true;
  do {
    if (!SkipValueAt(depth)) return false;
  } while (Take(','));
  return Expect(']');
}

}  // namespace hydrant::firehose_api
