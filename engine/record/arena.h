// ArenaPool: reused blocks of memory for record bytes and request bodies.
// Why:     blocks over 128 KiB come from mmap in glibc and are paid for in page faults at every request.
// Owner:   any thread
// Units:   bytes; block sizes are powers of two from 4 KiB up
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace hydrant {

class ArenaPool;

// One block. Its memory goes back to the pool when the Arena ends. Move-only.
class Arena {
 public:
  Arena() = default;
  Arena(Arena&& other) noexcept
      : pool_(std::exchange(other.pool_, nullptr)),
        data_(std::exchange(other.data_, nullptr)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  Arena& operator=(Arena&& other) noexcept;
  ~Arena() { Release(); }

  char* data() const { return data_; }
  size_t capacity() const { return capacity_; }
  explicit operator bool() const { return data_ != nullptr; }

 private:
  friend class ArenaPool;
  Arena(ArenaPool* pool, char* data, size_t capacity)
      : pool_(pool), data_(data), capacity_(capacity) {}
  void Release();

  ArenaPool* pool_ = nullptr;
  char* data_ = nullptr;
  size_t capacity_ = 0;
};

// The pool must outlive its arenas: one lives for the whole process, tests may make their own.
class ArenaPool {
 public:
  // Unused blocks are kept as long as all blocks together are at most `resident_bytes_max`, and
  // `idle_bytes_max` of them in any case; the rest goes back to the system.
  explicit ArenaPool(size_t idle_bytes_max, size_t resident_bytes_max = 0);
  ~ArenaPool();
  ArenaPool(const ArenaPool&) = delete;
  ArenaPool& operator=(const ArenaPool&) = delete;

  // A block of at least `size` bytes. Its content is undefined. Never fails short of the system's end.
  Arena Allocate(size_t size);
  // What Allocate(size) will really take.
  static size_t CapacityFor(size_t size);

  uint64_t bytes_in_use() const;
  uint64_t bytes_idle() const;

 private:
  friend class Arena;
  void Return(char* data, size_t capacity);

  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hydrant
