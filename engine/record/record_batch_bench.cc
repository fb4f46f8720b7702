// Batch building: records copied into an arena one by one, as most sources do, and the batches of small
// requests joined to one, as ingest does.
#include "engine/record/record_batch.h"
#include "engine/testing/access_log.h"
#include "engine/testing/bench_report.h"

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

namespace hydrant {
namespace {

constexpr size_t kBatchBytes = 256 << 10;

std::vector<std::string_view> Cut(std::string_view text, size_t record_bytes) {
  std::vector<std::string_view> records;
  for (size_t at = 0; at < text.size(); at += record_bytes) {
    records.push_back(text.substr(at, record_bytes));
  }
  return records;
}

std::unique_ptr<RecordBatch> Build(ArenaPool& pool, const std::vector<std::string_view>& records,
                                   size_t bytes) {
  RecordBatchBuilder builder(pool, bytes, records.size());
  for (const std::string_view record : records) builder.AddRecord(record);
  return std::move(builder).Build(absl::UnixEpoch());
}

bool Holds(const RecordBatch& batch, const std::vector<std::string_view>& records) {
  if (batch.record_count() != records.size()) return false;
  for (size_t i = 0; i < records.size(); ++i) {
    if (batch.Record(i) != records[i]) return false;
  }
  return true;
}

// Argument: bytes of a record.
void BM_AddRecords(benchmark::State& state) {
  const std::string text = testing::AccessLog(1, kBatchBytes);
  const auto records = Cut(text, static_cast<size_t>(state.range(0)));
  ArenaPool pool(8 << 20);
  if (!Holds(*Build(pool, records, text.size()), records)) {
    return state.SkipWithError("built wrongly");
  }
  for (auto _ : state) benchmark::DoNotOptimize(Build(pool, records, text.size()));
  testing::ReportWork(state, text.size(), records.size());
}
BENCHMARK(BM_AddRecords)->Arg(10)->Arg(100)->Arg(500)->Arg(20'000);

// Argument: records of 500 bytes in each of the batches that are joined.
void BM_JoinBatches(benchmark::State& state) {
  const std::string text = testing::AccessLog(1, kBatchBytes);
  const auto records = Cut(text, 500);
  const auto step = static_cast<size_t>(state.range(0));
  ArenaPool pool(8 << 20);
  std::vector<std::unique_ptr<RecordBatch>> parts;
  for (size_t at = 0; at < records.size(); at += step) {
    const size_t end = std::min(at + step, records.size());
    parts.push_back(Build(pool, {records.begin() + at, records.begin() + end}, step * 500));
  }
  const auto join = [&] {
    RecordBatchBuilder builder(pool, text.size(), records.size());
    for (const auto& part : parts) builder.AddRecords(*part, 0, part->record_count());
    return std::move(builder).Build(absl::UnixEpoch());
  };
  if (!Holds(*join(), records)) return state.SkipWithError("joined wrongly");
  for (auto _ : state) benchmark::DoNotOptimize(join());
  testing::ReportWork(state, text.size(), records.size());
}
BENCHMARK(BM_JoinBatches)->Arg(1)->Arg(20);

}  // namespace
}  // namespace hydrant
