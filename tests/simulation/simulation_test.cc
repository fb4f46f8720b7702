#include "tests/simulation/simulation.h"

#include "tests/simulation/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <getopt.h>
#include <set>
#include <string>
#include <vector>

namespace hydrant::simulation {
namespace {

TEST(SimulationTest, ASeedIsALife) {
  std::set<uint64_t> lives;
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    const SimulationResult once = Simulate({seed, Plant::kNone, false});
    const SimulationResult again = Simulate({seed, Plant::kNone, false});
    EXPECT_EQ(once.violation, "") << "seed " << seed;
    EXPECT_EQ(once.trace_hash, again.trace_hash) << "seed " << seed;
    EXPECT_EQ(once.steps, again.steps) << "seed " << seed;
    EXPECT_GT(once.acknowledged_records, 0u) << "seed " << seed;
    EXPECT_GT(once.objects, 0u) << "seed " << seed;
    lives.insert(once.trace_hash);
  }
  EXPECT_EQ(lives.size(), 12u);
}

class OptionsTest : public ::testing::Test {
 protected:
  static bool Parse(std::vector<std::string> words, RunnerOptions& options) {
    words.insert(words.begin(), "hydrant-simulate");
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    optind = 0;
    return ParseOptions(static_cast<int>(arguments.size()), arguments.data(), options);
  }
};

TEST_F(OptionsTest, RefusesWhatIsNoOption) {
  using Words = std::vector<std::string>;
  for (const Words& words :
       {Words{"--count", "0"}, Words{"--count", "-1"}, Words{"--count", "1x"}, Words{"--from", ""},
        Words{"--minutes", "0"}, Words{"--jobs", "0"}, Words{"--plant", "none"}, Words{"7"},
        Words{"--trace"}, Words{"--unknown"}, Words{"--seed"}}) {
    RunnerOptions options;
    EXPECT_FALSE(Parse(words, options)) << ::testing::PrintToString(words);
  }
}

TEST_F(OptionsTest, TakesWhatIsDocumented) {
  RunnerOptions options;
  ASSERT_TRUE(Parse({"--from", "7", "--count", "9", "--jobs", "3"}, options));
  EXPECT_EQ(options.from, 7u);
  EXPECT_EQ(options.count, 9u);
  EXPECT_EQ(options.jobs, 3);

  options = {};
  ASSERT_TRUE(Parse({"--seed", "17", "--trace", "--plant", "trim-one-too-far"}, options));
  EXPECT_EQ(options.from, 17u);
  EXPECT_EQ(options.count, 1u);
  EXPECT_EQ(options.plant, Plant::kTrimOneTooFar);

  options = {};
  ASSERT_TRUE(Parse({"--minutes", "0.5"}, options));
  EXPECT_EQ(options.count, UINT64_MAX);
}

}  // namespace
}  // namespace hydrant::simulation
