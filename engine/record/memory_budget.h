// MemoryBudget: how many bytes a part of the node may hold, and RAII reservations of them.
// Each holder counts what it holds (ingest, tail cache, pipelines); a block held by two is counted
// twice, so the sum of the parts is an upper bound of what is resident.
// Owner:   any thread
// Units:   bytes
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

namespace hydrant {

class MemoryBudget;

// Bytes taken from a budget, given back when it ends. Move-only.
class MemoryReservation {
 public:
  MemoryReservation() = default;
  MemoryReservation(MemoryReservation&& other) noexcept
      : budget_(std::exchange(other.budget_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  MemoryReservation& operator=(MemoryReservation&& other) noexcept;
  ~MemoryReservation() { Release(); }

  uint64_t bytes() const { return bytes_; }
  // Takes more; false, and nothing changed, when the budget does not allow it.
  [[nodiscard]] bool TryGrow(uint64_t bytes);
  // Gives back all above `bytes`.
  void ShrinkTo(uint64_t bytes);
  void Release();

 private:
  friend class MemoryBudget;
  MemoryReservation(MemoryBudget* budget, uint64_t bytes) : budget_(budget), bytes_(bytes) {}
  MemoryBudget* budget_ = nullptr;
  uint64_t bytes_ = 0;
};

// Must outlive its reservations.
class MemoryBudget {
 public:
  explicit MemoryBudget(uint64_t limit_bytes) : limit_(limit_bytes) {}
  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;

  // Takes `bytes`; false when that would pass the limit.
  [[nodiscard]] bool TryTake(uint64_t bytes);
  // Takes `bytes` even past the limit: for what is held already and must be counted.
  void Take(uint64_t bytes) { used_.fetch_add(bytes, std::memory_order_relaxed); }
  void Give(uint64_t bytes);
  // An empty reservation (`bytes() == 0`) when `bytes` > 0 were asked for and are not there.
  MemoryReservation TryReserve(uint64_t bytes);
  // Reserves `bytes` even past the limit.
  MemoryReservation Reserve(uint64_t bytes);

  uint64_t limit() const { return limit_; }
  uint64_t used() const { return used_.load(std::memory_order_relaxed); }

 private:
  const uint64_t limit_;
  std::atomic<uint64_t> used_{0};
};

}  // namespace hydrant
