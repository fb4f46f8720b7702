// Where producers wait while a stream's actors are exchanged.
#include "actors/pipeline_fixture.h"

namespace hydrant {
namespace {

using ::hydrant::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::SizeIs;

using IngestSlotTest = PipelineTest;

TEST_F(IngestSlotTest, WithoutAnActorProducersAreToldToSendAgain) {
  Start();
  Stop();
  Put({"a"});
  ASSERT_THAT(receipts_, SizeIs(1));
  EXPECT_THAT(receipts_[0], StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(IngestSlotTest, ProducersOfTheOldActorAreAnsweredAndLaterOnesWaitForTheNext) {
  Start();
  bool answered = false;
  Put({"before"});
  slot_->Hold([&] { answered = true; });
  Put({"meanwhile"});
  EXPECT_FALSE(answered);  // it is not stored yet
  Run();
  EXPECT_TRUE(answered);
  ASSERT_THAT(receipts_, SizeIs(1));
  EXPECT_OK(receipts_[0]);
  Stop();
  EXPECT_THAT(receipts_, SizeIs(1));
  Start();
  ASSERT_THAT(receipts_, SizeIs(2));
  ASSERT_OK(receipts_[1]);
  EXPECT_EQ(receipts_[1]->first, receipts_[0]->first + 1);
  PutAndRun({"after"});
  ASSERT_THAT(receipts_, SizeIs(3));
  EXPECT_OK(receipts_[2]);
}

TEST_F(IngestSlotTest, NobodyIsWaitedForWhenThereIsNoActor) {
  bool answered = false;
  slot_->Hold([&] { answered = true; });
  EXPECT_TRUE(answered);
}

TEST_F(IngestSlotTest, WhoWaitsIsToldWhenThereWillBeNoNextActor) {
  Start();
  slot_->Hold([] {});
  Put({"a"});
  slot_->Release();
  ASSERT_THAT(receipts_, SizeIs(1));
  EXPECT_THAT(receipts_[0], StatusIs(absl::StatusCode::kUnavailable));

  slot_->Hold([] {});
  Put({"b"});
  slot_->Close(NotFound("The stream is deleted."));
  Put({"c"});
  ASSERT_THAT(receipts_, SizeIs(3));
  for (int i : {1, 2}) {
    EXPECT_THAT(receipts_[i], StatusIs(absl::StatusCode::kNotFound, HasSubstr("deleted")));
  }
  slot_->Hold([] {});
  Put({"d"});
  EXPECT_THAT(receipts_, SizeIs(4));  // closed for good
}

}  // namespace
}  // namespace hydrant
