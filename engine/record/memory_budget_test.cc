#include "engine/record/memory_budget.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace hydrant {
namespace {

TEST(MemoryBudgetTest, NeverPassesItsLimit) {
  MemoryBudget budget(100);
  EXPECT_FALSE(budget.TryTake(101));
  EXPECT_FALSE(budget.TryTake(UINT64_MAX));
  EXPECT_TRUE(budget.TryTake(60));
  EXPECT_FALSE(budget.TryTake(41));
  EXPECT_FALSE(budget.TryTake(UINT64_MAX - 10)) << "the sum wraps around";
  EXPECT_TRUE(budget.TryTake(40));
  EXPECT_EQ(budget.used(), 100u);
  budget.Give(100);
  EXPECT_EQ(budget.used(), 0u);
}

TEST(MemoryBudgetTest, AReservationGivesBackWhatItHolds) {
  MemoryBudget budget(100);
  {
    MemoryReservation held = budget.TryReserve(70);
    EXPECT_EQ(held.bytes(), 70u);
    EXPECT_EQ(budget.TryReserve(31).bytes(), 0u);
    EXPECT_FALSE(held.TryGrow(31));
    EXPECT_EQ(held.bytes(), 70u);
    EXPECT_TRUE(held.TryGrow(30));
    held.ShrinkTo(200);
    EXPECT_EQ(held.bytes(), 100u);
    held.ShrinkTo(10);
    EXPECT_EQ(budget.used(), 10u);
    MemoryReservation other = std::move(held);
    EXPECT_EQ(held.bytes(), 0u);
    EXPECT_EQ(budget.used(), 10u);
    MemoryReservation third = budget.TryReserve(20);
    third = std::move(other);
    EXPECT_EQ(budget.used(), 10u);
  }
  EXPECT_EQ(budget.used(), 0u);
}

TEST(MemoryBudgetTest, AnEmptyReservationCannotGrow) {
  MemoryReservation none;
  EXPECT_FALSE(none.TryGrow(1));
  none.ShrinkTo(0);
  none.Release();
  EXPECT_EQ(none.bytes(), 0u);
}

TEST(MemoryBudgetTest, HoldsUnderManyThreads) {
  MemoryBudget budget(1000);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&budget] {
      for (int i = 0; i < 20'000; ++i) {
        const MemoryReservation held = budget.TryReserve(400);
        EXPECT_LE(budget.used(), 1000u);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(budget.used(), 0u);
}

}  // namespace
}  // namespace hydrant
