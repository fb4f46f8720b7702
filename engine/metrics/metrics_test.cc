#include "engine/metrics/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <thread>

namespace hydrant {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(MetricsDeathTest, NamesThatCannotBeAreBugs) {
  MetricRegistry registry;
  EXPECT_DEATH(registry.AddCounter("", "h"), "IsMetricName");
  EXPECT_DEATH(registry.AddCounter("9lives_total", "h"), "IsMetricName");
  EXPECT_DEATH(registry.AddCounter("a-b_total", "h"), "IsMetricName");
  EXPECT_DEATH(registry.AddCounter("hydrant_records", "h"), "_total");
  EXPECT_DEATH(registry.AddGauge("hydrant_records_total", "h"), "_total");
  EXPECT_DEATH(registry.AddGauge("g", "h", {{"a-b", "v"}}), "IsLabelName");
  EXPECT_DEATH(registry.AddGauge("g", "h", {{"__a", "v"}}), "IsLabelName");
  EXPECT_DEATH(registry.AddHistogram("g", "h", {1}, {{"le", "v"}}), "IsLabelName");
}

TEST(MetricsDeathTest, OneNameHasOneKindAndOneSetOfBounds) {
  MetricRegistry registry;
  registry.AddGauge("g", "h");
  registry.AddHistogram("d", "h", {1, 2});
  EXPECT_DEATH(registry.AddHistogram("g", "h", {1}), "kind");
  EXPECT_DEATH(registry.AddGaugeFunction("g", "h", {}, [] { return 1.0; }), "index");
  EXPECT_DEATH(registry.AddHistogram("d", "h", {1, 3}), "bounds");
  EXPECT_DEATH(registry.AddHistogram("e", "h", {2, 1}), "is_sorted");
  EXPECT_DEATH(registry.AddHistogram("e", "h", {1, 1}), "is_sorted");
}

TEST(MetricsTest, EmptyRegistryExposesNothing) { EXPECT_EQ(MetricRegistry().Expose(), ""); }

TEST(MetricsTest, CountersAndGaugesAsText) {
  MetricRegistry registry;
  registry.AddCounter("hydrant_in_records_total", "Records taken.", {{"stream", "b"}})->Add(3);
  registry.AddCounter("hydrant_in_records_total", "Records taken.", {{"stream", "a"}})
      ->Add(18446744073709551615U);
  registry.AddGauge("hydrant_age_seconds", "Age.")->Set(0.25);
  registry.AddGaugeFunction("hydrant_open", "Open.", {{"x", "1"}, {"y", "2"}}, [] { return 12.0; });
  EXPECT_EQ(registry.Expose(),
            "# HELP hydrant_age_seconds Age.\n"
            "# TYPE hydrant_age_seconds gauge\n"
            "hydrant_age_seconds 0.25\n"
            "# HELP hydrant_in_records_total Records taken.\n"
            "# TYPE hydrant_in_records_total counter\n"
            "hydrant_in_records_total{stream=\"a\"} 18446744073709551615\n"
            "hydrant_in_records_total{stream=\"b\"} 3\n"
            "# HELP hydrant_open Open.\n"
            "# TYPE hydrant_open gauge\n"
            "hydrant_open{x=\"1\",y=\"2\"} 12\n");
}

TEST(MetricsTest, LabelsAndHelpAreEscaped) {
  MetricRegistry registry;
  registry.AddGauge("g", "a \"b\"\\\nc", {{"l", "a \"b\"\\\nc"}})->Set(1);
  EXPECT_EQ(registry.Expose(),
            "# HELP g a \"b\"\\\\\\nc\n"
            "# TYPE g gauge\n"
            "g{l=\"a \\\"b\\\"\\\\\\nc\"} 1\n");
}

TEST(MetricsTest, NumbersThatAreNotFinite) {
  MetricRegistry registry;
  registry.AddGauge("a", "h")->Set(std::numeric_limits<double>::quiet_NaN());
  registry.AddGauge("b", "h")->Set(std::numeric_limits<double>::infinity());
  registry.AddGauge("c", "h")->Set(-std::numeric_limits<double>::infinity());
  const std::string text = registry.Expose();
  EXPECT_THAT(text, HasSubstr("\na NaN\n"));
  EXPECT_THAT(text, HasSubstr("\nb +Inf\n"));
  EXPECT_THAT(text, HasSubstr("\nc -Inf\n"));
}

TEST(MetricsTest, HistogramBucketsAreCumulativeAndTheirBoundsInclusive) {
  MetricRegistry registry;
  auto histogram = registry.AddHistogram("h", "H.", {0.5, 1, 2.5}, {{"op", "put"}});
  for (const double value : {0.5, 0.75, 1.0, 2.0, 100.0}) histogram->Observe(value);
  histogram->Observe(std::numeric_limits<double>::quiet_NaN());
  EXPECT_THAT(histogram->counts(), ElementsAre(1, 2, 1, 1));
  EXPECT_EQ(registry.Expose(),
            "# HELP h H.\n"
            "# TYPE h histogram\n"
            "h_bucket{op=\"put\",le=\"0.5\"} 1\n"
            "h_bucket{op=\"put\",le=\"1\"} 3\n"
            "h_bucket{op=\"put\",le=\"2.5\"} 4\n"
            "h_bucket{op=\"put\",le=\"+Inf\"} 5\n"
            "h_sum{op=\"put\"} 104.25\n"
            "h_count{op=\"put\"} 5\n");
}

TEST(MetricsTest, LatencyBoundsMakeAHistogram) {
  Histogram histogram(LatencyBounds());
  histogram.Observe(0.0005);
  histogram.Observe(61);
  EXPECT_EQ(histogram.counts().front(), 1U);
  EXPECT_EQ(histogram.counts().back(), 1U);
}

TEST(MetricsTest, AskingTwiceGivesTheSameObject) {
  MetricRegistry registry;
  auto first = registry.AddCounter("c_total", "h", {{"a", "1"}});
  EXPECT_EQ(first, registry.AddCounter("c_total", "h", {{"a", "1"}}));
  EXPECT_NE(first, registry.AddCounter("c_total", "h", {{"a", "2"}}));
  EXPECT_NE(first, registry.AddCounter("c_total", "h"));
}

TEST(MetricsTest, ALaterGaugeFunctionReplacesTheFormer) {
  MetricRegistry registry;
  registry.AddGaugeFunction("g", "h", {}, [] { return 1.0; });
  registry.AddGaugeFunction("g", "h", {}, [] { return 2.0; });
  EXPECT_THAT(registry.Expose(), HasSubstr("\ng 2\n"));
}

TEST(MetricsTest, RemoveLabelledForgetsExactlyThoseSeries) {
  MetricRegistry registry;
  auto gone = registry.AddCounter("a_total", "h", {{"stream", "x"}, {"op", "put"}});
  registry.AddCounter("a_total", "h", {{"stream", "y"}});
  registry.AddGaugeFunction("b", "h", {{"stream", "x"}}, [] { return 1.0; });
  registry.AddGauge("c", "h", {{"other", "x"}});
  registry.RemoveLabelled("stream", "x");
  gone->Add();  // its holders may go on
  EXPECT_EQ(registry.Expose(),
            "# HELP a_total h\n# TYPE a_total counter\na_total{stream=\"y\"} 0\n"
            "# HELP c h\n# TYPE c gauge\nc{other=\"x\"} 0\n");
  EXPECT_EQ(registry.AddCounter("a_total", "h", {{"stream", "x"}, {"op", "put"}})->value(), 0U);
}

TEST(MetricsTest, ManyThreadsLoseNothing) {
  constexpr int kThreads = 4;
  constexpr int kEach = 10000;
  MetricRegistry registry;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&registry] {
        auto counter = registry.AddCounter("c_total", "h");
        auto histogram = registry.AddHistogram("h", "h", {1});
        for (int i = 0; i < kEach; ++i) {
          counter->Add(2);
          histogram->Observe(0.5);
        }
        EXPECT_FALSE(registry.Expose().empty());
      });
    }
  }
  EXPECT_EQ(registry.AddCounter("c_total", "h")->value(), uint64_t{2} * kThreads * kEach);
  EXPECT_EQ(registry.AddHistogram("h", "h", {1})->sum(), 0.5 * kThreads * kEach);
}

}  // namespace
}  // namespace hydrant
