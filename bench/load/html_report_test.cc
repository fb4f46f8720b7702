#include "bench/load/html_report.h"

#include "bench/load/plot.h"
#include "bench/load/result_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hydrant::load {
namespace {

using ::testing::ContainsRegex;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr int64_t kMs = 1'000'000;
constexpr int64_t kSecond = 1000 * kMs;

nlohmann::ordered_json Result(const LoadPlan& plan, const std::string& error) {
  Recorder recorder(0, 3600 * kSecond);
  for (int64_t i = 1; i <= 100; ++i) {
    recorder.Acknowledge({500, 250'000, i * 30 * kMs, i * 30 * kMs + kMs}, i * 30 * kMs + i * kMs);
  }
  recorder.NoteError(error);
  CheckResult check;
  check.delivery_time.Add(5 * kMs);
  const LoadResult result = recorder.Finish(RunEnd::kVolume);
  return ResultJson({.plan = plan,
                     .result = result,
                     .machine = {"cpu <x>", 2, "6.1"},
                     .endpoint = "http://h",
                     .version = "0.1.0",
                     .revision = "abc",
                     .started_at = absl::UnixEpoch(),
                     .check = CheckJson(check)});
}

TEST(ResultJson, SaysWhatWasMeasured) {
  const LoadPlan plan;
  const nlohmann::ordered_json result = Result(plan, "");
  EXPECT_EQ(result["records_acknowledged"], 50'000);
  EXPECT_EQ(result["record_bytes_acknowledged"], 25'000'000);
  EXPECT_TRUE(result["first_error"].is_null());
  EXPECT_DOUBLE_EQ(result["measured"]["seconds"], 3.1);
  EXPECT_NEAR(result["measured"]["records_per_second"].get<double>(), 50'000 / 3.1, 1e-6);
  EXPECT_NEAR(result["response_time"]["p99_ms"].get<double>(), 99, 0.1);
  EXPECT_NEAR(result["service_time"]["p99_ms"].get<double>(), 98, 0.1);
  EXPECT_EQ(result["response_time"]["max_ms"], 100.0);
  ASSERT_EQ(result["seconds"].size(), 4u);
  uint64_t requests = 0;
  for (const auto& second : result["seconds"]) requests += second["requests"].get<uint64_t>();
  EXPECT_EQ(requests, 100u);
  EXPECT_EQ(result["options"]["bytes_max"], nullptr);
  EXPECT_EQ(result["check"]["delivery_time"]["count"], 1);
}

TEST(ResultJson, TheWarmUpIsNotMeasured) {
  Recorder recorder(1000 * kMs, 3600 * kSecond);
  recorder.Acknowledge({1, 10, 0, 0}, 999 * kMs);
  recorder.Acknowledge({1, 10, 1400 * kMs, 1400 * kMs}, 1500 * kMs);
  const LoadResult result = recorder.Finish(RunEnd::kVolume);
  EXPECT_EQ(result.records_acknowledged, 2u);
  EXPECT_EQ(result.measured_records, 1u);
  EXPECT_EQ(result.measured_seconds, 0.5);
  EXPECT_EQ(result.service_time.max_ns(), 100 * kMs);
}

TEST(HtmlReport, WhatComesFromOutsideStaysText) {
  EXPECT_EQ(EscapeHtml("<a href=\"x\">'&"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;");
  LoadPlan plan;
  plan.streams = {"<b>bold</b>"};
  const std::string page = HtmlReport(Result(plan, "<script>alert(1)</script>"));
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(1)"));
  EXPECT_THAT(page, Not(HasSubstr("<b>")));
  EXPECT_THAT(page, HasSubstr("cpu &lt;x&gt;"));
}

TEST(HtmlReport, NeedsNothingElse) {
  const LoadPlan plan;
  const std::string page = HtmlReport(Result(plan, ""));
  EXPECT_THAT(page, HasSubstr("prefers-color-scheme: dark"));
  EXPECT_THAT(page, Not(HasSubstr("src=")));
  EXPECT_THAT(page, Not(HasSubstr("<link")));
  EXPECT_THAT(page, HasSubstr("Acknowledged records"));
  EXPECT_THAT(page, HasSubstr("Latency over time"));
  EXPECT_THAT(page, HasSubstr("Latency distribution"));
  EXPECT_THAT(page, HasSubstr("Delivery time distribution"));
  EXPECT_THAT(page, HasSubstr(">0</text>"));
  EXPECT_THAT(page, Not(ContainsRegex("[^a-z](nan|inf)[^a-z]")));
}

TEST(HtmlReport, ARunWithoutAnyAnswerHasOneToo) {
  const LoadPlan plan;
  const LoadResult nothing;
  const std::string page = HtmlReport(ResultJson({.plan = plan, .result = nothing}));
  EXPECT_THAT(page, HasSubstr("Options"));
  EXPECT_THAT(page, Not(HasSubstr("<svg")));
}

TEST(Plot, TicksAreRound) {
  EXPECT_THAT(Ticks(0, 100, 5, false), ElementsAre(0, 20, 40, 60, 80, 100));
  EXPECT_THAT(Ticks(0, 3, 5, false), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(Ticks(5, 5, 5, false), ElementsAre(5));
  EXPECT_THAT(Ticks(0.5, 200, 5, true), ElementsAre(0.5, 1, 2, 5, 10, 20, 50, 100, 200));
}

TEST(Plot, NothingToDrawIsNoPlot) {
  EXPECT_THAT(RenderPlot({.title = "x", .lines = {{"a", {}}}}), IsEmpty());
  EXPECT_THAT(RenderPlot({.title = "x", .lines = {{"a", {{1, 2}}}}}), HasSubstr("<circle"));
}

TEST(Plot, WhatStandsOutInALongRunIsDrawn) {
  Plot plot{.title = "x", .lines = {{"a", {}}}};
  for (int second = 0; second < 20'000; ++second) plot.lines[0].points.emplace_back(second, 50);
  plot.lines[0].points[7777].second = 0;    // a stall
  plot.lines[0].points[7779].second = 100;  // and what came after it
  const std::string svg = RenderPlot(plot);
  EXPECT_THAT(svg, HasSubstr(",220.0 "));  // the lowest place
  EXPECT_THAT(svg, HasSubstr(",12.0 "));   // the highest
  EXPECT_LT(svg.size(), 40'000u);
}

}  // namespace
}  // namespace hydrant::load
