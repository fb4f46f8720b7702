// Records that went to another destination meanwhile, and are to be copied to the stream's own.
#include "actors/pipeline_fixture.h"

#include <memory>
#include <string>

namespace hydrant {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class CopyBackTest : public PipelineTest {
 protected:
  CopyBackTest() {
    others_.push_back(std::make_shared<ScriptedSink>());
    failover_.after = absl::ZeroDuration();
    failover_.copy_back = true;
    definition_.s3->buffering = {1 << 20, absl::ZeroDuration()};
    sink_->failures_left = 1 << 20;
  }
  const LedgerState& ledger() const { return ledger_->ledger->state(); }
};

TEST_F(CopyBackTest, GoesOnAfterARestart) {
  Start();
  PutAndRun({"a"});
  Advance(std::chrono::seconds(10));
  EXPECT_EQ(others_[0]->delivered.size(), 1u);
  EXPECT_EQ(CountPositions(ledger().elsewhere), 1u);
  Stop();

  sink_->failures_left = 0;
  stopped_ = false;
  Start();
  Advance(std::chrono::seconds(10));
  EXPECT_THAT(Bodies(), ElementsAre("a"));
  EXPECT_THAT(ledger().elsewhere, IsEmpty());
  EXPECT_EQ(ledger().watermark, Position{1});
}

TEST_F(CopyBackTest, SendsEachRecordOnce) {
  Start();
  PutAndRun({"a"});
  Advance(std::chrono::seconds(10));
  PutAndRun({"b"});
  Advance(std::chrono::seconds(10));
  sink_->failures_left = 0;
  Advance(std::chrono::seconds(120));
  std::string all;
  for (const std::string& body : Bodies()) all += body;
  EXPECT_EQ(all, "ab");
  EXPECT_EQ(ledger().watermark, Position{2});
  EXPECT_THAT(ledger().elsewhere, IsEmpty());
}

TEST_F(CopyBackTest, SendsWhatAnotherDestinationTookInPart) {
  DeliveryOutcome in_part;
  in_part.kind = OutcomeKind::kDelivered;
  in_part.records = {{1, OutcomeKind::kReject, "Test.Refused", "planted"}};
  others_[0]->outcomes = {in_part};
  definition_.s3->buffering = {1 << 20, absl::Seconds(1)};
  Start();
  PutAndRun({"a", "b", "c"});
  Advance(std::chrono::seconds(10));
  EXPECT_EQ(CountPositions(ledger().elsewhere), 2u);
  sink_->failures_left = 0;
  Advance(std::chrono::seconds(120));
  std::string all;
  for (const std::string& body : Bodies()) all += body;
  EXPECT_EQ(all, "ac");
  EXPECT_THAT(ledger().elsewhere, IsEmpty());
}

// What the stream's own destination does not get is elsewhere already.
TEST_F(CopyBackTest, SendsNothingTwiceWhenTheStreamsOwnFailsAgain) {
  failover_.hold_down = absl::Seconds(1);
  definition_.s3->buffering.size_bytes = 4;
  Start();
  std::string sent;
  for (int i = 0; i < 20; ++i) {
    sent += "r" + std::to_string(10 + i) + ";";
    PutAndRun({sent.substr(sent.size() - 4)});
  }
  Advance(std::chrono::seconds(20));
  ASSERT_EQ(others_[0]->delivered.size(), 20u);
  // Well for its probes, and then for a few of the copies only.
  sink_->failures_left = 0;
  for (int i = 0; i < 3; ++i) {
    sink_->outcomes.assign(1000, DeliveryOutcome::Retry("S3.SlowDown", "planted"));
    sink_->outcomes.insert(sink_->outcomes.begin(), 3, DeliveryOutcome::Delivered());
    const size_t before = sink_->delivered.size();
    for (int step = 0; step < 100 && sink_->delivered.size() == before; ++step) {
      Advance(std::chrono::seconds(1));
    }
    EXPECT_EQ(sink_->delivered.size(), before + 3);
    Advance(std::chrono::seconds(2));
  }
  EXPECT_EQ(others_[0]->delivered.size(), 20u);
  sink_->outcomes.clear();
  Advance(std::chrono::seconds(100));
  std::string all;
  for (const std::string& body : Bodies()) all += body;
  EXPECT_EQ(all.size(), sent.size());
  EXPECT_EQ(ledger().watermark, Position{20});
  EXPECT_THAT(ledger().elsewhere, IsEmpty());
}

TEST_F(CopyBackTest, LiveRecordsDoNotWaitForAllCopies) {
  window_bytes_ = 16 << 10;
  definition_.s3->buffering.size_bytes = 4;
  Start();
  for (int i = 0; i < 50; ++i) PutAndRun({"old;"});
  Advance(std::chrono::seconds(20));
  ASSERT_EQ(others_[0]->delivered.size(), 50u);
  sink_->failures_left = 0;
  sink_->hold = true;
  Advance(std::chrono::seconds(40));
  PutAndRun({"new;"});
  for (int i = 0; i < 8; ++i) {
    sink_->ReleaseAll();
    Run();
  }
  EXPECT_THAT(Bodies(), ::testing::Contains("new;"));
  EXPECT_LT(sink_->delivered.size(), 40u);
}

}  // namespace
}  // namespace hydrant
