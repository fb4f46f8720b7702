#include "bench/roofline/measure.h"
#include "bench/roofline/report.h"
#include "engine/testing/access_log.h"
#include "engine/testing/temp_dir.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <map>
#include <set>

namespace hydrant::roofline {
namespace {

std::unique_ptr<Work> MakeLogWork(uint64_t bytes) {
  return std::move(MakeWork(testing::AccessLog(1, bytes), bytes, 500)).value();
}

// Which stages find fault with `work`.
std::set<std::string> Failing(const Work& work, const std::string& directory) {
  std::set<std::string> failing;
  for (const Stage& stage : AllStages(work, directory)) {
    CpuStopwatch watch;
    if (!stage.run(watch).ok()) failing.insert(stage.name);
  }
  return failing;
}

TEST(Stages, NoticeABrokenRequest) {
  const testing::TempDir directory;
  const auto work = MakeLogWork(200'000);
  work->requests[0].body[work->requests[0].body.size() - 2] = '?';  // the list's end
  EXPECT_EQ(Failing(*work, directory.path()), (std::set<std::string>{"json", "json-simdjson"}));
}

TEST(Stages, NoticeABrokenRecord) {
  const testing::TempDir directory;
  const auto work = MakeLogWork(200'000);
  work->requests[0].body[work->requests[0].body.find("\"Data\":\"") + 8] = '!';
  EXPECT_EQ(Failing(*work, directory.path()), (std::set<std::string>{"base64-records"}));
}

TEST(Stages, NoticeAWrongExpectation) {
  const testing::TempDir directory;
  const auto work = MakeLogWork(200'000);
  work->requests[0].crc32c ^= 1;
  work->requests[0].ends[0] -= 1;
  EXPECT_EQ(Failing(*work, directory.path()), (std::set<std::string>{"checksum", "newlines"}));
}

TEST(Stages, NoticeADirectoryThatIsNotThere) {
  const auto work = MakeLogWork(200'000);
  EXPECT_EQ(Failing(*work, "/nonexistent"), (std::set<std::string>{"log-write", "log-write-sync"}));
}

TEST(Measure, SaysWhichStageFailed) {
  const Stage broken = {"broken", "", 1, [](CpuStopwatch&) { return WrongAnswer("it"); }};
  const auto measured = Measure({broken}, 1, [](size_t) {});
  EXPECT_EQ(Message(measured.status()), "broken: it gave a wrong answer");
}

TEST(Measure, GivesEveryStageAFigureAndEveryJobItsSum) {
  const testing::TempDir directory;
  const auto work = MakeLogWork(1'000'000);
  const auto measured = Measure(AllStages(*work, directory.path()), 2, [](size_t) {});
  ASSERT_TRUE(measured.ok()) << measured.status();
  const auto json = RenderJson(*work, *measured);
  ASSERT_TRUE(json.ok()) << json.status();
  EXPECT_EQ((*json)["kind"], "roofline");
  EXPECT_GE((*json)["settings"]["record_bytes"], 1'000'000);
  EXPECT_EQ((*json)["settings"]["rounds"], 2);
  std::map<std::string, double> figures;
  for (const auto& row : (*json)["rows"]) {
    EXPECT_GT(row["cpu_s_per_gb"], 0) << row;
    EXPECT_LE(row["min_s_per_gb"], row["max_s_per_gb"]) << row;
    figures[row["stage"]] = row["cpu_s_per_gb"];
  }
  EXPECT_EQ(figures.size(), measured->size());
  for (const Job& job : Jobs()) {
    double sum = 0;
    for (const std::string& stage : job.stages) sum += figures.at(stage);
    EXPECT_NEAR((*json)["sums"][job.name], sum, 0.01) << job.name;
  }
  const auto table = RenderTable(*measured);
  ASSERT_TRUE(table.ok());
  for (const Measured& each : *measured) EXPECT_NE(table->find("\n" + each.stage), table->npos);
}

}  // namespace
}  // namespace hydrant::roofline
