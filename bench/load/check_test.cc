#include "bench/load/check.h"

#include "bench/load/monotonic.h"
#include "bench/load/records.h"
#include "bench/load/test_value.h"
#include "engine/testing/temp_dir.h"

#include <absl/strings/str_cat.h>
#include <absl/synchronization/mutex.h>
#include <absl/time/clock.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <map>
#include <memory>
#include <thread>

namespace hydrant::load {
namespace {

constexpr RunId kRun = {'r', 'u', 'n'};
constexpr int kObjects = 10;

// Objects that a test puts there; lists and reads that take as long as it says.
class FakeDestination : public Destination {
 public:
  void Put(const std::string& key, const std::string& text) {
    absl::MutexLock lock(&mutex_);
    objects_[key] = text;
  }
  StatusOr<std::vector<std::string>> List(const StopTest& stopped) override {
    ++lists;
    RETURN_IF_ERROR(Sleep(list_time, stopped));
    std::vector<std::string> keys;
    absl::MutexLock lock(&mutex_);
    for (const auto& [key, text] : objects_) keys.push_back(key);
    return keys;
  }
  StatusOr<std::string> Read(const std::string& key, const StopTest& stopped) override {
    ++reads;
    RETURN_IF_ERROR(Sleep(read_time, stopped));
    absl::MutexLock lock(&mutex_);
    return objects_[key];
  }

  std::atomic<int> lists = 0;
  std::atomic<int> reads = 0;
  std::atomic<absl::Duration> list_time = absl::ZeroDuration();
  std::atomic<absl::Duration> read_time = absl::ZeroDuration();

 private:
  static Status Sleep(absl::Duration duration, const StopTest& stopped) {
    for (const absl::Time end = absl::Now() + duration; absl::Now() < end;) {
      if (stopped()) return absl::CancelledError("");
      absl::SleepFor(absl::Milliseconds(5));
    }
    return absl::OkStatus();
  }

  absl::Mutex mutex_;
  std::map<std::string, std::string> objects_ ABSL_GUARDED_BY(mutex_);
};

// A request of a record for each object, all acknowledged.
class CheckTest : public ::testing::Test {
 protected:
  CheckTest() {
    plan_.streams = {"web"};
    plan_.records_per_request = 1;
    plan_.sample_path = directory_.path() + "/sample";
    std::ofstream sample(plan_.sample_path);
    for (int line = 0; line < kObjects; ++line) sample << "line " << line << "\n";
    sample.close();
    records_ = Value(MakeRecords(plan_));
    pool_ = std::make_unique<RequestPool>(Value(RequestPool::Render(plan_, records_, kRun)));
    for (uint64_t ticket = 0; ticket < kObjects; ++ticket) {
      ledger_.Issue(ticket, ticket);
      ledger_.Acknowledge(ticket, {}, MonotonicNs());
    }
    EXPECT_OK(watch_.Start([] { return false; }));
  }
  ~CheckTest() override { watch_.Stop(); }

  void Put(uint64_t number, const char* name = "object") {
    std::string record(kStampBytes, '-');
    WriteStamp(kRun, number, record.data());
    record += pool_->RecordOf(pool_->at(number), 0);
    destination_.Put(absl::StrCat(name, number), record);
  }
  void PutAll() {
    for (uint64_t number = 0; number < kObjects; ++number) Put(number);
  }
  CheckResult Check(absl::Duration timeout, std::function<bool()> stopped = nullptr) {
    Tally tally(plan_, *pool_, kRun, ledger_);
    return CheckArrivals(destination_, watch_, tally,
                         {.timeout = timeout, .stopped = std::move(stopped), .waiting = nullptr});
  }

