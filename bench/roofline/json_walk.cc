#include "bench/roofline/json_walk.h"

#include <cstring>

namespace hydrant::roofline {
namespace {

class Walker {
 public:
  explicit Walker(std::string_view body) : at_(body.data()), end_(at_ + body.size()) {}

  bool Take(std::string_view token) {
    SkipSpace();
    if (static_cast<size_t>(end_ - at_) < token.size()) return false;
    if (std::memcmp(at_, token.data(), token.size()) != 0) return false;
    at_ += token.size();
    return true;
  }
  bool TakeString(std::string_view& text) {
    if (!Take("\"")) return false;
    const void* const quote = std::memchr(at_, '"', static_cast<size_t>(end_ - at_));
    if (quote == nullptr) return false;
    const char* const behind = static_cast<const char*>(quote);
    text = {at_, static_cast<size_t>(behind - at_)};
    at_ = behind + 1;
    return true;
  }
  bool AtEnd() {
    SkipSpace();
    return at_ == end_;
  }

 private:
  void SkipSpace() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
  }
  const char* at_;
  const char* end_;
};

}  // namespace

bool WalkBatch(std::string_view body, std::vector<std::string_view>& texts) {
  Walker walker(body);
  std::string_view text;
  if (!walker.Take("{") || !walker.Take("\"DeliveryStreamName\"") || !walker.Take(":"))
    return false;
  if (!walker.TakeString(text) || text.find('\\') != text.npos) return false;
  if (!walker.Take(",") || !walker.Take("\"Records\"") || !walker.Take(":")) return false;
  if (!walker.Take("[")) return false;
  do {
    if (!walker.Take("{") || !walker.Take("\"Data\"") || !walker.Take(":")) return false;
    if (!walker.TakeString(text) || !walker.Take("}")) return false;
    texts.push_back(text);
  } while (walker.Take(","));
  return walker.Take("]") && walker.Take("}") && walker.AtEnd();
}

}  // namespace hydrant::roofline
