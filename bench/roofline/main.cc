// hydrant-roofline: what this machine needs at least for hydrant's jobs, stage by stage.
#include "bench/roofline/measure.h"
#include "bench/roofline/report.h"
#include "bench/roofline/work.h"
#include "engine/testing/access_log.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <fstream>
#include <iterator>

namespace hydrant::roofline {
namespace {

struct Options {
  std::string sample_path;
  std::string directory = ".";
  std::string json_path;
  uint64_t bytes = 100'000'000;
  size_t rounds = 5;
  size_t records_per_request = 500;
};

void Declare(CLI::App& app, Options& options) {
  app.add_option("--sample", options.sample_path,
                 "File of lines, the records (scripts/sample-logs writes some); without it, lines "
                 "made here")
      ->check(CLI::ExistingFile);
  app.add_option("--directory", options.directory,
                 "Where the log's file is written: on the file system of the runs compared with")
      ->check(CLI::ExistingDirectory)
      ->capture_default_str();
  app.add_option("--bytes", options.bytes, "Record bytes of a round; a shorter sample is repeated")
      ->transform(CLI::AsSizeValue(true))
      ->capture_default_str();
  app.add_option("--rounds", options.rounds, "Turns of all stages; the median of them counts")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--records-per-request", options.records_per_request)
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  app.add_option("--json", options.json_path, "Writes the figures to this file, too");
}

std::string ReadSample(const Options& options) {
  if (options.sample_path.empty()) return testing::AccessLog(1, options.bytes);
  std::ifstream file(options.sample_path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void ShowRound(size_t round) { std::fprintf(stderr, "round %zu\n", round); }

Status Run(const Options& options) {
  ASSIGN_OR_RETURN(const std::unique_ptr<const Work> work,
                   MakeWork(ReadSample(options), options.bytes, options.records_per_request));
  ASSIGN_OR_RETURN(const std::vector<Measured> measured,
                   Measure(AllStages(*work, options.directory), options.rounds, &ShowRound));
  ASSIGN_OR_RETURN(const std::string table, RenderTable(measured));
  std::fputs(table.c_str(), stdout);
  if (options.json_path.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const nlohmann::ordered_json json, RenderJson(*work, measured));
  std::ofstream file(options.json_path);
  file << json.dump(1) << '\n';
  return file.flush() ? absl::OkStatus() : ErrnoStatus(errno, "write " + options.json_path);
}

}  // namespace
}  // namespace hydrant::roofline

int main(int argc, char** argv) {
  CLI::App app(
      "What this machine needs at least for hydrant's jobs: CPU seconds per GB of records "
      "for each stage that no server can leave out, measured alone, and their sums.");
  hydrant::roofline::Options options;
  hydrant::roofline::Declare(app, options);
  CLI11_PARSE(app, argc, argv);
  const hydrant::Status status = hydrant::roofline::Run(options);
  if (status.ok()) return 0;
  std::fprintf(stderr, "error: %s\n", std::string(hydrant::Message(status)).c_str());
  return 1;
}
