#include "bench/load/tally.h"

#include "engine/testing/status_matchers.h"
#include "engine/testing/temp_dir.h"

#include <absl/strings/str_cat.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <numeric>

namespace hydrant::load {
namespace {

constexpr RunId kRun = {'r', 'u', 'n'};
constexpr uint32_t kPerRequest = 4;
constexpr uint64_t kTickets = 3;  // that were issued

// Three requests of four records: all acknowledged at 1000, but for what a test says.
class TallyTest : public ::testing::Test {
 protected:
  void Prepare(bool stamped) {
    plan_.streams = {"web"};
    plan_.connections = 1;
    plan_.records_per_request = kPerRequest;
    plan_.record_bytes = 200;
    plan_.stamped = stamped;
    if (!stamped) {
      plan_.sample_path = directory_.path() + "/sample";
      std::ofstream(plan_.sample_path) << "a\nb\nc\nd\na\nb\nc\ne\n";
    }
    auto records = MakeRecords(plan_);
    ASSERT_OK(records.status());
    records_ = *std::move(records);
    auto pool = RequestPool::Render(plan_, records_, kRun);
    ASSERT_OK(pool.status());
    pool_ = std::make_unique<RequestPool>(*std::move(pool));
    const uint64_t tickets = stamped ? kTickets : pool_->size();
    for (uint64_t ticket = 0; ticket < tickets; ++ticket) ledger_.Issue(ticket, PoolIndex(ticket));
  }

  // Requests of the pool are used again out of order.
  size_t PoolIndex(uint64_t ticket) const {
    return plan_.stamped ? (ticket * 7 + 1) % pool_->size() : ticket;
  }

  void AcknowledgeRequests(uint64_t count) {
    for (uint64_t ticket = 0; ticket < count; ++ticket) ledger_.Acknowledge(ticket, {}, 1000);
  }

  std::string Record(uint64_t number) const {
    std::string record(kStampBytes, '-');
    WriteStamp(kRun, number, record.data());
    const Request& request = pool_->at(PoolIndex(number / kPerRequest));
    return record.append(pool_->RecordOf(request, number % kPerRequest));
  }
  static std::string Numbered(uint64_t number) {
    std::string record(20, '-');
    WriteStamp(kRun, number, record.data());
    return record + "\n";
  }
  std::string Numbers(uint64_t begin, uint64_t end) const {
    std::string text;
    for (; begin < end; ++begin) text += Record(begin);
    return text;
  }

  Tally MakeTally() { return Tally(plan_, *pool_, kRun, ledger_); }

