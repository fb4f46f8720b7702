// Error documents by the million: a destination that refuses everything must not cost more than one that takes it.
#include "engine/delivery/error_document.h"
#include "engine/testing/bench_report.h"

#include <benchmark/benchmark.h>

namespace hydrant {
namespace {

void BM_AppendErrorDocument(benchmark::State& state) {
  Failure failure;
  failure.type = "AmazonOpenSearchService-failed";
  failure.error_code = "400";
  failure.error_message = R"({"type":"mapper_parsing_exception","reason":"failed to parse field"})";
  failure.attempts = 3;
  failure.ended = absl::FromUnixMillis(1'594'266'081'318);
  failure.details = {{"esDocumentId", "49582"}, {"esIndexName", "logs"}, {"esTypeName", ""}};
  const std::string raw(static_cast<size_t>(state.range(0)), 'r');
  const FailedRecord record = {"id", absl::FromUnixMillis(1'594'265'943'615), raw};
  std::string out;
  out.reserve(ErrorDocumentBytesMax(failure, raw.size()));
  AppendErrorDocument(failure, record, &out);
  if (!out.starts_with('{') || !out.ends_with("}\n") || out.size() < raw.size() / 3 * 4) {
    return state.SkipWithError("no document");
  }
  for (auto _ : state) {
    out.clear();
    AppendErrorDocument(failure, record, &out);
    benchmark::DoNotOptimize(out.data());
  }
  testing::ReportWork(state, raw.size(), 1);
}
BENCHMARK(BM_AppendErrorDocument)->Arg(200)->Arg(2000)->Arg(100'000);

}  // namespace
}  // namespace hydrant
