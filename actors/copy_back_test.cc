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

}  // namespace
}  // namespace hydrant
