#include "engine/record/arena.h"

#include <gtest/gtest.h>

#include <cstring>
#include <thread>
#include <vector>

namespace hydrant {
namespace {

TEST(ArenaTest, GivesAtLeastWhatWasAskedFor) {
  ArenaPool pool(0);
  for (size_t size : {size_t{0}, size_t{1}, size_t{4096}, size_t{4097}, size_t{65'535},
                      size_t{65'536}, size_t{1'000'000}}) {
    Arena arena = pool.Allocate(size);
    ASSERT_TRUE(arena);
    EXPECT_GE(arena.capacity(), size);
    EXPECT_GE(arena.capacity(), 4096u);
    EXPECT_EQ(arena.capacity(), ArenaPool::CapacityFor(size));
    EXPECT_EQ(reinterpret_cast<uintptr_t>(arena.data()) % 4096, 0u);
    std::memset(arena.data(), 1, arena.capacity());
  }
  EXPECT_EQ(pool.bytes_in_use(), 0u);
  EXPECT_EQ(pool.bytes_idle(), 0u);
}

TEST(ArenaTest, UsesBlocksAgain) {
  ArenaPool pool(1 << 20);
  Arena first = pool.Allocate(100'000);
  char* const block = first.data();
  first = Arena();
  EXPECT_EQ(pool.bytes_in_use(), 0u);
  EXPECT_EQ(pool.bytes_idle(), 131'072u);
  const Arena second = pool.Allocate(120'000);
  EXPECT_EQ(second.data(), block);
  EXPECT_EQ(pool.bytes_idle(), 0u);
  EXPECT_EQ(pool.bytes_in_use(), 131'072u);
}

TEST(ArenaTest, KeepsNoMoreThanItsBound) {
  ArenaPool pool(10'000);
  {
    std::vector<Arena> arenas;
    for (int i = 0; i < 5; ++i) arenas.push_back(pool.Allocate(4096));
  }
  EXPECT_EQ(pool.bytes_idle(), 8192u);
}

TEST(ArenaTest, KeepsMoreWhileLittleIsInUse) {
  ArenaPool pool(8192, 32'768);
  std::vector<Arena> arenas;
  for (int i = 0; i < 10; ++i) arenas.push_back(pool.Allocate(4096));
  arenas.resize(6);
  EXPECT_EQ(pool.bytes_idle(), 8192u);  // 24 KiB are in use: room for 8 KiB
  arenas.clear();
  EXPECT_EQ(pool.bytes_idle(), 32'768u);

  // New blocks of another size push them out, but for the least that is always kept.
  const Arena large = pool.Allocate(16'384);
  EXPECT_EQ(pool.bytes_idle(), 16'384u);
  const Arena larger = pool.Allocate(65'536);
  EXPECT_EQ(pool.bytes_idle(), 8192u);
  EXPECT_EQ(pool.bytes_in_use(), 81'920u);
}

TEST(ArenaTest, MovesWithoutLosingOrDoublingABlock) {
  ArenaPool pool(0);
  Arena a = pool.Allocate(1);
  Arena b = std::move(a);
  EXPECT_FALSE(a);
  EXPECT_EQ(a.capacity(), 0u);
  EXPECT_EQ(pool.bytes_in_use(), 4096u);
  Arena c = pool.Allocate(8192);
  c = std::move(b);
  EXPECT_EQ(pool.bytes_in_use(), 4096u);
  EXPECT_EQ(c.capacity(), 4096u);
}

TEST(ArenaTest, ManyThreadsShareAPool) {
  ArenaPool pool(1 << 20);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&pool, t] {
      for (size_t i = 0; i < 5000; ++i) {
        const Arena arena = pool.Allocate((i * 37) % 70'000);
        arena.data()[0] = static_cast<char>(t);
        EXPECT_EQ(arena.data()[0], static_cast<char>(t));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(pool.bytes_in_use(), 0u);
}

}  // namespace
}  // namespace hydrant
