#include "engine/record/memory_budget.h"

#include "engine/base/check.h"

namespace hydrant {

MemoryReservation& MemoryReservation::operator=(MemoryReservation&& other) noexcept {
  if (this != &other) {
    Release();
    budget_ = std::exchange(other.budget_, nullptr);
    bytes_ = std::exchange(other.bytes_, 0);
  }
  return *this;
}

bool MemoryReservation::TryGrow(uint64_t bytes) {
  if (budget_ == nullptr || !budget_->TryTake(bytes)) return false;
  bytes_ += bytes;
  return true;
}

void MemoryReservation::ShrinkTo(uint64_t bytes) {
  if (bytes >= bytes_) return;
  budget_->Give(bytes_ - bytes);
  bytes_ = bytes;
}

void MemoryReservation::Release() {
  if (budget_ != nullptr) budget_->Give(bytes_);
  budget_ = nullptr;
  bytes_ = 0;
}

bool MemoryBudget::TryTake(uint64_t bytes) {
  uint64_t used = used_.load(std::memory_order_relaxed);
  do {
    if (bytes > limit_ || used > limit_ - bytes) return false;
  } while (!used_.compare_exchange_weak(used, used + bytes, std::memory_order_relaxed));
  return true;
}

void MemoryBudget::Give(uint64_t bytes) {
  const uint64_t before = used_.fetch_sub(bytes, std::memory_order_relaxed);
  HYDRANT_CHECK(before >= bytes);
}

MemoryReservation MemoryBudget::TryReserve(uint64_t bytes) {
  return TryTake(bytes) ? MemoryReservation(this, bytes) : MemoryReservation();
}

MemoryReservation MemoryBudget::Reserve(uint64_t bytes) {
  Take(bytes);
  return MemoryReservation(this, bytes);
}

}  // namespace hydrant
