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

bool ReplayGuard::IsNew(std::string_view signature) {
  if (signatures_max_ == 0) return true;
  const Mark mark(HexNumber(signature.substr(0, 16)), HexNumber(signature.substr(16, 16)));
  absl::MutexLock lock(&mutex_);
  if (!seen_.insert(mark).second) return false;
  if (order_.size() < signatures_max_) {
    order_.push_back(mark);
    return true;
  }
  seen_.erase(std::exchange(order_[oldest_], mark));
  oldest_ = (oldest_ + 1) % signatures_max_;
  return true;
}

}  // namespace hydrant::aws
