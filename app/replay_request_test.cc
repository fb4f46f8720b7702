#include "app/replay_request.h"

#include "engine/testing/status_matchers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hydrant {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::StatusIs;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);
constexpr char kAdmin[] = "http://127.0.0.1:4574";

Status Check(const ReplayOptions& options) { return CheckReplayOptions(options, kNow); }

TEST(ReplayRequestTest, ATimeWithoutAZoneSaysThatItNeedsOne) {
  for (const auto& [given, meant] : {std::pair("2026-11-21T09:00:00", "2026-11-21T09:00:00Z"),
                                     {"2026-11-21T09:00:00.250", "2026-11-21T09:00:00.25Z"},
                                     {"2026-11-21T09:00", "2026-11-21T09:00:00Z"},
                                     {"2026-11-21 09:00:00", "2026-11-21T09:00:00Z"},
                                     {"2026-11-21", "2026-11-21T00:00:00Z"}}) {
    const auto needs_zone =
        StatusIs(absl::StatusCode::kInvalidArgument,
                 AllOf(HasSubstr(std::string(given) + "\" needs a zone: " + meant + " is UTC"),
                       HasSubstr("+01:00")));
    EXPECT_THAT(Check({.stream = "s", .from = given}), needs_zone) << given;
    EXPECT_THAT(Check({.stream = "s", .from = "0", .to = given}), needs_zone) << given;
  }
  for (const char* sound :
       {"2026-11-21T09:00:00Z", "2026-11-21T09:00:00+01:00", "20261121", "10m ago", "oldest"}) {
    EXPECT_OK(Check({.stream = "s", .from = sound})) << sound;
  }
  EXPECT_THAT(Check({.stream = "s", .from = "soon"}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("from: \"soon\" must be"), Not(HasSubstr("zone")))));
}

TEST(ReplayRequestTest, WhatCanBeNoNameIsShownAsItWasGiven) {
  EXPECT_THAT(Check({.stream = "a b/c", .from = "0"}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no stream \"a b/c\"")));
  EXPECT_THAT(Check({.stream = "", .list = true}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no stream \"\"")));
  EXPECT_THAT(Check({.stream = "s", .stop = "../x y"}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no replay \"../x y\"")));
  EXPECT_OK(Check({.stream = "a_b-c.d9", .list = true}));
  EXPECT_OK(Check({.stream = "s", .stop = "5f0c3a91"}));
}

TEST(ReplayRequestTest, GoingOnRepeatsEveryArgumentButTheRange) {
  const ReplayStatus replay = {.to = 1100, .reached = 350};
  EXPECT_EQ(GoOnCommand({.stream = "orders", .from = "oldest"}, kAdmin, replay),
            "hydrant replay orders --from 350 --to 1100");
  EXPECT_EQ(GoOnCommand({.stream = "orders",
                         .from = "1h ago",
                         .to = "10m ago",
                         .destination = "file:///srv/it's a bucket/",
                         .rate = "20 MiB",
                         .admin = "http://10.0.0.5:4574/",
                         .config = {.file = "$HOME/hydrant.yaml"}},
                        kAdmin, replay),
            "hydrant replay orders --from 350 --to 1100 "
            "--destination 'file:///srv/it'\\''s a bucket/' --rate '20 MiB' "
            "--admin http://10.0.0.5:4574/ --config '$HOME/hydrant.yaml'");
}

TEST(ReplayRequestTest, SettingsMayBeSecretSoTheNodeStandsForThem) {
  const ReplayOptions options = {
      .stream = "orders",
      .config = {.file = "h.yaml", .overrides = {"admin=127.0.0.1:4574", "key=very-secret"}}};
  EXPECT_EQ(GoOnCommand(options, kAdmin, {.to = 2, .reached = 1}),
            "hydrant replay orders --from 1 --to 2 --admin http://127.0.0.1:4574 --config h.yaml");
  EXPECT_EQ(StopCommand(options, kAdmin, "5f0c3a91"),
            "hydrant replay orders --stop 5f0c3a91 --admin http://127.0.0.1:4574 --config h.yaml");
}

}  // namespace
}  // namespace hydrant
