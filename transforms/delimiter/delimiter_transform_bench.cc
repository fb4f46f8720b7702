// Bytes a second of appending a newline to records of a size.
#include "engine/testing/access_log.h"
#include "engine/testing/bench_report.h"
#include "transforms/delimiter/delimiter_transform.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdlib>

namespace hydrant::delimiter {
namespace {

constexpr size_t kBatchBytes = 1 << 20;

RecordBatchPtr MakeBatch(ArenaPool& pool, size_t record_bytes) {
  const std::string text = testing::AccessLog(1, kBatchBytes);
  RecordBatchBuilder builder(pool, text.size());
  for (size_t at = 0; at < text.size(); at += record_bytes) {
    builder.AddRecord(std::string_view(text).substr(at, record_bytes));
  }
  return std::move(builder).Build(absl::UnixEpoch());
}

void CheckAnswer(const RecordBatch& in, const RecordBatch& out) {
  bool same = in.record_count() == out.record_count();
  for (size_t i = 0; same && i < in.record_count(); ++i) {
    same = out.Record(i) == std::string(in.Record(i)) + "\n";
  }
  if (!same) std::abort();
}

void BM_AppendNewline(benchmark::State& state) {
  ArenaPool pool(8 << 20);
  DelimiterTransform transform("\n");
  const RecordBatchPtr batch = MakeBatch(pool, static_cast<size_t>(state.range(0)));
  const TransformInput input{{batch, 0, static_cast<uint32_t>(batch->record_count())}, &pool};
  transform.Apply(input, [&](TransformOutput output) { CheckAnswer(*batch, *output.batch); });
  for (auto _ : state) {
    transform.Apply(input, [](TransformOutput output) { benchmark::DoNotOptimize(output); });
  }
  testing::ReportWork(state, batch->payload_bytes(), batch->record_count());
}
BENCHMARK(BM_AppendNewline)->Arg(100)->Arg(500)->Arg(20000);

}  // namespace
}  // namespace hydrant::delimiter
