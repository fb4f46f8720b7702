// Lines to a batch: text cut where it lies, and bodies that come as gzip or zstd.
#include "engine/testing/access_log.h"
#include "engine/testing/bench_report.h"
#include "engine/testing/compressed_text.h"
#include "sources/http_lines/decompressor.h"
#include "sources/http_lines/line_cutter.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstring>
#include <string>

namespace hydrant::http_lines {
namespace {

constexpr size_t kTextBytes = 250'000;  // about a request of the end-to-end jobs

std::unique_ptr<RecordBatch> Cut(ArenaPool& pool, const std::string& text, Newline newline) {
  LineCutter cutter(pool.Allocate(text.size()), newline);
  std::memcpy(cutter.Room().data(), text.data(), text.size());
  if (!cutter.Advance(text.size()).ok()) return nullptr;
  auto batch = cutter.TakeLast(absl::UnixEpoch());
  return batch.ok() ? std::move(*batch) : nullptr;
}

// The copy is part of it: it stands for the read from the socket. Argument: 1 strips newlines.
void BM_CutLines(benchmark::State& state) {
  const Newline newline = state.range(0) == 1 ? Newline::kStrip : Newline::kKeep;
  const std::string text = testing::AccessLog(1, kTextBytes);
  const auto lines = static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
  ArenaPool pool(8 << 20);
  const auto batch = Cut(pool, text, newline);
  const size_t expected = text.size() - (newline == Newline::kStrip ? lines : 0);
  if (!batch || batch->record_count() != lines || batch->payload_bytes() != expected) {
    return state.SkipWithError("cut wrongly");
  }
  for (auto _ : state) benchmark::DoNotOptimize(Cut(pool, text, newline));
  testing::ReportWork(state, text.size(), lines);
}
BENCHMARK(BM_CutLines)->Arg(0)->Arg(1);

// Decodes all of `body` into `out`; how much that was.
size_t Decode(ContentCoding coding, std::string_view body, std::string& out) {
  const auto decompressor = MakeDecompressor(coding);
  size_t size = 0;
  while (!body.empty() || !decompressor->at_boundary()) {
    const auto step = decompressor->Decode(body, {out.data() + size, out.size() - size});
    if (!step.ok() || step->consumed + step->produced == 0) return 0;
    body.remove_prefix(step->consumed);
    size += step->produced;
  }
  return size;
}

void Decompress(benchmark::State& state, ContentCoding coding) {
  const std::string text = testing::AccessLog(1, kTextBytes);
  const std::string body =
      coding == ContentCoding::kZstd ? testing::ZstdText(text) : testing::GzipText(text);
  std::string out(text.size() + 1, '\0');
  if (Decode(coding, body, out) != text.size() || !out.starts_with(text)) {
    return state.SkipWithError("decoded wrongly");
  }
  for (auto _ : state) benchmark::DoNotOptimize(Decode(coding, body, out));
  testing::ReportWork(state, text.size());
}
void BM_Gunzip(benchmark::State& state) { Decompress(state, ContentCoding::kGzip); }
BENCHMARK(BM_Gunzip);
void BM_Unzstd(benchmark::State& state) { Decompress(state, ContentCoding::kZstd); }
BENCHMARK(BM_Unzstd);

}  // namespace
}  // namespace hydrant::http_lines
