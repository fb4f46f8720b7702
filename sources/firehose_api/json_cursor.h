// JsonCursor: reads one JSON text from front to back, where it lies, and builds nothing.
// Why:     a put request is a few names around megabytes of base64. A reader that indexes or copies
// the
//          text first touches all of it twice and needs memory in proportion to what a hostile body
//          makes of it; this one hands each string straight to the base64 decoder.
// Owner:   not thread-safe
// Units:   nesting at most kDepthMax
// Errors:  a function that returns false met something else than it was asked for; malformed() then
//          tells whether the text is no JSON (RFC 8259, UTF-8, no lone surrogates) as far as it was
//          read
// Source:  RFC 8259
#pragma once

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

namespace hydrant::firehose_api {

class JsonCursor {
 public:
  static constexpr int kDepthMax = 512;

  explicit JsonCursor(std::string_view text)
      : begin_(text.data()), at_(begin_), end_(begin_ + text.size()) {}

  // The first character of the next token; '\0' at the end of the text.
  char Peek() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
    return at_ == end_ ? '\0' : *at_;
  }
  // Nothing but white space may be left.
  bool ExpectEnd() {
    Peek();
    return at_ == end_ || Malformed();
  }
  // Takes a punctuation character if it is next.
  bool Take(char c) {
    if (Peek() != c || at_ == end_) return false;
    ++at_;
    return true;
  }
  // Takes it, or the text is malformed.
  bool Expect(char c) { return Take(c) || Malformed(); }

  // A string's text. It points into the JSON, or into `scratch` when it was written with escapes.
  bool ReadString(std::string& scratch, std::string_view& text);
  // Takes a value of any kind, checking all of it.
  bool SkipValue() { return SkipValueAt(0); }
  bool TakeNull() { return Peek() == 'n' && TakeLiteral("null"); }

  // Takes a member's name and colon when they are next, written as nearly everybody writes them:
  // without escapes, nothing between.
  bool TakeUsualName(std::string_view name) {
    const size_t size = name.size() + 3;
    if (static_cast<size_t>(end_ - at_) < size || *at_ != '"' || at_[size - 2] != '"' ||
        at_[size - 1] != ':' || std::memcmp(at_ + 1, name.data(), name.size()) != 0) {
      return false;
    }
    at_ += size;
    return true;
  }

  // For a string that another decoder checks: all text behind its opening quote. Only when a quote is
  // next, which is not taken yet.
  std::string_view PeekBehindQuote() const {
    return {at_ + 1, static_cast<size_t>(end_ - at_ - 1)};
  }
  // Takes a string of `size` characters and both its quotes.
  void TakeQuoted(size_t size) { at_ += size + 2; }

  bool malformed() const { return malformed_; }
  size_t position() const { return static_cast<size_t>(at_ - begin_); }

 private:
  bool Malformed() {
    malformed_ = true;
    return false;
  }
  bool TakeLiteral(std::string_view literal);
  bool TakeNumber();
  bool TakeDigits();
  bool SkipValueAt(int depth);
  bool SkipObject(int depth);
  bool SkipArray(int depth);
  // Appends what the escape at at_ (behind its backslash) stands for.
  bool AppendEscape(std::string& out);
  bool ReadHex4(unsigned& value);

  const char* begin_;
  const char* at_;
  const char* end_;
  bool malformed_ = false;
  std::string skipped_;
};

}  // namespace hydrant::firehose_api
