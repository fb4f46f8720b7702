#include "engine/io/aws/replay_guard.h"

#include <charconv>
#include <utility>

namespace hydrant::aws {
namespace {

uint64_t HexNumber(std::string_view digits) {
  uint64_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
  return number;
}

}  // namespace

ReplayGuard::Mark ReplayGuard::MarkOf(std::string_view signature) {
  return {HexNumber(signature.substr(0, 16)), HexNumber(signature.substr(16, 16))};
}

bool ReplayGuard::IsNew(std::string_view signature) {
  if (signatures_max_ == 0) return true;
  const Mark mark = MarkOf(signature);
  absl::MutexLock lock(&mutex_);
  if (!seen_.try_emplace(mark, count_).second) return false;
  const uint64_t number = count_++;
  if (order_.size() < signatures_max_) {
    order_.push_back(mark);
    return true;
  }
  const Mark oldest = std::exchange(order_[number % signatures_max_], mark);
  const auto found = seen_.find(oldest);
  if (found != seen_.end() && found->second + signatures_max_ == number) seen_.erase(found);
  return true;
}

void ReplayGuard::Forget(std::string_view signature) {
  if (signatures_max_ == 0) return;
  absl::MutexLock lock(&mutex_);
  seen_.erase(MarkOf(signature));
}

}  // namespace hydrant::aws