  testing::TempDir directory_;
  LoadPlan plan_;
  Records records_;
  std::unique_ptr<RequestPool> pool_;
  Ledger ledger_{1};
  FakeDestination destination_;
  ArrivalWatch watch_{destination_};
};

TEST_F(CheckTest, WhatIsMissingAfterTheTimeIsLost) {
  for (uint64_t number = 1; number < kObjects; ++number) Put(number);
  const CheckResult result = Check(absl::Seconds(2));
  EXPECT_EQ(result.end, CheckEnd::kTimeout);
  EXPECT_EQ(result.lost(), 1u);
  EXPECT_EQ(result.not_there_yet(), 0u);
  EXPECT_THAT(result.arrived.lost_numbers, ::testing::ElementsAre(0));
}

TEST_F(CheckTest, WhatNobodyWaitedForIsNotLost) {
  const absl::Time stop_at = absl::Now() + absl::Milliseconds(200);
  const CheckResult result = Check(absl::Minutes(1), [=] { return absl::Now() > stop_at; });
  EXPECT_EQ(result.end, CheckEnd::kInterrupted);
  EXPECT_EQ(result.lost(), 0u);
  EXPECT_EQ(result.not_there_yet(), uint64_t{kObjects});
}

// Whatever comes within the second after everything was there has been looked for, however slow
// lists are.
TEST_F(CheckTest, WhatComesTwiceALittleLaterIsFound) {
  PutAll();
  destination_.list_time = absl::Milliseconds(100);  // a rest of two seconds during the load
  absl::SleepFor(absl::Milliseconds(150));
  std::thread later([this] {
    absl::SleepFor(absl::Milliseconds(800));
    Put(3, "again");
  });
  const CheckResult result = Check(absl::Minutes(1));
  later.join();
  EXPECT_EQ(result.end, CheckEnd::kComplete);
  EXPECT_EQ(result.arrived.duplicates, 1u);
}

TEST_F(CheckTest, TheTimeHoldsWhileObjectsAreRead) {
  PutAll();
  destination_.read_time = absl::Milliseconds(150);
  const absl::Time began = absl::Now();
  const CheckResult result = Check(absl::Milliseconds(500));
  EXPECT_LT(absl::Now() - began, absl::Milliseconds(1200));
  EXPECT_EQ(result.end, CheckEnd::kTimeout);
  EXPECT_GT(result.objects_unread, 0u);
  EXPECT_EQ(result.objects + result.objects_unread, uint64_t{kObjects});
}

TEST_F(CheckTest, AnInterruptEndsAReadAndAListThatHang) {
  PutAll();
  destination_.read_time = absl::Minutes(5);
  const absl::Time began = absl::Now();
  absl::SleepFor(absl::Milliseconds(100));
  destination_.list_time = absl::Minutes(5);
  const absl::Time stop_at = absl::Now() + absl::Milliseconds(300);
  const CheckResult result = Check(absl::Minutes(10), [=] { return absl::Now() > stop_at; });
  EXPECT_LT(absl::Now() - began, absl::Seconds(3));
  EXPECT_EQ(result.end, CheckEnd::kInterrupted);
  EXPECT_EQ(result.objects_unread, uint64_t{kObjects});
}

TEST(ArrivalWatch, AFirstListThatHangsCanBeStopped) {
  FakeDestination destination;
  destination.list_time = absl::Minutes(5);
  ArrivalWatch watch(destination);
  const absl::Time stop_at = absl::Now() + absl::Milliseconds(100);
  EXPECT_TRUE(absl::IsCancelled(watch.Start([=] { return absl::Now() > stop_at; })));
}

TEST(ArrivalWatch, RestsLongWhileTheLoadRunsAndBrieflyAfterIt) {
  FakeDestination destination;
  ArrivalWatch watch(destination);
  destination.list_time = absl::Milliseconds(50);
  destination.Put("before", "");
  ASSERT_OK(watch.Start([] { return false; }));
  absl::SleepFor(absl::Milliseconds(900));
  EXPECT_LE(destination.lists, 2);  // one to start with, and then one a second
  destination.Put("after", "");
  watch.Hurry();
  absl::SleepFor(absl::Milliseconds(900));
  EXPECT_GT(destination.lists, 4);
  const std::vector<Arrival> arrivals = watch.Take();
  ASSERT_EQ(arrivals.size(), 1u);
  EXPECT_EQ(arrivals[0].key, "after");
  EXPECT_GT(watch.last_list_began_ns(), arrivals[0].seen_at_ns);
}

}  // namespace
}  // namespace hydrant::load