  testing::TempDir directory_;
  LoadPlan plan_;
  Records records_;
  std::unique_ptr<RequestPool> pool_;
  Ledger ledger_{kPerRequest};
};

TEST_F(TallyTest, LostAndDoubledRecordsAreFound) {
  Prepare(true);
  AcknowledgeRequests(3);
  Tally tally = MakeTally();
  tally.AddObject(Numbers(0, 5) + Numbers(6, 12), 2000);  // without 5
  EXPECT_FALSE(tally.Complete());
  EXPECT_EQ(tally.missing(), 1u);
  tally.AddObject(Record(3) + Record(3), 3000);
  const Arrived arrived = tally.Sum();
  EXPECT_EQ(arrived.records_found, 13u);
  EXPECT_EQ(arrived.lost, 1u);
  EXPECT_EQ(arrived.duplicates, 2u);
  EXPECT_EQ(arrived.uncertain + arrived.unacknowledged + arrived.damaged + arrived.unknown, 0u);
}

TEST_F(TallyTest, WhatIsNotOfTheRunIsCountedApart) {
  Prepare(true);
  AcknowledgeRequests(1);
  Tally tally = MakeTally();
  std::string other = Record(0);
  other[0] = 'X';
  // Another run's, no record at all, a number that was never sent, one cut short and its rest.
  tally.AddObject(other + "\n" + Numbered(99) + Record(1).substr(0, 12) + "\n" + Record(2), 2000);
  const Arrived arrived = tally.Sum();
  EXPECT_EQ(arrived.unknown, 2u);
  EXPECT_EQ(arrived.damaged, 2u);
  EXPECT_EQ(arrived.records_found, 1u);
  EXPECT_EQ(arrived.lost, 3u);
}

TEST_F(TallyTest, ARecordIsThereOnlyIfAllOfItsBytesAre) {
  Prepare(true);
  AcknowledgeRequests(2);
  Tally tally = MakeTally();
  std::string changed = Record(1);
  changed[kStampBytes + 3] ^= 1;
  std::string overwritten = Record(2);
  std::fill(overwritten.begin() + kStampBytes, overwritten.end() - 1, '#');
  std::string of_another = Record(3).substr(0, kStampBytes) + Record(4).substr(kStampBytes);
  tally.AddObject(Record(0) + changed + overwritten + of_another + Numbers(4, 8), 2000);
  EXPECT_FALSE(tally.Complete());
  const Arrived arrived = tally.Sum();
  EXPECT_EQ(arrived.damaged, 3u);
  EXPECT_EQ(arrived.lost, 3u);
  EXPECT_EQ(arrived.lost_numbers, (std::vector<uint64_t>{1, 2, 3}));
}

TEST_F(TallyTest, AStampedLineThatIsCutShortIsLost) {
  plan_.sample_path = directory_.path() + "/sample";
  std::ofstream(plan_.sample_path) << "a line\nand another one\n";
  Prepare(true);
  AcknowledgeRequests(1);
  Tally tally = MakeTally();
  std::string cut = Record(1);
  cut.erase(cut.size() - 3, 2);
  tally.AddObject(Record(0) + cut + Record(2) + Record(3), 2000);
  EXPECT_EQ(tally.Sum().damaged, 1u);
  EXPECT_EQ(tally.Sum().lost, 1u);
}

TEST_F(TallyTest, WhatWasIssuedAndNeverAcknowledgedIsNotDamaged) {
  Prepare(true);
  AcknowledgeRequests(1);
  Tally tally = MakeTally();
  tally.AddObject(Numbers(0, 4) + Record(11), 2000);
  EXPECT_EQ(tally.Sum().unacknowledged, 1u);
  EXPECT_EQ(tally.Sum().damaged, 0u);
}

TEST_F(TallyTest, ALargePartOfARequestCountsAsASmallOneDoes) {
  Prepare(true);
  ledger_.Acknowledge(0, std::vector<uint32_t>{0, 1, 3}, 1000);
  EXPECT_EQ(ledger_.Of(0, 1).acknowledged, 1);
  EXPECT_EQ(ledger_.Of(0, 2).acknowledged, 0);
  ledger_.Acknowledge(0, std::vector<uint32_t>{2}, 5000);
  Tally tally = MakeTally();
  EXPECT_EQ(tally.missing(), 4u);
  tally.AddObject(Numbers(0, 4), 6000);
  EXPECT_TRUE(tally.Complete());
  EXPECT_EQ(tally.delivery_time().min_ns(), 1000);
  EXPECT_EQ(tally.delivery_time().max_ns(), 5000);
}

TEST_F(TallyTest, UncertainRequestsMayHaveArrivedOrNot) {
  Prepare(true);
  ledger_.Doubt(0, {});  // never acknowledged: 0 or 1 times
  ledger_.Doubt(1, {});  // and then acknowledged: 1 or 2 times
  ledger_.Acknowledge(1, {}, 1000);
  Tally tally = MakeTally();
  EXPECT_EQ(tally.missing(), 4u);
  tally.AddObject(Record(0) + Record(1) + Record(1) + Numbers(4, 8) + Record(4), 2000);
  EXPECT_TRUE(tally.Complete());
  tally.AddObject(Record(4), 2000);  // the third of two
  const Arrived arrived = tally.Sum();
  EXPECT_EQ(arrived.lost, 0u);
  EXPECT_EQ(arrived.uncertain, 3u);   // 0, 1 and the second 4
  EXPECT_EQ(arrived.duplicates, 2u);  // the second 1, and the third 4
}

TEST_F(TallyTest, APartOfARequestMayFareOtherwise) {
  Prepare(true);
  ledger_.Acknowledge(0, std::vector<uint32_t>{0, 2, 3}, 1000);
  ledger_.Doubt(0, std::vector<uint32_t>{1});
  ledger_.Acknowledge(1, std::vector<uint32_t>{0}, 1000);
  Tally tally = MakeTally();
  EXPECT_EQ(tally.missing(), 4u);
  // 7 was refused and never sent again.
  tally.AddObject(Numbers(0, 5) + Record(7), 2000);
  const Arrived arrived = tally.Sum();
  EXPECT_TRUE(tally.Complete());
  EXPECT_EQ(arrived.uncertain, 1u);
  EXPECT_EQ(arrived.unacknowledged, 1u);
  EXPECT_EQ(arrived.duplicates, 0u);
}

TEST_F(TallyTest, DeliveryTimeIsFromTheAcknowledgementToTheFirstSight) {
  Prepare(true);
  AcknowledgeRequests(2);
  Tally tally = MakeTally();
  tally.AddObject(Numbers(0, 4), 501'000);
  tally.AddObject(Numbers(0, 4), 900'000);  // again: no news
  tally.AddObject(Numbers(4, 8), 900);      // seen before the answer was read
  EXPECT_EQ(tally.delivery_time().count(), 8u);
  EXPECT_EQ(tally.delivery_time().min_ns(), 0);
  EXPECT_EQ(tally.delivery_time().max_ns(), 500'000);
}

TEST_F(TallyTest, WithoutStampsCountsOfEqualLinesMustAgree) {
  Prepare(false);
  // Requests of the pool: "a b c d" twice, "a b c e" once.
  ledger_.Acknowledge(0, {}, 1000);
  ledger_.Acknowledge(0, {}, 1000);
  ledger_.Acknowledge(1, {}, 1000);
  Tally tally = MakeTally();
  EXPECT_EQ(tally.missing(), 12u);
  tally.AddObject("a\na\na\na\nb\nb\nc\nc\nc\nd\nd\ne\nz\n", 2000);
  const Arrived arrived = tally.Sum();
  EXPECT_EQ(arrived.lost, 1u);        // a b
  EXPECT_EQ(arrived.duplicates, 1u);  // an a
  EXPECT_EQ(arrived.unknown, 1u);     // the z
  EXPECT_EQ(tally.delivery_time().count(), 0u);
}

}  // namespace
}  // namespace hydrant::load
