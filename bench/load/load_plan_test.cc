#include "bench/load/load_plan.h"

#include "engine/testing/status_matchers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace hydrant::load {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

LoadPlan Plan(const std::function<void(LoadPlan&)>& change = [](LoadPlan&) {}) {
  LoadPlan plan;
  plan.streams = {"web"};
  change(plan);
  return plan;
}

TEST(LoadPlan, WhatCannotBeSentIsRefusedByOption) {
  const struct {
    std::function<void(LoadPlan&)> change;
    const char* message;
  } kCases[] = {
      {[](LoadPlan& p) { p.streams.clear(); }, "--streams"},
      {[](LoadPlan& p) { p.connections = 0; }, "--connections 0: must be 1 to 10000"},
      {[](LoadPlan& p) { p.connections = 10'001; }, "--connections 10001"},
      {[](LoadPlan& p) { p.records_per_request = 0; }, "--records-per-request 0"},
      {[](LoadPlan& p) { p.records_per_request = 501; }, "PutRecordBatch takes 1 to 500"},
      {[](LoadPlan& p) { p.operation = Operation::kPutRecord; }, "PutRecord takes 1 to 1"},
      {[](LoadPlan& p) { p.record_bytes = 9; }, "a record has 10 bytes"},
      {[](LoadPlan& p) { p.record_bytes = 1'024'001; }, "to 1024000"},
      {[](LoadPlan& p) { p.record_bytes = 10'000; }, "at most 419 of them fit"},
      {[](LoadPlan& p) { p.records_per_second = -1; }, "--rate"},
      {[](LoadPlan& p) { p.records_per_second = 1e-8; }, "--rate 1e-08: must be 0.001 to 1e+09"},
      {[](LoadPlan& p) { p.gzip = true; }, "take no compressed bodies"},
      {[](LoadPlan& p) {
         p.gzip = true;
         p.operation = Operation::kLines;
       },
       "--stamp"},
      {[](LoadPlan& p) { p.duration = absl::ZeroDuration(); }, "--duration"},
      {[](LoadPlan& p) { p.duration = absl::Hours(25); }, "at most 24h"},
      {[](LoadPlan& p) { p.duration = absl::InfiniteDuration(); }, "at most 24h"},
      {[](LoadPlan& p) {
         p.duration = absl::Hours(25);
         p.records_max = 1;
       },
       "at most 24h"},
      {[](LoadPlan& p) { p.bytes_max = 0; }, "--bytes"},
      {[](LoadPlan& p) { p.records_max = 0; }, "--records"},
      {[](LoadPlan& p) { p.warm_up = -absl::Seconds(1); }, "--warm-up"},
  };
  for (const auto& [change, message] : kCases) {
    const Status status = CheckPlan(Plan(change));
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << message;
    EXPECT_THAT(std::string(Message(status)), HasSubstr(message));
  }
}

TEST(LoadPlan, TheDefaultsAndTheLimitsAreFine) {
  EXPECT_OK(CheckPlan(Plan()));
  EXPECT_OK(CheckPlan(Plan([](LoadPlan& p) { p.record_bytes = 10; })));
  EXPECT_OK(CheckPlan(Plan([](LoadPlan& p) {
    p.record_bytes = 1'024'000;
    p.records_per_request = 4;
  })));
  EXPECT_OK(CheckPlan(Plan([](LoadPlan& p) {
    p.duration = absl::InfiniteDuration();
    p.bytes_max = 1;
  })));
}

TEST(LoadPlan, ManyStreamsAreNumbered) {
  EXPECT_THAT(StreamNames("web", 1), ElementsAre("web"));
  EXPECT_THAT(StreamNames("web", 3), ElementsAre("web-1", "web-2", "web-3"));
}

}  // namespace
}  // namespace hydrant::load
