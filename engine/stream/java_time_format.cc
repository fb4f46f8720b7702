// Parsing: which letters there are, how often each may stand, quotes, padding, optional sections.
#include "engine/stream/java_time_format.h"

#include <algorithm>

namespace hydrant {
namespace {

struct LetterRule {
  char letter;
  int count_max;
};

// Java 8's letters. Beyond the maximum: V stands exactly twice, O once or four times, c never
// twice.
constexpr LetterRule kLetters[] = {
    {'G', 5}, {'u', 19}, {'y', 19}, {'Y', 19}, {'D', 3}, {'M', 5}, {'L', 5},  {'d', 2},  {'Q', 5},
    {'q', 5}, {'w', 2},  {'W', 1},  {'E', 5},  {'e', 5}, {'c', 5}, {'F', 1},  {'a', 1},  {'h', 2},
    {'H', 2}, {'k', 2},  {'K', 2},  {'m', 2},  {'s', 2}, {'S', 9}, {'A', 19}, {'n', 19}, {'N', 19},
    {'V', 2}, {'z', 4},  {'O', 4},  {'X', 5},  {'x', 5}, {'Z', 5},
};

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

Status CheckLetter(char letter, int count) {
  const auto* rule = std::find_if(std::begin(kLetters), std::end(kLetters),
                                  [&](const LetterRule& row) { return row.letter == letter; });
  const std::string name(1, letter);
  if (rule == std::end(kLetters)) return InvalidArgument("Unknown pattern letter: " + name);
  if (letter == 'V' && count != 2) {
    return InvalidArgument("Pattern letter count must be 2: " + name);
  }
  if (letter == 'O' && count != 1 && count != 4) {
    return InvalidArgument("Pattern letter count must be 1 or 4: " + name);
  }
  if (letter == 'c' && count == 2) return InvalidArgument("Invalid pattern \"cc\"");
  if (count > rule->count_max) return InvalidArgument("Too many pattern letters: " + name);
  return absl::OkStatus();
}

int RunLength(std::string_view text, size_t at) {
  const size_t end = text.find_first_not_of(text[at], at);
  return static_cast<int>((end == std::string_view::npos ? text.size() : end) - at);
}

// The literal that starts with the quote at `at`; moves `at` past its closing quote.
StatusOr<std::string> ParseQuoted(std::string_view pattern, size_t& at) {
  std::string literal;
  const size_t start = at++;
  for (; at < pattern.size(); ++at) {
    if (pattern[at] != '\'') {
      literal += pattern[at];
    } else if (at + 1 < pattern.size() && pattern[at + 1] == '\'') {
      literal += pattern[++at];
    } else {
      ++at;
      return literal.empty() ? "'" : literal;
    }
  }
  return InvalidArgument("Pattern ends with an incomplete string literal: " +
                         std::string(pattern.substr(start)));
}

}  // namespace

StatusOr<JavaTimeFormat::Step> JavaTimeFormat::ParseLetters(std::string_view pattern, size_t& at) {
  Step step;
  int count = RunLength(pattern, at);
  if (pattern[at] == 'p') {
    step.pad_width = count;
    at += count;
    if (at == pattern.size() || !IsLetter(pattern[at])) {
      return InvalidArgument("Pad letter 'p' must be followed by valid pad pattern: " +
                             std::string(pattern));
    }
    count = RunLength(pattern, at);
  }
  RETURN_IF_ERROR(CheckLetter(pattern[at], count));
  step.letter = pattern[at];
  step.count = count;
  at += count;
  return step;
}

void JavaTimeFormat::AddLiteral(std::string_view text) {
  if (steps_.empty() || steps_.back().letter != 0) steps_.emplace_back();
  steps_.back().literal += text;
}

StatusOr<JavaTimeFormat> JavaTimeFormat::Parse(std::string_view pattern) {
  JavaTimeFormat format;
  int optional_depth = 0;
  for (size_t at = 0; at < pattern.size();) {
    const char c = pattern[at];
    if (IsLetter(c)) {
      ASSIGN_OR_RETURN(Step step, ParseLetters(pattern, at));
      format.steps_.push_back(std::move(step));
    } else if (c == '\'') {
      ASSIGN_OR_RETURN(const std::string literal, ParseQuoted(pattern, at));
      format.AddLiteral(literal);
    } else if (c == '[' || c == ']') {
      // Optional sections matter to parsing only: a time has every field.
      optional_depth += c == '[' ? 1 : -1;
      if (optional_depth < 0) {
        return InvalidArgument("Pattern invalid as it contains ] without previous [");
      }
      ++at;
    } else if (c == '{' || c == '}' || c == '#') {
      return InvalidArgument("Pattern includes reserved character: '" + std::string(1, c) + "'");
    } else {
      format.AddLiteral(pattern.substr(at++, 1));
    }
  }
  return format;
}

}  // namespace hydrant
