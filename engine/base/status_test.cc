#include "engine/base/status.h"

#include "engine/testing/status_matchers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <memory>

namespace hydrant {
namespace {

using ::testing::HasSubstr;
using testing::StatusIs;

TEST(StatusTest, ErrnoBecomesTheCodeThatSaysWhatToDo) {
  EXPECT_THAT(ErrnoStatus(ENOSPC, "write"), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(ErrnoStatus(EDQUOT, "write"), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(ErrnoStatus(EMFILE, "open"), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(ErrnoStatus(ENOENT, "open"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(ErrnoStatus(EACCES, "open"), StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(ErrnoStatus(EROFS, "open"), StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(ErrnoStatus(EEXIST, "open"), StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(ErrnoStatus(EIO, "read"), StatusIs(absl::StatusCode::kInternal));
}

TEST(StatusTest, ErrnoMessageNamesWhatAndWhy) {
  EXPECT_EQ(Message(ErrnoStatus(ENOENT, "open /data/x")),
            "open /data/x: No such file or directory");
}

TEST(StatusTest, ContextGoesInFrontAndKeepsTheCode) {
  const Status status = WithContext(Unavailable("refused"), "connect");
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable, "connect: refused"));
  EXPECT_OK(WithContext(absl::OkStatus(), "connect"));
}

StatusOr<std::unique_ptr<int>> MakeInt(bool good) {
  if (!good) return InvalidArgument("bad");
  return std::make_unique<int>(7);
}

StatusOr<int> Unwrapped(bool good) {
  ASSIGN_OR_RETURN(const std::unique_ptr<int> value, MakeInt(good));
  return *value;
}

Status Checked(const Status& status, bool* passed) {
  RETURN_IF_ERROR(status);
  *passed = true;
  return absl::OkStatus();
}

TEST(StatusTest, AssignOrReturnMovesTheValueOrReturnsTheError) {
  EXPECT_EQ(Unwrapped(true).value(), 7);
  EXPECT_THAT(Unwrapped(false), StatusIs(absl::StatusCode::kInvalidArgument, "bad"));
}

TEST(StatusTest, ReturnIfErrorStopsOnlyOnErrors) {
  bool passed = false;
  EXPECT_THAT(Checked(DataLoss("torn"), &passed), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_FALSE(passed);
  EXPECT_OK(Checked(absl::OkStatus(), &passed));
  EXPECT_TRUE(passed);
}

TEST(StatusTest, StringViewsKeepNulBytes) {
  const std::string_view text("a\0b", 3);
  EXPECT_EQ(FromAbsl(ToAbsl(text)), text);
  EXPECT_EQ(Message(Internal(text)), text);
}

}  // namespace
}  // namespace hydrant
