#include "engine/record/arena.h"

#include "engine/base/check.h"

#include <absl/synchronization/mutex.h>

#include <bit>
#include <cstdlib>
#include <new>
#include <sys/mman.h>
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
  size_t idle_bytes ABSL_GUARDED_BY(mutex) = 0;
  size_t used_bytes ABSL_GUARDED_BY(mutex) = 0;
  std::vector<char*> idle[kClasses] ABSL_GUARDED_BY(mutex);
  explicit Impl(size_t max) : idle_bytes_max(max) {}
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

ArenaPool::ArenaPool(size_t idle_bytes_max) : impl_(std::make_unique<Impl>(idle_bytes_max)) {}

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
  }
  return Arena(this, MapBlock(capacity), capacity);
}

void ArenaPool::Return(char* data, size_t capacity) {
  {
    absl::MutexLock lock(&impl_->mutex);
    impl_->used_bytes -= capacity;
    if (impl_->idle_bytes + capacity <= impl_->idle_bytes_max) {
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
