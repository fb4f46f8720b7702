#include "engine/record/arena.h"

#include "engine/base/check.h"

#include <absl/synchronization/mutex.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <new>
#include <sys/mman.h>
#include <utility>
#include <vector>

namespace hydrant {
namespace {

constexpr size_t kBlockBytesMin = 4096;
// Blocks from this size on have a mapping of their own, so that freeing them gives memory back.
constexpr size_t kMappedBytesMin = 64 * 1024;
constexpr int kClasses = 48;

int ClassOf(size_t capacity) { return std::countr_zero(capacity); }

char* MapBlock(size_t capacity) {
  if (capacity < kMappedBytesMin) {
    void* block = std::aligned_alloc(kBlockBytesMin, capacity);
    HYDRANT_CHECK(block != nullptr);
    return static_cast<char*>(block);
  }
  void* block = mmap(nullptr, capacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  HYDRANT_CHECK(block != MAP_FAILED);
  return static_cast<char*>(block);
}

void UnmapBlock(char* data, size_t capacity) {
  if (capacity < kMappedBytesMin) {
    std::free(data);
  } else {
    munmap(data, capacity);
  }
}

}  // namespace

struct ArenaPool::Impl {
  mutable absl::Mutex mutex;
  const size_t idle_bytes_max;
  const size_t resident_bytes_max;
  size_t idle_bytes ABSL_GUARDED_BY(mutex) = 0;
  size_t used_bytes ABSL_GUARDED_BY(mutex) = 0;
  std::vector<char*> idle[kClasses] ABSL_GUARDED_BY(mutex);
  Impl(size_t idle_max, size_t resident_max)
      : idle_bytes_max(idle_max), resident_bytes_max(resident_max) {}

  // How many bytes of unused blocks may be kept beside what is in use.
  size_t IdleBytesAllowed() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    const size_t room = resident_bytes_max - std::min(used_bytes, resident_bytes_max);
    return std::max(idle_bytes_max, room);
  }

  // Takes out what is over that, large blocks first.
  std::vector<std::pair<char*, size_t>> TakeExcess() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    std::vector<std::pair<char*, size_t>> excess;
    const size_t allowed = IdleBytesAllowed();
    for (int c = kClasses - 1; c >= 0 && idle_bytes > allowed; --c) {
      for (; !idle[c].empty() && idle_bytes > allowed; idle[c].pop_back()) {
        excess.emplace_back(idle[c].back(), size_t{1} << c);
        idle_bytes -= size_t{1} << c;
      }
    }
    return excess;
  }
};

Arena& Arena::operator=(Arena&& other) noexcept {
  if (this != &other) {
    Release();
    pool_ = std::exchange(other.pool_, nullptr);
    data_ = std::exchange(other.data_, nullptr);
    capacity_ = std::exchange(other.capacity_, 0);
  }
  return *this;
}

void Arena::Release() {
  if (data_ != nullptr) pool_->Return(data_, capacity_);
  data_ = nullptr;
}

ArenaPool::ArenaPool(size_t idle_bytes_max, size_t resident_bytes_max)
    : impl_(std::make_unique<Impl>(idle_bytes_max, resident_bytes_max)) {}

ArenaPool::~ArenaPool() {
  absl::MutexLock lock(&impl_->mutex);
  HYDRANT_CHECK(impl_->used_bytes == 0);
  for (int c = 0; c < kClasses; ++c) {
    for (char* block : impl_->idle[c]) UnmapBlock(block, size_t{1} << c);
  }
}

size_t ArenaPool::CapacityFor(size_t size) {
  return std::bit_ceil(size < kBlockBytesMin ? kBlockBytesMin : size);
}

Arena ArenaPool::Allocate(size_t size) {
  const size_t capacity = CapacityFor(size);
  std::vector<std::pair<char*, size_t>> excess;
  {
    absl::MutexLock lock(&impl_->mutex);
    impl_->used_bytes += capacity;
    std::vector<char*>& idle = impl_->idle[ClassOf(capacity)];
    if (!idle.empty()) {
      char* block = idle.back();
      idle.pop_back();
      impl_->idle_bytes -= capacity;
      return Arena(this, block, capacity);
    }
    excess = impl_->TakeExcess();
  }
  for (const auto& [block, block_bytes] : excess) UnmapBlock(block, block_bytes);
  return Arena(this, MapBlock(capacity), capacity);
}

void ArenaPool::Return(char* data, size_t capacity) {
  {
    absl::MutexLock lock(&impl_->mutex);
    impl_->used_bytes -= capacity;
    if (impl_->idle_bytes + capacity <= impl_->IdleBytesAllowed()) {
      impl_->idle_bytes += capacity;
      impl_->idle[ClassOf(capacity)].push_back(data);
      return;
    }
  }
  UnmapBlock(data, capacity);
}

uint64_t ArenaPool::bytes_in_use() const {
  absl::MutexLock lock(&impl_->mutex);
  return impl_->used_bytes;
}

uint64_t ArenaPool::bytes_idle() const {
  absl::MutexLock lock(&impl_->mutex);
  return impl_->idle_bytes;
}

}  // namespace hydrant
